/**
 * One request through the fault proxy, its answer, and what goes wrong with them.
 *
 * @module
 */
import type net from "node:net";

import {
  type Answer,
  bodyPlan,
  ByteReader,
  errorDocument,
  formatHead,
  type Head,
  type Operation,
  operationOf,
  parseHead,
  readBody,
  writeAll,
} from "../fault/http-wire.ts";

/** A request as the proxy saw it. */
export interface SeenRequest {
  readonly operation: Operation;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  /** When it came, on the clock of `performance.now()`. */
  readonly atMs: number;
}

/** What goes wrong. */
export type Fault =
  /** The connection is reset (RST) at this point. */
  | {
      readonly kind: "reset";
      readonly at:
        | "before-request"
        | "in-request"
        /** The server did it; nobody hears of it. */
        | "instead-of-answer"
        | "in-answer"
        | "after-answer";
    }
  /** Half of the body under its full Content-Length, then an orderly end. */
  | { readonly kind: "cut" }
  /** The server never hears of the request. */
  | {
      readonly kind: "refuse";
      readonly status: number;
      readonly code: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** Answers before the body was read, and hangs up. */
      readonly early?: boolean;
    }
  /** The server's answer arrives changed. */
  | {
      readonly kind: "rewrite";
      readonly rewrite: (answer: Answer, request: SeenRequest) => Answer;
    }
  /** One bit of the body arrives as its opposite: this one, counted round and round. */
  | {
      readonly kind: "flip";
      readonly in: "request" | "answer";
      readonly bit: (body: Buffer) => number;
    }
  /** The second half of the answer comes byte by byte, one in this time. */
  | { readonly kind: "drip"; readonly everyMs: number }
  /** Silence at this point until the client gives up. */
  | { readonly kind: "stall"; readonly at: "in-request" | "before-answer" | "in-answer" };

/** Where a request can be made to wait. */
export type Point = "request" | "in-request" | "answer" | "in-answer";

/** One request, its answer, and what goes wrong with them. */
export class Exchange {
  constructor(
    readonly client: net.Socket,
    private readonly input: ByteReader,
    private readonly head: Head,
    private readonly fault: Fault | undefined,
    private readonly bytesPerSecond: () => number | undefined,
  ) {}

  /** Faults that keep the request from the server. */
  async refuse(): Promise<boolean> {
    const { fault, client } = this;
    if (fault?.kind === "reset" && fault.at === "before-request") {
      client.resetAndDestroy();
      return true;
    }
    if (fault?.kind !== "refuse") return false;
    if (fault.early !== true) await this.input.skip(this.length);
    const body = this.head.method === "HEAD" ? Buffer.alloc(0) : errorDocument(fault.code);
    const headers = new Map(Object.entries(fault.headers ?? {}));
    headers.set("content-type", "application/xml");
    headers.set("content-length", String(body.byteLength));
    if (fault.early === true) headers.set("connection", "close");
    const line = `HTTP/1.1 ${fault.status} Refused`;
    await writeAll(client, Buffer.concat([formatHead(line, headers), body]));
    if (fault.early === true) client.end();
    return true;
  }

  async forward(server: net.Socket, pass: (at: Point) => Promise<void>): Promise<void> {
    const { fault } = this;
    await writeAll(server, this.head.bytes);
    const sent = this.sendBody(server, pass);
    sent.catch(() => server.destroy());
    const output = new ByteReader(server);
    const answer = await output.head();
    if (answer === undefined) {
      this.client.resetAndDestroy();
      return;
    }
    // An early answer may come while the body is still on its way.
    await pass("answer");
    if (fault?.kind === "reset" && fault.at === "instead-of-answer") {
      await sent;
      this.client.resetAndDestroy();
      return;
    }
    if (fault?.kind === "stall" && fault.at === "before-answer") return this.silence();
    await this.answer(parseHead(answer), output, pass);
    await sent.catch(() => this.client.destroy());
  }

  private get length(): number {
    return Number(this.head.headers.get("content-length") ?? 0);
  }

