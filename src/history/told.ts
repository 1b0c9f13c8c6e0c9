/**
 * What is told of something that was thrown away.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import type { Pruned } from "../core/pruned.ts";
import type { Removal } from "../store/store.ts";

/** Where it was, how large, and what became of it. */
export function told(
  bucket: string,
  { key, size }: Entry,
  error: Removal["error"],
): Pick<Pruned, "name" | "size" | "outcome" | "reason"> {
  const name = `s3://${bucket}/${key}`;
  const outcome = error === undefined ? "removed" : "failed";
  return { name, size, outcome, reason: error?.message };
}
