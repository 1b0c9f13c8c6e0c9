/**
 * Just enough HTTP/1.1 for the fault proxy: heads, body lengths, and the S3 operation of a request.
 *
 * @module
 */
import type net from "node:net";

/** The S3 operations that s3sync sends. */
export type Operation =
  | "ListObjectsV2"
  | "HeadObject"
  | "GetObject"
  | "PutObject"
  | "CreateMultipartUpload"
  | "UploadPart"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload"
  | "ListParts"
  | "ListMultipartUploads"
  | "CopyObject"
  | "UploadPartCopy"
  | "DeleteObject"
  | "DeleteObjects"
  | "GetObjectTagging"
  | "GetObjectAttributes"
  | "other";

/** The head of a request or of an answer. */
export interface Head {
  /** As received, the empty line included. */
  readonly bytes: Buffer;
  /** Empty for an answer. */
  readonly method: string;
  /** Path and query; empty for an answer. */
  readonly target: string;
  /** 0 for a request. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Map<string, string>;
}

/** An answer as a whole, to be changed. */
export interface Answer {
  readonly status: number;
  readonly headers: Map<string, string>;
  readonly body: Buffer;
}

/** Bytes of a body, or `chunked`. */
export type BodyPlan = number | "chunked";

const headEnd = Buffer.from("\r\n\r\n");

/** Reads a socket piece by piece, at the reader's pace. */
export class ByteReader {
  private readonly pieces: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(socket: net.Socket) {
    this.pieces = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Everything up to an empty line; `undefined` if the other side hung up. */
  async head(): Promise<Buffer | undefined> {
    for (;;) {
      const end = this.rest.indexOf(headEnd);
      if (end !== -1) return this.take(end + headEnd.byteLength);
      if (!(await this.more())) return undefined;
    }
  }

  /** A line without its end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.rest.indexOf("\r\n");
      if (end !== -1)
        return this.take(end + 2)
          .toString("latin1")
          .trimEnd();
      if (!(await this.more())) throw new Error("a line is cut");
    }
  }

  /** At most so many bytes, at least one; `undefined` if the other side hung up. */
  async read(most: number): Promise<Buffer | undefined> {
    if (this.rest.byteLength === 0 && !(await this.more())) return undefined;
    return this.take(Math.max(1, Math.floor(most)));
  }

  /** Exactly so many bytes. */
  async exactly(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = length; left > 0;) {
      const piece = await this.read(left);
      if (piece === undefined) throw new Error("a body is cut");
      pieces.push(piece);
      left -= piece.byteLength;
    }
    return Buffer.concat(pieces);
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      const piece = await this.read(left);
      if (piece === undefined) return;
      left -= piece.byteLength;
    }
  }

  private take(length: number): Buffer {
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(taken.byteLength);
    return taken;
  }

  private async more(): Promise<boolean> {
    try {
      const { done, value } = await this.pieces.next();
      if (done === true) return false;
      this.rest = this.rest.byteLength === 0 ? value : Buffer.concat([this.rest, value]);
      return true;
    } catch {
      return false;
    }
  }
}

/** Writes at the pace of the reader. Throws if the reader went away. */
export async function writeAll(socket: net.Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed) throw new Error("the receiver went away");
  if (socket.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", gone);
      resolve();
    };
    const gone = (): void => {
      socket.off("drain", done);
      reject(new Error("the receiver went away"));
    };
    socket.once("drain", done);
    socket.once("close", gone);
  });
}

/** Reads the head of a request or an answer. */
export function parseHead(bytes: Buffer): Head {
  const [first = "", ...lines] = bytes.toString("latin1").trimEnd().split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const [a = "", b = ""] = first.split(" ");
  const isAnswer = a.startsWith("HTTP/");
  return {
    bytes,
    method: isAnswer ? "" : a,
    target: isAnswer ? "" : b,
    status: isAnswer ? Number(b) : 0,
    headers,
  };
}

/** Writes a head. */
export function formatHead(line: string, headers: ReadonlyMap<string, string>): Buffer {
  const lines = Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${line}\r\n${lines.join("")}\r\n`, "latin1");
}

/** How the body of an answer is delimited. */
export function bodyPlan(method: string, answer: Head): BodyPlan {
  if (method === "HEAD" || answer.status === 204 || answer.status === 304) return 0;
  if (answer.headers.get("transfer-encoding") === "chunked") return "chunked";
  return Number(answer.headers.get("content-length") ?? 0);
}

/** Reads the body of an answer as a whole. */
export async function readBody(input: ByteReader, plan: BodyPlan): Promise<Buffer> {
  if (plan !== "chunked") return input.exactly(plan);
  const pieces: Buffer[] = [];
  for (;;) {
    const size = Number.parseInt(await input.line(), 16);
    pieces.push(await input.exactly(size));
    await input.line();
    if (size === 0) return Buffer.concat(pieces);
  }
}

/** An error as S3 writes it. */
export function errorDocument(code: string): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>injected</Message><RequestId>0</RequestId></Error>`,
  );
}

/** Names the S3 operation of a request, path style. */
export function operationOf({ method, target, headers }: Head): Operation {
  const url = new URL(target, "http://proxy");
  const query = url.searchParams;
  const isBucket = url.pathname.split("/").filter((part) => part !== "").length < 2;
  if (isBucket) {
    if (method === "GET" && query.has("list-type")) return "ListObjectsV2";
    if (method === "GET" && query.has("uploads")) return "ListMultipartUploads";
    return method === "POST" && query.has("delete") ? "DeleteObjects" : "other";
  }
  const isCopy = headers.has("x-amz-copy-source");
  switch (method) {
    case "HEAD":
      return "HeadObject";
    case "GET":
      if (query.has("uploadId")) return "ListParts";
      if (query.has("attributes")) return "GetObjectAttributes";
      return query.has("tagging") ? "GetObjectTagging" : "GetObject";
    case "PUT":
      if (query.has("partNumber")) return isCopy ? "UploadPartCopy" : "UploadPart";
      return isCopy ? "CopyObject" : "PutObject";
    case "POST":
      return query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
    case "DELETE":
      return query.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
    default:
      return "other";
  }
}
