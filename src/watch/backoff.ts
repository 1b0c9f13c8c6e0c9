/**
 * How long a watch waits after failures.
 *
 * @module
 */

const firstMs = 1000;
/** Longer would be noticed when all is well again. */
const longestMs = 5 * 60_000;

/** Twice as long each time, in milliseconds; at random, lest many do the same at the same moment. */
export function backoffMs(failures: number): number {
  const most = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return most * (0.75 + Math.random() * 0.25);
}
