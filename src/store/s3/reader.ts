/**
 * Reads one object. All its bytes come from the state that was seen first: ranges ask for its ETag.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { ETag } from "../../core/etag.ts";
import type { ObjectInfo } from "../../core/object.ts";
import { HeldBytes } from "../held-bytes.ts";
import type { PieceSink, Reader, Ticket } from "../store.ts";
import type { ObjectBody, ReadOptions, S3Api } from "./api.ts";

/** Which state of which object is read. */
export interface ObjectTicket extends Ticket {
  readonly kind: "object";
  readonly key: string;
  readonly etag: ETag | undefined;
  readonly versionId: string | undefined;
}

/** Gets a whole object in one request. */
export async function readWhole(
  api: S3Api,
  key: string,
  limitBytes: number,
  options: ReadOptions,
  signal: AbortSignal,
): Promise<Reader> {
  return api.getObject(
    key,
    options,
    async (body) => {
      if (body.length > limitBytes) {
        throw new SyncError(
          "source-changed",
          `s3://${api.bucket}/${key} grew since it was listed`,
          {
            operation: "GetObject",
            bucket: api.bucket,
            key,
          },
        );
      }
      return new WholeObject(api, key, options.versionId, body.info, await body.bytes());
    },
    signal,
  );
}

/** An object that is here already. */
class WholeObject extends HeldBytes {
  constructor(
    private readonly api: S3Api,
    private readonly key: string,
    private readonly versionId: string | undefined,
    info: ObjectInfo,
    content: Uint8Array,
  ) {
    super(info, content);
  }

  partSize(number: number, signal: AbortSignal): Promise<number | undefined> {
    return this.api.headPart(this.key, this.versionId, number, signal);
  }

  tagging(signal: AbortSignal): Promise<string> {
    return readTags(this.api, this.key, this.info, signal);
  }
}

/** An object of which ranges are read. */
export class RangedObject implements Reader {
  constructor(
    private readonly api: S3Api,
    readonly info: ObjectInfo,
    readonly ticket: ObjectTicket,
  ) {}

  partSize(number: number, signal: AbortSignal): Promise<number | undefined> {
    return this.api.headPart(this.ticket.key, this.ticket.versionId, number, signal);
  }

  tagging(signal: AbortSignal): Promise<string> {
    return readTags(this.api, this.ticket.key, this.info, signal);
  }

  async bytes(signal: AbortSignal): Promise<Uint8Array> {
    const into = new Uint8Array(this.info.size);
    await this.read(0, into, signal);
    return into;
  }

  read(offset: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
    return readRange(this.api, this.ticket, offset, into, signal);
  }

  readPieces(offset: number, length: number, sink: PieceSink, signal: AbortSignal): Promise<void> {
    return readPieces(this.api, this.ticket, offset, length, sink, signal);
  }

  async verifyUnchanged(): Promise<void> {}

  async close(): Promise<void> {}
}

/** The head of an object says whether it has tags: only then they are worth a request. */
async function readTags(
  api: S3Api,
  key: string,
  { tagCount, versionId }: ObjectInfo,
  signal: AbortSignal,
): Promise<string> {
  return (tagCount ?? 0) > 0 ? api.getObjectTagging(key, versionId, signal) : "";
}

/** Fills a buffer with a range of an object. */
export async function readRange(
  api: S3Api,
  object: ObjectTicket,
  offset: number,
  into: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  let at = 0;
  const fill = (piece: Uint8Array): void => {
    into.set(piece, at);
    at += piece.byteLength;
  };
  await readPieces(api, object, offset, into.byteLength, fill, signal);
}

/**
 * Hands over a range of an object. A body that breaks is asked for again; what was handed over before is then
 * passed over.
 */
export async function readPieces(
  api: S3Api,
  object: ObjectTicket,
  offset: number,
  length: number,
  sink: PieceSink,
  signal: AbortSignal,
): Promise<void> {
  if (length === 0) return;
  const range = { first: offset, last: offset + length - 1 };
  let done = 0;
  let sinkError: unknown;
  const consume = async (body: ObjectBody): Promise<void> => {
    let at = 0;
    for await (const piece of body.stream()) {
      const fresh = piece.subarray(Math.max(0, done - at));
      at += piece.byteLength;
      if (at > length) throw wrongLength(object, "more");
      if (fresh.byteLength === 0) continue;
      try {
        await sink(fresh);
      } catch (thrown) {
        sinkError = thrown;
        throw thrown;
      }
      done += fresh.byteLength;
    }
    if (at < length) throw wrongLength(object, "fewer");
  };
  const { key, etag, versionId } = object;
  try {
    await api.getObject(key, { range, ifMatch: etag, versionId }, consume, signal);
  } catch (thrown) {
    // What the taker of the bytes threw is no failure of GetObject.
    throw sinkError ?? thrown;
  }
}

function wrongLength(object: ObjectTicket, which: "more" | "fewer"): SyncError {
  return new SyncError("network", `${which} bytes of ${object.key} came than were asked for`, {
    operation: "GetObject",
    retryable: true,
  });
}
