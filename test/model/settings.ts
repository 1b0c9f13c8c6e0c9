/**
 * How many cases are tried, and which.
 *
 * @module
 */

/** Set by whoever has the time: `S3SYNC_TEST_NIGHTLY=1`. */
export const isNightly = process.env["S3SYNC_TEST_NIGHTLY"] === "1";

/** The most that one test may take, in milliseconds. */
export const patience = isNightly ? 3600_000 : 120_000;

/**
 * How fast-check is to run a property. What failed is played again by the seed and the path that the failure shows.
 *
 * @param normally so many cases
 */
export function runs(
  normally: number,
  nightly: number,
): { numRuns: number; seed?: number; path?: string } {
  const { S3SYNC_TEST_SEED: seed, S3SYNC_TEST_PATH: path } = process.env;
  return {
    numRuns: isNightly ? nightly : normally,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path === undefined ? {} : { path }),
  };
}
