/**
 * What a run did to each key, in a file: of a long journal it would not fit into memory.
 *
 * Keys are kept as they stand in JSON: names of files that are no text have halves of characters, which SQLite would not
 * give back.
 *
 * @module
 */
import type { Statement } from "bun:sqlite";

import type { Key } from "../core/key.ts";
import type { Trace } from "../store/wrap/noting.ts";
import { ScratchDatabase } from "../store/wrap/scratch-database.ts";

/** What a run did to a key, from its first touch to its last. */
export interface Change {
  readonly key: Key;
  /** What was there; `undefined`: nothing. */
  readonly before: Trace | undefined;
  /** Where that was put aside: a full key or a path. */
  readonly backup: string | undefined;
  /** What may be there by the run: one thing, unless it was killed over it. `undefined`: nothing. */
  readonly after: readonly (Trace | undefined)[];
}

/** Whether nothing was there before. */
export function isNew({ before, backup }: Change): boolean {
  return before === undefined && backup === undefined;
}

/** The number of a change grows with each touch of its key. */
const table =
  "CREATE TABLE changes (number INTEGER PRIMARY KEY, key TEXT UNIQUE, made INTEGER, change TEXT)";
const pageSize = 1000;

interface Row {
  readonly number: number;
  readonly change: string;
}

/** Keys and what became of them, in the order in which they were touched last. Dispose of it. */
export class ChangeTable implements Disposable {
  private readonly scratch: ScratchDatabase;
  private readonly found: Statement<Row, [string]>;
  private readonly insert: Statement<Row, [string, number, string]>;
  private readonly remove: Statement<Row, [string]>;

  /**
   * @param tempDir where the file goes
   * @throws SyncError `file-system`, `disk-full`
   */
  constructor(tempDir: string) {
    this.scratch = new ScratchDatabase(tempDir, table, "the changes of a run cannot be kept");
    const { database } = this.scratch;
    this.found = database.query("SELECT number, change FROM changes WHERE key = ?");
    this.insert = database.query("INSERT INTO changes (key, made, change) VALUES (?, ?, ?)");
    this.remove = database.query("DELETE FROM changes WHERE key = ?");
  }

  get(key: string): Change | undefined {
    const row = this.scratch.guarded(() => this.found.get(JSON.stringify(key)));
    return row === null ? undefined : changeIn(row);
  }

  /** Puts a change in the place of what is known of the key, and behind all others; `undefined`: there is none. */
  put(key: string, change: Change | undefined): void {
    const name = JSON.stringify(key);
    this.scratch.guarded(() => {
      this.remove.run(name);
      if (change === undefined) return;
      this.insert.run(name, isNew(change) ? 1 : 0, JSON.stringify(change));
    });
  }

  /** How many there are. */
  count(): { readonly all: number; readonly isNew: number } {
    const sql = 'SELECT count(*) AS "all", coalesce(sum(made), 0) AS isNew FROM changes';
    const { database } = this.scratch;
    const row = database.query<{ all: number; isNew: number }, []>(sql).get();
    return row ?? { all: 0, isNew: 0 };
  }

  /** All of them, the newest first, in portions. */
  *newestFirst(): Generator<readonly Change[], void, undefined> {
    const page = this.scratch.database.query<Row, [number, number]>(
      "SELECT number, change FROM changes WHERE number < ? ORDER BY number DESC LIMIT ?",
    );
    let rows: readonly Row[];
    for (let before = Number.MAX_SAFE_INTEGER; ; before = rows.at(-1)?.number ?? 0) {
      rows = page.all(before, pageSize);
      if (rows.length === 0) return;
      yield rows.map(changeIn);
    }
  }

  [Symbol.dispose](): void {
    this.scratch[Symbol.dispose]();
  }
}

/** JSON knows nothing of undefined. */
function changeIn({ change }: Row): Change {
  const { key, before, backup, after } = JSON.parse(change) as Change;
  return { key, before: traceIn(before), backup, after: after.map(traceIn) };
}

function traceIn(found: Trace | null | undefined): Trace | undefined {
  if (found === null || found === undefined) return undefined;
  const { size, mtimeMs, etag, versionId } = found;
  return { size, mtimeMs, etag, versionId };
}
