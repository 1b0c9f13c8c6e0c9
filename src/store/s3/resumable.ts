/**
 * Multipart uploads that a later run goes on with.
 *
 * @module
 */
import { isError } from "../../core/errors.ts";
import type { Key } from "../../core/key.ts";
import type { HeldPart, Resumption, WriteNote, Writer, WriteSpec } from "../store.ts";
import type { S3Api } from "./api.ts";
import { dropUpload, type UploadTicket, UploadWriter } from "./writer.ts";

/** Which upload. */
interface UploadNote extends WriteNote {
  readonly kind: "upload";
  /** The full key. */
  readonly key: string;
  readonly id: string;
}

/** What is the same for all uploads of a store. */
export interface UploadPlace {
  readonly service: string;
  /** Encryption and checksum of what is written. */
  readonly settings: unknown;
  readonly locate: (key: Key) => string;
}

/**
 * What a bucket can take up again.
 *
 * @param begin begins an upload
 */
export function resumableUploads(
  api: S3Api,
  { service, settings, locate }: UploadPlace,
  begin: (spec: WriteSpec, signal: AbortSignal) => Promise<UploadWriter>,
): Resumption {
  return {
    address: (key) => JSON.stringify([service, api.bucket, locate(key)]),
    settings,
    async begin(spec, noteDown, signal): Promise<Writer> {
      const writer = await begin(spec, signal);
      const { key, id } = writer.ticket;
      const note: UploadNote = { kind: "upload", key, id };
      try {
        await noteDown(note);
      } catch (thrown) {
        await writer.abort();
        throw thrown;
      }
      return writer;
    },
    async resume(note, spec, signal) {
      if (!isUploadNote(note) || note.key !== locate(spec.key)) return undefined;
      const parts = await partsOf(api, note, signal);
      if (parts === undefined) return undefined;
      const { expected, withoutChecksum } = spec;
      const ticket: UploadTicket = { ...note, expected, withoutChecksum };
      return { writer: new UploadWriter(api, ticket), held: { kind: "parts", parts } };
    },
    join: (note, key) =>
      isUploadNote(note) && note.key === locate(key) ? new UploadWriter(api, note) : undefined,
    drop: async (note, key) =>
      isUploadNote(note) && note.key === locate(key) ? dropUpload(api, note) : undefined,
  };
}

function isUploadNote(note: WriteNote): note is UploadNote {
  return note.kind === "upload" && "key" in note && "id" in note;
}

/** All parts that the server has of an upload; `undefined` if there is no such upload. */
async function partsOf(
  api: S3Api,
  upload: Pick<UploadNote, "key" | "id">,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, HeldPart> | undefined> {
  const parts = new Map<number, HeldPart>();
  try {
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await api.listParts(upload, after, signal);
      for (const part of page.parts) parts.set(part.number, part);
      after = page.next;
    }
    return parts;
  } catch (error) {
    if (isError(error, "no-such-upload", "not-found")) return undefined;
    throw error;
  }
}
