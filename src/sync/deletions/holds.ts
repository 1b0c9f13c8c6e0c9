/**
 * Whether a store has a key.
 *
 * @module
 */
import { type Key, only } from "../../core/key.ts";
import type { Store } from "../../store/store.ts";

/** Whether there is anything under a key, or there may be. By a listing: only that knows what a view calls it. */
export async function holds(store: Store, key: Key, signal: AbortSignal): Promise<boolean> {
  if (store.firstKey !== undefined) return (await store.firstKey(only(key), signal)) !== undefined;
  for await (const page of store.list(only(key), signal)) {
    if (page.some(({ kind }) => kind !== "directory")) return true;
  }
  return false;
}
