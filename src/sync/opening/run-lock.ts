/**
 * Keeps runs from overlapping.
 *
 * @module
 */
import { formatDuration } from "../../config/kinds.ts";
import type { Config } from "../../config/shape.ts";
import { Lock } from "../../state/lock.ts";

/**
 * Takes the lock that is asked for, if one is. A dry run needs none: it changes nothing.
 *
 * @param say hears that it is waited for
 * @throws SyncError `locked`, `file-system`, `aborted`
 */
export async function runLock(
  { lock, lockWait, dryRun }: Config,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<Lock | undefined> {
  if (lock === undefined || dryRun) return undefined;
  return await Lock.wait(lock, `the lock ${lock}`, {
    waitMs: lockWait,
    signal,
    onWait: ({ message }) => say(`${message}; waiting for up to ${formatDuration(lockWait)}`),
  });
}
