/**
 * Asks the source about each object that is to be deleted in the target: a listing may leave keys out without a word.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import { SyncError, toSyncError } from "../../core/errors.ts";
import type { Key } from "../../core/key.ts";
import { inParallel } from "../../core/parallel.ts";
import type { Store } from "../../store/store.ts";
import { requestsAtOnce } from "./open-files.ts";

/** Nothing else is under way when objects are deleted. */
const headsAtOnce = 32;

/**
 * Finds out what the source really does not have.
 *
 * @param report hears of each object that it has, and of each of which it does not tell
 * @returns the entries that may be deleted, in their order
 */
export async function confirmedAbsent(
  source: Store,
  entries: readonly Entry[],
  report: (error: SyncError, key: Key) => void,
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const atOnce = requestsAtOnce(headsAtOnce);
  const found = await inParallel(entries, atOnce, (entry) => objection(source, entry, signal));
  return entries.filter((entry, index) => {
    const error = found[index];
    if (error !== undefined) report(error, entry.key);
    return error === undefined;
  });
}

async function objection(
  source: Store,
  { key }: Entry,
  signal: AbortSignal,
): Promise<SyncError | undefined> {
  try {
    for (const name of source.storeKeysOf?.(key) ?? [key]) {
      if ((await source.head(name, signal)) !== undefined) return leftOut(source, key);
    }
    return undefined;
  } catch (thrown) {
    const error = toSyncError(thrown, "HeadObject");
    // A name that the source cannot have.
    if (error.code === "unsafe-key") return undefined;
    if (error.code === "aborted") throw error;
    return error;
  }
}

function leftOut({ name }: Store, key: Key): SyncError {
  const text = `${JSON.stringify(key)} is not deleted: ${name} has it, although its listing does not show it`;
  return new SyncError("precondition", text, { operation: "HeadObject", key });
}
