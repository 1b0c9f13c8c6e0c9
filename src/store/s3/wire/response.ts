/**
 * An HTTP answer whose body is read under deadlines and checked for its length.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import type { Watched } from "./deadlines.ts";
import type { Received } from "./http.ts";
import { transportError } from "./transport-errors.ts";

/** Up to this size a body is read in one go; above it piece by piece, so that a stall is noticed early. */
const wholeUpTo = 64 * 1024;
/**
 * Documents come in one go up to this size. Read piece by piece, a page of a listing costs as much time to copy
 * as to understand.
 */
const textUpTo = 2 * 1024 * 1024;
/** What is left of a body is read up to this length, so that the connection can be used again. */
const discardUpTo = 1024 * 1024;

/** The head of an answer, and its body still to be read. Read or discard it: it holds a connection. */
export class HttpResponse {
  readonly status: number;
  private taken: boolean;

  constructor(
    readonly operation: string,
    private readonly received: Received,
    private readonly watched: Watched,
    /** False for the answer to HEAD, whose Content-Length speaks of a body that does not come. */
    private readonly hasBody: boolean,
    /** The headers of the request: what is said about it may repeat them. */
    readonly sent: Readonly<Record<string, string>> = {},
  ) {
    this.status = received.status;
    this.taken = !hasBody;
    if (hasBody) watched.answered();
    else watched.end();
  }

  /** A header's value. Bun decodes the bytes as Latin-1; UTF-8 is put right here. */
  header(name: string): string | undefined {
    const value = this.received.header(name);
    return value === undefined || isAscii(value) ? value : latin1ToUtf8(value);
  }

  /** Names of all headers, in lower case. */
  headerNames(): Iterable<string> {
    return this.received.headerNames();
  }

  /** The announced length in bytes: of the body, or of the object for HEAD. */
  get contentLength(): number | undefined {
    const text = this.received.header("content-length");
    return text === undefined ? undefined : Number(text);
  }

  /**
   * Reads the whole body.
   *
   * @throws SyncError `network` when it is shorter than announced: a reset can look like an end
   */
  async bytes(): Promise<Uint8Array> {
    this.taken = true;
    const announced = this.hasBody ? this.contentLength : 0;
    if (announced === 0) {
      this.watched.end();
      return new Uint8Array(0);
    }
    if (announced === undefined || announced > wholeUpTo) {
      return this.collect(announced);
    }
    try {
      const bytes = new Uint8Array(await this.received.arrayBuffer());
      this.watched.cameWhole(bytes.byteLength);
      if (bytes.byteLength !== announced) throw this.cut(bytes.byteLength, announced);
      return bytes;
    } catch (thrown) {
      throw this.failure(thrown);
    } finally {
      this.watched.end();
    }
  }

  /** Reads the whole body as UTF-8. Documents only: what is in them must tell whether they are complete. */
  async text(): Promise<string> {
    const announced = this.hasBody ? this.contentLength : 0;
    if (announced === 0 || (announced !== undefined && announced > textUpTo)) {
      return new TextDecoder().decode(await this.bytes());
    }
    this.taken = true;
    this.watched.expectWhole(announced ?? textUpTo);
    try {
      const text = await this.received.text();
      this.watched.cameWhole(announced ?? Buffer.byteLength(text));
      return text;
    } catch (thrown) {
      throw this.failure(thrown);
    } finally {
      this.watched.end();
    }
  }

  /** The body piece by piece. The exchange ends at its end, also when the consumer stops early. */
  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    this.taken = true;
    const announced = this.hasBody ? this.contentLength : 0;
    const reader = announced === 0 ? undefined : this.received.body()?.getReader();
    let seen = 0;
    let finished = reader === undefined;
    try {
      while (reader !== undefined && !finished) {
        const { done, value } = await reader.read();
        if (done) {
          finished = true;
        } else {
          this.watched.progress(value.byteLength);
          seen += value.byteLength;
          this.watched.hold();
          yield value;
          this.watched.resume();
        }
      }
      if (announced !== undefined && seen !== announced) throw this.cut(seen, announced);
    } catch (thrown) {
      finished = true;
      throw this.failure(thrown);
    } finally {
      this.watched.end();
      if (!finished) await reader?.cancel();
    }
  }

  /** Lets what was not read go: a short body is read to keep the connection, a long one is cut off. */
  async discard(): Promise<void> {
    if (this.taken) return;
    this.taken = true;
    try {
      const length = this.contentLength;
      if (length !== undefined && length <= discardUpTo) await this.bytes();
      else await this.received.body()?.cancel();
    } catch {
      // Nobody wants this body; that it broke is no news.
    } finally {
      this.watched.end();
    }
  }

  /** Into one buffer of the announced length: pieces kept until the end would take the memory twice. */
  private async collect(announced: number | undefined): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    if (announced === undefined) {
      for await (const piece of this.stream()) pieces.push(piece);
      return Buffer.concat(pieces);
    }
    const whole = Buffer.allocUnsafeSlow(announced);
    let at = 0;
    for await (const piece of this.stream()) {
      if (at + piece.byteLength > announced) throw this.cut(at + piece.byteLength, announced);
      whole.set(piece, at);
      at += piece.byteLength;
    }
    return whole;
  }

  private failure(thrown: unknown): SyncError {
    const { signal } = this.watched.controller;
    return transportError(signal.aborted ? signal.reason : thrown, this.operation);
  }

  private cut(seen: number, wanted: number): SyncError {
    return new SyncError("network", `the body ended after ${seen} of ${wanted} bytes`, {
      operation: this.operation,
      retryable: true,
    });
  }
}

const ascii = /^[\u0000-\u007f]*$/;

function isAscii(text: string): boolean {
  return ascii.test(text);
}

function latin1ToUtf8(text: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}