  private async sendBody(server: net.Socket, pass: (at: Point) => Promise<void>): Promise<void> {
    const { fault } = this;
    if (fault?.kind === "flip" && fault.in === "request") {
      return writeAll(server, flipped(await this.input.exactly(this.length), fault.bit));
    }
    const half = Math.floor(this.length / 2);
    await this.copy(this.input, server, half);
    await pass("in-request");
    if (fault?.kind === "reset" && fault.at === "in-request") {
      this.client.resetAndDestroy();
      return;
    }
    if (fault?.kind === "stall" && fault.at === "in-request") return this.silence();
    await this.copy(this.input, server, this.length - half);
  }

  private async answer(
    head: Head,
    output: ByteReader,
    pass: (at: Point) => Promise<void>,
  ): Promise<void> {
    const { client } = this;
    const plan = bodyPlan(this.head.method, head);
    const change = this.change();
    if (change === undefined && plan !== "chunked") {
      await writeAll(client, head.bytes);
      return this.answerBody(output, plan, pass);
    }
    const body = await readBody(output, plan);
    const plain = { status: head.status, headers: new Map(head.headers), body };
    const changed = change?.(plain) ?? plain;
    changed.headers.delete("transfer-encoding");
    if (this.head.method !== "HEAD") {
      changed.headers.set("content-length", String(changed.body.byteLength));
    }
    await writeAll(client, formatHead(`HTTP/1.1 ${changed.status} Rewritten`, changed.headers));
    await this.answerBody(new Pieces(changed.body), changed.body.byteLength, pass);
  }

  /** What the fault makes of an answer as a whole. */
  private change(): ((answer: Answer) => Answer) | undefined {
    const { fault } = this;
    if (fault?.kind === "rewrite") return (answer) => fault.rewrite(answer, seen(this.head));
    if (fault?.kind !== "flip" || fault.in !== "answer") return undefined;
    return (answer) => ({ ...answer, body: flipped(answer.body, fault.bit) });
  }

  private async answerBody(
    from: Pick<ByteReader, "read">,
    length: number,
    pass: (at: Point) => Promise<void>,
  ): Promise<void> {
    const { client, fault } = this;
    const half = Math.floor(length / 2);
    await this.copy(from, client, half);
    await pass("in-answer");
    if (fault?.kind === "reset" && fault.at === "in-answer") return void client.resetAndDestroy();
    if (fault?.kind === "stall" && fault.at === "in-answer") return this.silence();
    if (fault?.kind === "cut") return void client.end();
    if (fault?.kind === "drip") return this.drip(from, length - half, fault.everyMs);
    await this.copy(from, client, length - half);
    if (fault?.kind === "reset" && fault.at === "after-answer") client.resetAndDestroy();
  }

  private async copy(
    from: Pick<ByteReader, "read">,
    to: net.Socket,
    length: number,
  ): Promise<void> {
    for (let left = length; left > 0;) {
      const limit = this.bytesPerSecond();
      const piece = await from.read(Math.min(left, limit === undefined ? left : limit / 20));
      if (piece === undefined) throw new Error("the sender went away");
      await writeAll(to, piece);
      left -= piece.byteLength;
      if (limit !== undefined) await Bun.sleep((piece.byteLength / limit) * 1000);
    }
  }

  private async drip(
    from: Pick<ByteReader, "read">,
    length: number,
    everyMs: number,
  ): Promise<void> {
    for (let left = length; left > 0 && !this.client.destroyed; left--) {
      await writeAll(this.client, (await from.read(1)) ?? Buffer.alloc(0));
      await Promise.race([this.silence(), Bun.sleep(everyMs)]);
    }
  }

  private silence(): Promise<void> {
    if (this.client.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.client.once("close", () => resolve()));
  }
}

/** Bytes that are here already, as a reader gives them. */
class Pieces {
  constructor(private rest: Buffer) {}

  read(most: number): Promise<Buffer | undefined> {
    const taken = this.rest.subarray(0, Math.max(1, Math.floor(most)));
    this.rest = this.rest.subarray(taken.byteLength);
    return Promise.resolve(taken.byteLength === 0 ? undefined : taken);
  }
}

/** A copy with one bit as its opposite. */
function flipped(bytes: Buffer, choose: (body: Buffer) => number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.byteLength === 0) return copy;
  const bit = choose(copy);
  const at = Math.floor(bit / 8) % copy.byteLength;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

/** What a test sees of a request. */
export function seen(head: Head): SeenRequest {
  const { method, target, headers } = head;
  return { operation: operationOf(head), method, target, headers, atMs: performance.now() };
}
