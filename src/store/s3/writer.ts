/**
 * Writes one object as a multipart upload.
 *
 * @module
 */
import { isError, type SyncError, toSyncError } from "../../core/errors.ts";
import { type ETag, etagForm } from "../../core/etag.ts";
import type { Expected, Written } from "../../core/object.ts";
import type { Digests } from "../../hash/digest.ts";
import { multipartETag } from "../../hash/etag.ts";
import type { Body } from "../body.ts";
import type { Part, PartReceipt, Ticket, Writer } from "../store.ts";
import type { S3Api, UploadedPart } from "./api.ts";
import { orWrittenBefore } from "./own-doing.ts";

/** Which upload is written. */
export interface UploadTicket extends Ticket {
  readonly kind: "upload";
  readonly key: string;
  readonly id: string;
  readonly expected?: Expected | undefined;
  /** The upload was begun without an additional checksum, and takes none. */
  readonly withoutChecksum?: boolean | undefined;
}

/** How long throwing an upload away may take after the run was stopped. */
const abortLimitMs = 30_000;

/** A multipart upload under way. */
export class UploadWriter implements Writer {
  constructor(
    private readonly api: S3Api,
    readonly ticket: UploadTicket,
  ) {}

  get uploadId(): string {
    return this.ticket.id;
  }

  writePart(part: Part, body: Body, digests: Digests, signal: AbortSignal): Promise<PartReceipt> {
    return writePart(this.api, this.ticket, part, body, digests, signal);
  }

  async commit(receipts: readonly PartReceipt[], signal: AbortSignal): Promise<Written> {
    const { api, ticket } = this;
    const parts = receipts.map(({ number, etag, checksum }) => ({
      ...{ number, etag: etag ?? ("" as ETag) },
      checksum: ticket.withoutChecksum === true ? undefined : checksum,
    }));
    const complete = (): Promise<Written> => api.completeMultipartUpload(ticket, parts, signal);
    return orWrittenBefore(api, ticket.key, expectedETag(parts), complete, signal);
  }

  abort(): Promise<SyncError | undefined> {
    return dropUpload(this.api, this.ticket);
  }

  /** The server keeps an upload that nobody ends. */
  async leave(): Promise<void> {}
}

/**
 * Throws an upload and its parts away. One that is gone is as good.
 *
 * @returns what went wrong; never throws
 */
export async function dropUpload(
  api: S3Api,
  upload: Pick<UploadTicket, "key" | "id">,
): Promise<SyncError | undefined> {
  try {
    await api.abortMultipartUpload(upload, AbortSignal.timeout(abortLimitMs));
    return undefined;
  } catch (thrown) {
    return isError(thrown, "no-such-upload") ? undefined : toSyncError(thrown);
  }
}

/** Known where the parts' ETags are their MD5. */
function expectedETag(parts: readonly UploadedPart[]): ETag | undefined {
  const md5s = parts.map(({ etag }) => etag);
  if (!md5s.every((etag) => etagForm(etag).kind === "md5")) return undefined;
  return multipartETag(md5s.map((etag) => Buffer.from(etag, "hex")));
}

/** Sends one part. */
export async function writePart(
  api: S3Api,
  upload: UploadTicket,
  part: Part,
  body: Body,
  digests: Digests,
  signal: AbortSignal,
): Promise<PartReceipt> {
  const checksum = upload.withoutChecksum === true ? undefined : digests.checksum;
  const etag = await api.uploadPart(upload, part.number, body, { ...digests, checksum }, signal);
  return { number: part.number, etag, checksum };
}
