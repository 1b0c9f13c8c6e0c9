/**
 * How long tests may take on slow servers.
 *
 * @module
 */

/** moto does one thing at a time, in Python; S3Mock is at its best when it has run for a while. */
const factors: Readonly<Record<string, number>> = { moto: 5, s3mock: 3 };

/** A limit of so many milliseconds, as it is for the server of this run. */
export function patient(ms: number): number {
  return ms * (factors[process.env["S3SYNC_TEST_SERVER"] ?? ""] ?? 1);
}
