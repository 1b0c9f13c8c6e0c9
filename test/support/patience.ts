/**
 * How long tests may take on slow servers, and what is not asked of them.
 *
 * @module
 */

const server = process.env["S3SYNC_TEST_SERVER"] ?? "";

/** moto does one thing at a time, in Python; S3Mock is at its best when it has run for a while. */
const factors: Readonly<Record<string, number>> = { moto: 5, s3mock: 3 };

/** S3Mock takes 50 to 100 ms for each object, however small, where two processors have other work as well. */
const shares: Readonly<Record<string, number>> = { s3mock: 10 };

/** So many objects, or fewer where the server of this run would not come to an end with them. */
export function bearable(objects: number): number {
  return objects / (shares[server] ?? 1);
}

/** A limit of so many milliseconds, as it is for the server of this run. */
export function patient(ms: number): number {
  return ms * (factors[server] ?? 1);
}
