/**
 * Keeps runs from overlapping.
 *
 * @module
 */
import { formatDuration } from "../../config/kinds.ts";
import type { Config } from "../../config/shape.ts";
import type { Shard } from "../../core/shard.ts";
import { Lock } from "../../state/lock.ts";

/**
 * Takes the lock that is asked for, if one is. A dry run needs none: it changes nothing.
 *
 * @param say hears that it is waited for
 * @throws SyncError `locked`, `file-system`, `aborted`
 */
export async function runLock(
  { lock: file, lockWait, dryRun, shard }: Config,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<Lock | undefined> {
  if (file === undefined || dryRun) return undefined;
  const lock = file + suffixOf(shard);
  return await Lock.wait(lock, `the lock ${lock}`, {
    waitMs: lockWait,
    signal,
    onWait: ({ message }) => say(`${message}; waiting for up to ${formatDuration(lockWait)}`),
  });
}

/** Shards are to run at the same time, and each of them only once. */
function suffixOf(shard: Shard | undefined): string {
  return shard === undefined ? "" : `.${shard.number}-of-${shard.count}`;
}
