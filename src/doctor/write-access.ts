/**
 * May anything be written, and can it be deleted again? Asked first, with one small object.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import { bad, degraded, type Finding, good } from "../core/finding.ts";
import { type Bench, didWith } from "./bench.ts";

/** What came of it. */
export interface WriteAccess {
  readonly finding: Finding;
  /** Whether more may be written. */
  readonly isAllowed: boolean;
}

/** Writes an object, reads it, and deletes it. */
export async function mayWrite(bench: Bench): Promise<WriteAccess> {
  const name = "writing";
  try {
    const written = await bench.put("object", "x");
    if (written.refusal !== undefined) {
      const what = `PutObject is ${didWith(written)}`;
      const only = "this place can be a SOURCE, not a TARGET";
      return { finding: { name, ...degraded(what, only, written.refusal.hint) }, isAllowed: false };
    }
    const read = await bench.textOf("object");
    if (read !== "x") {
      return { finding: { name, ...bad("what was written is not read back") }, isAllowed: false };
    }
    const key = bench.key("object");
    const removed = await bench.ask({ name: "DeleteObject", method: "DELETE", key });
    if (removed.refusal === undefined) {
      return { finding: { name, ...good("write, read, delete") }, isAllowed: true };
    }
    const what = `DeleteObject is ${didWith(removed)}`;
    const only = "--delete fails here; nothing more was tried, because it could not be tidied up";
    return { finding: { name, ...degraded(what, only) }, isAllowed: false };
  } catch (error) {
    if (!(error instanceof SyncError) || error.code === "aborted") throw error;
    return { finding: { name, ...bad(error.message, undefined, error.hint) }, isAllowed: false };
  }
}
