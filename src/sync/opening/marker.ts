/**
 * A file that shows that the source is what it is taken for: where a disk is not mounted, it is missing.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import { asKey, type Key, only } from "../../core/key.ts";
import type { Store } from "../../store/store.ts";

/**
 * Makes sure that a source has a marker.
 *
 * @param hint what to look at if it has not
 * @throws SyncError `precondition` if it has not
 */
export async function requireMarker(
  source: Store,
  name: string,
  signal: AbortSignal,
  hint = "Is the disk mounted, and SOURCE the right one?",
): Promise<void> {
  const key = asKey(name);
  if (await has(source, key, signal)) return;
  throw new SyncError(
    "precondition",
    `nothing is done: ${source.name} has no ${JSON.stringify(name)}, which --require-marker asks for`,
    { key, hint, isGuard: true },
  );
}

/** By a listing: only that knows what a view calls it. */
async function has(source: Store, key: Key, signal: AbortSignal): Promise<boolean> {
  if (source.firstKey !== undefined) return (await source.firstKey(only(key), signal)) === key;
  for await (const page of source.list(only(key), signal)) {
    if (page.some((item) => item.kind === "object" && item.key === key)) return true;
  }
  return false;
}
