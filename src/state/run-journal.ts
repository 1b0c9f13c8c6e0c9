/**
 * The journal of a run, by which its changes can be taken back: what was there before each of them, and what it left.
 *
 * Of each object there is a line before it is touched, and one after: a run that is killed in between leaves one that
 * says what was going to be there, so that whoever takes it back can see whether it came to that. Lines are with the
 * system before anything is done, so they outlive the process; the disk is waited for before objects are deleted, and
 * at the end. What a power failure costs of the rest is notes, never objects: those are with the server, or put aside.
 *
 * @module
 */
import { type Entry, storeKeyOf } from "../core/entry.ts";
import type { SyncEvent } from "../core/events.ts";
import type { Key } from "../core/key.ts";
import { ownTag } from "../store/local/owner.ts";
import type { Notebook, Trace } from "../store/wrap/noting.ts";
import { Journal, type Line } from "./journal.ts";

/** What kind of journal this is. */
export const aboutRuns = "run";

/** What a run is about. */
export interface RunHead {
  /** Names of the places, as they were given. */
  readonly source: string;
  readonly target: string;
  /** When it began, as ISO 8601. */
  readonly began: string;
  /** The bucket or the directory in which backups are. */
  readonly backups: string | undefined;
  readonly encodeNames: boolean;
  /** Which process it is. */
  readonly owner: string;
}

/** A journal that a run writes. */
export class RunJournal implements Notebook {
  private readonly journal: Journal;

  /** @throws what the file system says against it, also that there is such a file */
  constructor(file: string, head: Omit<RunHead, "owner">) {
    this.journal = Journal.create(file, aboutRuns, { ...head, owner: ownTag });
    this.journal.hold();
  }

  writing(key: Key, before: Trace | undefined, after: Trace): void {
    this.journal.append({ write: key, before: before && lineOf(before), after: lineOf(after) });
  }

  wrote(key: Key, after: Trace): void {
    this.try({ wrote: key, after: lineOf(after) });
  }

  async removing(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      const { size, mtimeMs, etag } = entry;
      const before = lineOf({ size, mtimeMs, etag, versionId: undefined });
      this.journal.append({ remove: storeKeyOf(entry), before });
    }
    await this.journal.sync();
  }

  removed(key: Key): void {
    this.try({ removed: key });
  }

  /** Hears where something was put aside: before it is replaced or removed. */
  hear(event: SyncEvent): void {
    if (event.type !== "backed-up" || event.dryRun) return;
    this.journal.append({ kept: event.key, backup: event.backup });
  }

  /** The run is over, and its journal on the disk. */
  async end(): Promise<void> {
    this.try({ ended: new Date().toISOString() });
    await this.journal.sync().catch(() => undefined);
    this.journal.close();
  }

  /** What cannot be noted any more is found out by looking. */
  private try(line: Line): void {
    try {
      this.journal.append(line);
    } catch {
      // The line before says enough.
    }
  }
}

function lineOf({ size, mtimeMs, etag, versionId }: Trace): Line {
  return { size, mtime_ms: mtimeMs, etag, version_id: versionId };
}
