/**
 * What the journal of a run says that it changed, key by key; and what of that is taken back.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../core/errors.ts";
import { parseETag } from "../core/etag.ts";
import { asKey, type Key } from "../core/key.ts";
import { fileError } from "../store/local/fs-errors.ts";
import { isAbandoned } from "../store/local/owner.ts";
import type { Trace } from "../store/wrap/noting.ts";
import { type Change, ChangeTable } from "./change-table.ts";
import { Journal, type Line, scanJournal } from "./journal.ts";
import { Lock } from "./lock.ts";
import { aboutRuns, type RunHead } from "./run-journal.ts";

/** The journal of a run that is to be taken back. Dispose of it. */
export class RunChanges implements AsyncDisposable {
  private constructor(
    readonly head: RunHead,
    /** Those that are not taken back yet. */
    readonly changes: ChangeTable,
    private readonly journal: Journal | undefined,
    private readonly lock: Lock | undefined,
  ) {}

  /**
   * Reads the journal of a run that is over.
   *
   * @param tempDir where a list of them goes that may be long
   * @param isNoted also note in it what is taken back, and keep others from doing the same meanwhile
   * @throws SyncError `usage` when the file holds none; `locked` while the run is under way, or taken back by somebody
   *   else; `file-system`
   */
  static open(file: string, tempDir: string, isNoted: boolean): RunChanges {
    if (!isNoted) return RunChanges.load(file, tempDir);
    // A name that was mistyped gets no lock beside it.
    reading(file, () => fs.accessSync(file));
    const lock = Lock.take(`${file}.lock`, `the journal ${file}`);
    try {
      return RunChanges.load(file, tempDir, lock);
    } catch (thrown) {
      lock[Symbol.dispose]();
      throw thrown;
    }
  }

  /** @param lock for whoever wants to note something */
  private static load(file: string, tempDir: string, lock?: Lock): RunChanges {
    // Before anything is made for a file that is none.
    reading(file, () => fs.accessSync(file));
    const changes = new ChangeTable(tempDir);
    try {
      return RunChanges.read(file, changes, lock);
    } catch (thrown) {
      changes[Symbol.dispose]();
      throw thrown;
    }
  }

  private static read(file: string, changes: ChangeTable, lock: Lock | undefined): RunChanges {
    let isOver = false;
    const found = reading(file, () =>
      scanJournal(file, (line) => {
        isOver ||= line["ended"] !== undefined;
        take(changes, line);
      }),
    );
    if (found?.about !== aboutRuns) {
      const hint = "Journals of runs are made by --journal FILE.";
      throw new SyncError("usage", `${file} is no journal of a run`, { path: file, hint });
    }
    const head = headOf(found.head);
    if (!isOver) requireAbandoned(file, head);
    const journal = lock && reading(file, () => Journal.goOn(file, found));
    journal?.hold();
    return new RunChanges(head, changes, journal, lock);
  }

  /** Fires when somebody else has taken over the journal. `undefined`: nothing is noted. */
  get lost(): AbortSignal | undefined {
    return this.lock?.lost;
  }

  /** A change is taken back, so that nobody does it again. @throws what keeps it from being noted */
  undone(key: Key): void {
    this.journal?.append({ undone: key });
  }

  /** Waits until the disk has the notes, as far as it takes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.journal?.sync().catch(() => undefined);
    this.journal?.close();
    this.changes[Symbol.dispose]();
    this.lock?.[Symbol.dispose]();
  }
}

function reading<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    // What is wrong is not with the journal.
    if (cause instanceof SyncError) throw cause;
    const { message } = fileError(cause, "read the journal", file);
    throw new SyncError("usage", message, { path: file, cause });
  }
}

function headOf({ source, target, began, backups, encodeNames, owner }: Line): RunHead {
  return {
    source: String(source),
    target: String(target),
    began: String(began),
    backups: typeof backups === "string" ? backups : undefined,
    encodeNames: encodeNames === true,
    owner: String(owner),
  };
}

function requireAbandoned(file: string, { owner }: RunHead): void {
  if (isAbandoned(owner, fs.statSync(file).mtimeMs, Date.now())) return;
  const hint =
    "Wait for its end, or stop it. Of a run of another machine that was killed, wait a day.";
  throw new SyncError("locked", `the run of ${file} is still under way`, { path: file, hint });
}

/** Adds what one more line says. What was touched last comes last. */
function take(changes: ChangeTable, line: Line): void {
  const found = keyOf(line);
  if (found === undefined) return;
  changes.put(found, changed(changes.get(found), asKey(found), line));
}

function keyOf({ write, wrote, remove, removed, kept, undone }: Line): string | undefined {
  const key = write ?? wrote ?? remove ?? removed ?? kept ?? undone;
  return typeof key === "string" ? key : undefined;
}

/** What is known of a key after one more line; `undefined`: there is nothing to be taken back. */
function changed(known: Change | undefined, key: Key, line: Line): Change | undefined {
  const { write, wrote, remove, removed, kept, undone, backup } = line;
  if (undone !== undefined) return undefined;
  if (write !== undefined || remove !== undefined) {
    const before = traceIn(line["before"]);
    const after = remove === undefined ? traceIn(line["after"]) : undefined;
    // An attempt before has written it: what it replaced is what was there.
    const isOwn = known?.after.some((own) => isSame(own, before)) === true;
    if (known !== undefined && isOwn) return { ...known, after: [...known.after, after] };
    return { key, before, backup: undefined, after: [after] };
  }
  if (known === undefined) return undefined;
  if (wrote !== undefined) return { ...known, after: [traceIn(line["after"])] };
  if (removed !== undefined) return { ...known, after: [undefined] };
  const place = kept !== undefined && typeof backup === "string" ? backup : undefined;
  return { ...known, backup: known.backup ?? place };
}

function traceIn(value: unknown): Trace | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { size, mtime_ms: mtimeMs, etag, version_id: versionId } = value as Line;
  if (typeof size !== "number" || typeof mtimeMs !== "number") return undefined;
  return {
    ...{ size, mtimeMs },
    etag: typeof etag === "string" ? parseETag(etag) : undefined,
    versionId: typeof versionId === "string" ? versionId : undefined,
  };
}

/**
 * Whether two looks have seen the same object, as far as can be told: by its ETag; of files by size and time. Not by its
 * version: what was put back when a later run was undone is a new one of the same bytes.
 */
export function isSame(a: Trace | undefined, b: Trace | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.size !== b.size) return false;
  if (a.etag !== undefined || b.etag !== undefined) return a.etag === b.etag;
  return Math.abs(a.mtimeMs - b.mtimeMs) < mtimeStepMs;
}

/** Not every way to set a time is exact, and not every disk keeps it exactly. */
const mtimeStepMs = 2;
