/**
 * What the matrix lets go wrong with one request, and what has to come of it.
 *
 * @module
 */
import type { Answer, Fault, Operation } from "../support/fault-proxy.ts";
import type { SizeName } from "./routes.ts";

/** A fault as the matrix has it. */
export interface NamedFault {
  readonly title: string;
  readonly fault: Fault;
  /** The operations that can meet it. All, unless something is said. */
  readonly meets?: (operation: Operation, size: SizeName) => boolean;
  /** The answer may or may not be read before: such outcomes are not counted. */
  readonly isRace?: boolean;
  /** Where one strike must be overcome. Everywhere, unless something is said; elsewhere it may fail honestly. */
  readonly curable?: (operation: Operation) => boolean;
}

/** Requests whose answer is all in its head. */
const bodiless: ReadonlySet<Operation> = new Set(["HeadObject", "PutObject", "UploadPart"]);
/** Requests whose bytes are the object's, or name what becomes of it. */
const carriers: ReadonlySet<Operation> = new Set([
  "PutObject",
  "UploadPart",
  "CompleteMultipartUpload",
  "DeleteObjects",
]);
/**
 * Operations that S3 itself answers with 200 before it knows how they end, and the listing, on which deletes
 * depend.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
const knownLiars: ReadonlySet<Operation> = new Set([
  "CompleteMultipartUpload",
  "CopyObject",
  "UploadPartCopy",
  "ListObjectsV2",
  "DeleteObjects",
]);

/** Whether the answer has one. */
export function hasBody(operation: Operation): boolean {
  return !bodiless.has(operation);
}

/** Whether the request has one. */
export function carriesBody(operation: Operation): boolean {
  return carriers.has(operation);
}

const lies = (operation: Operation): boolean => knownLiars.has(operation);
const never = (): boolean => false;

function changed(change: (body: Buffer) => Buffer): Fault {
  return {
    kind: "rewrite",
    rewrite: ({ headers, body }) => ({ status: 200, headers, body: change(body) }),
  };
}

const hex = "0123456789abcdef".repeat(2);

/** Of the header and of the document alike; a multipart ETag stays one. */
function otherETag({ status, headers, body }: Answer): Answer {
  const etag = headers.get("etag");
  if (etag !== undefined) headers.set("etag", etag.replace(/[0-9a-f]{32}/, hex));
  const text = body.toString("latin1").replace(/(<ETag>[^<]*?)[0-9a-f]{32}/, `$1${hex}`);
  return { status, headers, body: Buffer.from(text, "latin1") };
}

/** The range begins one byte later than it was asked for; a whole object becomes a part. */
function otherRange({ headers, body }: Answer): Answer {
  const [, from = 0, to = body.byteLength - 1, total = body.byteLength] =
    /(\d+)-(\d+)\/(\d+)/.exec(headers.get("content-range") ?? "") ?? [];
  headers.set("content-range", `bytes ${Number(from) + 1}-${Number(to)}/${total}`);
  return { status: 206, headers, body };
}

/** Of a document where it hurts: in a key to delete, or in the ETag of a part. */
function someBit(body: Buffer): number {
  const named = body.indexOf("<Key>");
  const at = named === -1 ? body.indexOf("<ETag>") + "<ETag>&quot;".length : named + "<Key>".length;
  return 8 * (body[0] === "<".charCodeAt(0) ? at : 40) + 1;
}

const broken: readonly NamedFault[] = [
  { title: "reset before the request", fault: { kind: "reset", at: "before-request" } },
  { title: "reset in the middle of the request", fault: { kind: "reset", at: "in-request" } },
  { title: "answer lost after all was done", fault: { kind: "reset", at: "instead-of-answer" } },
  {
    title: "reset in the middle of the answer",
    fault: { kind: "reset", at: "in-answer" },
    meets: hasBody,
  },
  {
    title: "reset after the answer",
    fault: { kind: "reset", at: "after-answer" },
    isRace: true,
  },
  { title: "answer cut in the middle", fault: { kind: "cut" }, meets: hasBody },
];

const refused: readonly NamedFault[] = [
  { title: "500 InternalError", fault: { kind: "refuse", status: 500, code: "InternalError" } },
  {
    title: "503 SlowDown",
    fault: { kind: "refuse", status: 503, code: "SlowDown", headers: { "retry-after": "0" } },
  },
  {
    title: "503 before the body was read",
    fault: { kind: "refuse", status: 503, code: "ServiceUnavailable", early: true },
  },
  {
    title: "403 AccessDenied",
    fault: { kind: "refuse", status: 403, code: "AccessDenied" },
    curable: never,
  },
  {
    title: "400 ExpiredToken",
    fault: { kind: "refuse", status: 400, code: "ExpiredToken" },
    curable: never,
  },
  {
    title: "403 RequestTimeTooSkewed",
    fault: {
      kind: "refuse",
      status: 403,
      code: "RequestTimeTooSkewed",
      // The server's clock, as the client has to take it from here on.
      headers: { date: new Date(Date.now() + 600_000).toUTCString() },
    },
  },
];

const lying: readonly NamedFault[] = [
  {
    title: "200 with nothing in it",
    fault: changed(() => Buffer.alloc(0)),
    meets: hasBody,
    curable: lies,
  },
  {
    title: "200 with an error document",
    fault: changed(() =>
      Buffer.from("<Error><Code>InternalError</Code><Message>told late</Message></Error>"),
    ),
    meets: hasBody,
    curable: lies,
  },
  {
    title: "bit flipped on the way to the server",
    fault: { kind: "flip", in: "request", bit: someBit },
    meets: carriesBody,
    // MinIO compares documents with no digest: it takes another part, or another key, and says which.
    curable: (operation) => operation === "PutObject" || operation === "UploadPart",
  },
  {
    title: "bit flipped on the way back",
    fault: { kind: "flip", in: "answer", bit: someBit },
    meets: (operation) => operation === "GetObject",
  },
  {
    title: "wrong ETag",
    fault: { kind: "rewrite", rewrite: otherETag },
    meets: (operation) =>
      !["ListObjectsV2", "CreateMultipartUpload", "DeleteObjects"].includes(operation),
    curable: never,
  },
  {
    title: "wrong Content-Range",
    fault: { kind: "rewrite", rewrite: otherRange },
    meets: (operation) => operation === "GetObject",
    curable: never,
  },
];

/** All of them. */
export const faults: readonly NamedFault[] = [...broken, ...refused, ...lying];

/** Whether an operation of a run can meet a fault. */
export function canMeet({ meets }: NamedFault, operation: Operation, size: SizeName): boolean {
  return meets?.(operation, size) ?? true;
}

/** Whether one strike must be overcome. */
export function mustOvercome({ curable }: NamedFault, operation: Operation): boolean {
  return curable?.(operation) ?? true;
}
