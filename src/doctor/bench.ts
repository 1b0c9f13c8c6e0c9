/**
 * Where one probe works: a prefix of its own, and requests in few words.
 *
 * @module
 */
import { aborted } from "../core/cancel.ts";
import { SyncError } from "../core/errors.ts";
import { degraded, type Finding, unknown, type Verdict } from "../core/finding.ts";
import { base64, hex, md5Of } from "../hash/digest.ts";
import { type ListPage, parseListPage } from "../store/s3/wire/list-parser.ts";
import type { Operation } from "../store/s3/wire/operation.ts";
import { elementText } from "../store/s3/wire/xml.ts";
import { type Answer, reasonOf } from "./exchange.ts";
import { bytesOf, completionXml, payload } from "./payload.ts";
import type { Scratch } from "./scratch.ts";

/** Something to find out. */
export interface Probe {
  readonly name: string;
  /** What a run does without it, should it be refused. */
  readonly without: string;
  /** One verdict, or findings under names of their own. */
  run(bench: Bench): Promise<Verdict | readonly Finding[]>;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** What {@link Bench} needs. */
export interface BenchSetup {
  readonly scratch: Scratch;
  /** Ends with `/`. */
  readonly prefix: string;
  /** No request is begun after it fired. */
  readonly stop: AbortSignal;
  /** Ends requests that are under way: some time after, so that what they made is known. */
  readonly late: AbortSignal;
}

/** Requests below a prefix. Those that must succeed throw their refusal. */
export class Bench {
  constructor(private readonly setup: BenchSetup) {}

  get bucket(): string {
    return this.setup.scratch.bucket;
  }

  /** The full key of a name here. */
  key(name: string): string {
    return this.setup.prefix + name;
  }

  /** A name that makes a full key of so many bytes, in segments that file systems can hold. */
  longKey(bytes: number): string {
    const left = bytes - Buffer.byteLength(this.setup.prefix);
    return Array.from({ length: Math.max(left, 1) }, (_, at) => (at % 100 === 99 ? "/" : "k"))
      .join("")
      .replace(/\/$/, "k");
  }

  /** Sends a request; a refusal is an answer. */
  async ask(operation: Operation): Promise<Answer> {
    const { scratch, stop, late } = this.setup;
    if (stop.aborted) throw aborted(stop);
    return scratch.ask(operation, late);
  }

  /** Sends a request that has to succeed. */
  async must(operation: Operation): Promise<Answer> {
    const answer = await this.ask(operation);
    if (answer.refusal !== undefined) throw answer.refusal;
    return answer;
  }

  /** Writes an object; a refusal is an answer. */
  async put(name: string, text: string | Uint8Array, more: Headers = {}): Promise<Answer> {
    return this.ask(putOperation(this.key(name), text, more));
  }

  /** Writes an object that has to be written. */
  async mustPut(name: string, text: string | Uint8Array, more: Headers = {}): Promise<Answer> {
    return this.must(putOperation(this.key(name), text, more));
  }

  async get(name: string, headers: Headers = {}): Promise<Answer> {
    return this.ask({ name: "GetObject", method: "GET", key: this.key(name), headers });
  }

  /** The text of an object, or `undefined` if there is none. */
  async textOf(name: string): Promise<string | undefined> {
    const answer = await this.get(name);
    if (answer.status === 404) return undefined;
    if (answer.refusal !== undefined) throw answer.refusal;
    return answer.text;
  }

  async mustHead(name: string, headers: Headers = {}): Promise<Answer> {
    return this.must({ name: "HeadObject", method: "HEAD", key: this.key(name), headers });
  }

  /** A page of what lies below a name here, keys without the prefix of the bench. */
  async list(
    below: string,
    more: Headers = {},
  ): Promise<{ readonly keys: readonly string[]; readonly page: ListPage; readonly xml: string }> {
    const query = { "list-type": "2", "encoding-type": "url", prefix: this.key(below), ...more };
    const { text } = await this.must({ name: "ListObjectsV2", method: "GET", query });
    const page = parseListPage(text);
    const { prefix } = this.setup;
    const keys = page.objects.map(({ key }) =>
      key.startsWith(prefix) ? key.slice(prefix.length) : `/${key}`,
    );
    return { keys, page, xml: text };
  }

  /** Begins an upload in parts. */
  async beginUpload(name: string, headers: Headers = {}): Promise<string> {
    const { text } = await this.must({
      ...{ name: "CreateMultipartUpload", method: "POST", key: this.key(name) },
      ...{ query: { uploads: "" }, headers },
    });
    const id = elementText(text, "UploadId");
    if (id !== undefined) return id;
    throw new SyncError("protocol", "CreateMultipartUpload gave no upload id");
  }

  /** Sends a part; its ETag with quotes. */
  async putPart(
    upload: { readonly name: string; readonly id: string },
    number: number,
    bytes: Uint8Array,
    headers: Headers = {},
  ): Promise<string> {
    const { headers: said } = await this.must({
      ...{ name: "UploadPart", method: "PUT", key: this.key(upload.name) },
      query: { partNumber: String(number), uploadId: upload.id },
      headers,
      ...payload(bytes),
    });
    return said.get("etag") ?? "";
  }

  /** Makes parts an object; a refusal is an answer. */
  async complete(
    upload: { readonly name: string; readonly id: string },
    parts: readonly string[],
    headers: Headers = {},
  ): Promise<Answer> {
    return this.ask({
      ...{ name: "CompleteMultipartUpload", method: "POST", key: this.key(upload.name) },
      query: { uploadId: upload.id },
      headers: { "content-type": "application/xml", ...headers },
      ...payload(completionXml(parts)),
      slow: true,
    });
  }
}

/** PutObject. `x-payload` in the headers stands for the hash that is signed. */
function putOperation(key: string, text: string | Uint8Array, more: Headers): Operation {
  const bytes = bytesOf(text);
  const { "x-payload": payloadHash, ...headers } = more;
  return {
    ...{ name: "PutObject", method: "PUT", key, damaged: true },
    headers: { "content-md5": base64(md5Of(bytes)), ...headers },
    ...payload(bytes),
    ...(payloadHash === undefined ? {} : { payloadHash }),
  };
}

/** The ETag of bytes that were written at once, with quotes. */
export function etagOf(text: string | Uint8Array): string {
  return `"${hex(md5Of(bytesOf(text)))}"`;
}

/**
 * Carries out a probe. What is refused is a finding, too.
 *
 * @throws SyncError `aborted` only
 */
export async function examine(probe: Probe, bench: Bench): Promise<readonly Finding[]> {
  const { name, without } = probe;
  try {
    const found = await probe.run(bench);
    return "outcome" in found ? [{ name, ...found }] : found;
  } catch (thrown) {
    if (thrown instanceof SyncError && thrown.code === "aborted") throw thrown;
    return [{ name, ...verdictOn(thrown, without) }];
  }
}

function verdictOn(thrown: unknown, without: string): Verdict {
  if (!(thrown instanceof SyncError)) {
    return unknown(thrown instanceof Error ? thrown.message : String(thrown), without);
  }
  if (thrown.status === undefined) return unknown(thrown.message, without);
  const reason = thrown.reason ?? `HTTP ${thrown.status}`;
  if (thrown.code === "access-denied") {
    return unknown(`not allowed: ${thrown.operation ?? "request"} is refused (${reason})`, without);
  }
  return degraded(`${thrown.operation ?? "request"} is refused: ${reason}`, without);
}

/** For details: what the server did. */
export function didWith(answer: Answer): string {
  return answer.refusal === undefined ? "accepted" : `refused with ${reasonOf(answer)}`;
}
