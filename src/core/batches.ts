/**
 * Lists in portions.
 *
 * @module
 */
/** Portions of at most `size`, in order. */
export function* batchesOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
