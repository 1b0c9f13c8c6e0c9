/**
 * What a promise rejects with.
 *
 * @module
 */

/** Waits for a promise to reject and gives what it rejected with. Throws if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error("it did not reject");
}
