/**
 * Old backups: found by the days in their keys, and thrown away where runs have left their sign.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import { asKey, type Key, startingWith } from "../core/key.ts";
import type { Pruned } from "../core/pruned.ts";
import { Spill } from "../list/spill.ts";
import type { DatedPrefix } from "../sync/backups/backup-place.ts";
import { backupSign } from "../sync/backups/backup-sign.ts";
import type { HistoryPlace } from "./place.ts";
import { told } from "./told.ts";

interface OldBackup {
  readonly entry: Entry;
  readonly sinceMs: number;
}

/** The backups of one day. */
interface Day {
  readonly isSigned: boolean;
  sign?: Entry;
  /** Something of it stays. */
  stays?: boolean;
}

/** What was found of backups. */
export class OldBackups implements Disposable {
  readonly old: Spill<OldBackup>;
  /** How many were looked at. */
  seen = 0;
  /** What is old by its key, and may be anybody's. */
  private doubtful = 0;
  private readonly days = new Map<Key, Day>();

  constructor(
    private readonly place: HistoryPlace,
    private readonly dated: DatedPrefix,
    tempDir: string,
  ) {
    this.old = new Spill(tempDir);
  }

  /** @throws what kept them from being looked through */
  async gather(sinceMs: number): Promise<void> {
    const { store, prefix, signal, gap, bucket } = this.place;
    const range = startingWith(prefix);
    for await (const page of store.list(range, signal)) {
      for (const found of page) {
        if (found.kind === "object") await this.look(found, sinceMs);
        else if (found.kind === "gap") gap(found.error);
      }
    }
    if (this.doubtful === 0) return;
    const text =
      `no run has left its sign ${backupSign} beside what lies below s3://${bucket}/${prefix}: ` +
      `it may be no backups, and stays (objects: ${this.doubtful})`;
    gap(new SyncError("precondition", text, { bucket }));
  }

  private async look(entry: Entry, sinceMs: number): Promise<void> {
    const found = this.dated.dayOf(entry.key);
    if (found === undefined) return;
    const start = asKey(found.start);
    const day = this.days.get(start) ?? (await this.dayAt(start));
    if (entry.key === start + backupSign) {
      day.sign = entry;
      return;
    }
    this.seen += 1;
    // A folder may have got something later, by whatever hand.
    const latestMs = Math.max(found.endMs, entry.mtimeMs);
    const isOld = latestMs <= sinceMs;
    if (isOld && day.isSigned) this.old.add({ entry, sinceMs: latestMs });
    else day.stays = true;
    if (isOld && !day.isSigned) this.doubtful += 1;
  }

  private async dayAt(start: Key): Promise<Day> {
    const { store, signal } = this.place;
    const day = { isSigned: (await store.head(asKey(start + backupSign), signal)) !== undefined };
    this.days.set(start, day);
    return day;
  }

  /** Removes what is old. Signs go when nothing is left that they are about. */
  async *prune(dryRun: boolean): AsyncGenerator<Pruned, void, undefined> {
    const { store, bucket, signal } = this.place;
    let isLeft = false;
    for (const batch of this.old.batches()) {
      const entries = batch.map(({ entry }) => entry);
      const removals = dryRun ? undefined : await store.remove(entries, signal);
      for (const [at, { entry, sinceMs }] of batch.entries()) {
        const error = removals?.[at]?.error;
        isLeft ||= error !== undefined;
        yield { kind: "backup", ...told(bucket, entry, error), sinceMs, dryRun };
      }
    }
    const signs = [...this.days.values()].flatMap(({ sign, stays }) =>
      sign === undefined || stays === true ? [] : [sign],
    );
    if (!isLeft && !dryRun && signs.length > 0) await store.remove(signs, signal);
  }

  [Symbol.dispose](): void {
    this.old[Symbol.dispose]();
  }
}
