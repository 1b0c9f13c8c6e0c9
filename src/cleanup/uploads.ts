/**
 * Uploads that were begun and neither completed nor aborted. Their parts are paid for, and no listing shows them.
 *
 * Ours are those that a journal of this user tells of. A server says who began an upload, but not with which program,
 * so all others go only if they are asked for.
 *
 * @module
 */
import { isError } from "../core/errors.ts";
import type { Leftover } from "../core/leftover.ts";
import type { FoundJournal } from "../state/state-directory.ts";
import type { OpenUpload, S3Api, UploadsMark } from "../store/s3/api.ts";
import { dropUpload } from "../store/s3/writer.ts";
import { type CleanupRules, noteOf, reasonToKeep } from "./rules.ts";

/** Where to look. */
export interface UploadsPlace {
  readonly service: string;
  readonly prefix: string;
}

/** Aborts those that nobody goes on with. */
export async function* cleanUploads(
  api: S3Api,
  place: UploadsPlace,
  rules: CleanupRules,
  signal: AbortSignal,
): AsyncGenerator<Leftover, void, undefined> {
  const journals = journalsByUpload(rules);
  for await (const upload of openUploads(api, place.prefix, signal)) {
    const journal = journals.get(upload.id);
    journals.delete(upload.id);
    yield await cleanOne(api, upload, journal, rules);
  }
  for (const [uploadId, journal] of journals) {
    if (!isBelow(api, place, journal) || reasonToKeep(rules, 0, journal) !== undefined) continue;
    const { dryRun, state } = rules;
    if (!dryRun) state.forget(journal.file);
    const { file: name, mtimeMs: sinceMs } = journal;
    yield { kind: "journal", name, uploadId, sinceMs, outcome: "removed", dryRun };
  }
}

/** By the ids of their uploads, which no two have. The same server may be reached by several addresses. */
function journalsByUpload({ state }: CleanupRules): Map<string, FoundJournal> {
  const found = new Map<string, FoundJournal>();
  for (const journal of state.all("transfer")) {
    const { id } = noteOf(journal);
    if (typeof id === "string") found.set(id, journal);
  }
  return found;
}

function isBelow(
  { bucket }: S3Api,
  { service, prefix }: UploadsPlace,
  journal: FoundJournal,
): boolean {
  const { key } = noteOf(journal);
  if (typeof key !== "string" || !key.startsWith(prefix)) return false;
  return journal.text.head["target"] === JSON.stringify([service, bucket, key]);
}

/**
 * All uploads below a prefix. Some servers take a prefix for a whole key, and tell of nothing else: so all are asked
 * for as well, where that is allowed.
 */
async function* openUploads(
  api: S3Api,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<OpenUpload, void, undefined> {
  const told = new Set<string>();
  for (const asked of new Set([prefix, ""])) {
    try {
      for await (const upload of uploadsBelow(api, asked, signal)) {
        if (!upload.key.startsWith(prefix) || told.has(upload.id)) continue;
        told.add(upload.id);
        yield upload;
      }
    } catch (thrown) {
      if (asked === prefix || !isError(thrown, "access-denied")) throw thrown;
    }
  }
}

async function* uploadsBelow(
  api: S3Api,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<OpenUpload, void, undefined> {
  let mark: UploadsMark | undefined;
  do {
    const page = await api.listMultipartUploads(prefix, mark, signal);
    yield* page.uploads;
    mark = page.next;
  } while (mark !== undefined);
}

async function cleanOne(
  api: S3Api,
  upload: OpenUpload,
  journal: FoundJournal | undefined,
  rules: CleanupRules,
): Promise<Leftover> {
  const { key, id: uploadId, begunMs: sinceMs, initiator } = upload;
  const { dryRun, others, state } = rules;
  const name = `s3://${api.bucket}/${key}`;
  const about = { kind: "upload", name, uploadId, sinceMs, initiator, dryRun } as const;
  const isOurs = journal !== undefined;
  const reason = reasonToKeep(rules, sinceMs, journal) ?? (isOurs || others ? undefined : unknown);
  if (reason !== undefined) return { ...about, outcome: "left", reason };
  const error = dryRun ? undefined : await dropUpload(api, upload);
  if (error !== undefined) return { ...about, outcome: "failed", reason: error.message };
  if (journal !== undefined && !dryRun) state.forget(journal.file);
  return { ...about, outcome: "removed" };
}

const unknown = "not begun here, as far as is known; --others takes it, too";
