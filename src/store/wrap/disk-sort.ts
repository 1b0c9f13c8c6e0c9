/**
 * Sorts listings of any length in little memory: SQLite keeps them in a file, in the order of their keys' bytes.
 *
 * @module
 */
import { Database, type Statement } from "bun:sqlite";
import fs from "node:fs";
import path from "node:path";

import type { Entry, Listed } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { ETag } from "../../core/etag.ts";
import { asKey } from "../../core/key.ts";

/** What SQLite may keep in memory of its file, in KiB. */
const cacheKiB = 8192;
const pageSize = 1000;

/** A row; the order is that of the bytes of `key`. */
interface Row {
  readonly key: Uint8Array;
  readonly size: number;
  readonly mtime: number;
  readonly etag: string | null;
  readonly class: string | null;
  readonly store: string | null;
  readonly made: number;
}

type Values = [Uint8Array, number, number, string | null, string | null, string | null, number];

/** Takes what a listing shows, and gives it back in order. */
export class DiskSort implements Disposable {
  private readonly directory: string;
  private readonly database: Database;
  private readonly insert: Statement<Row, Values>;
  /** What is no object is rare, and stays in memory. */
  private readonly others: Listed[] = [];

  /**
   * @param tempDir where the file goes
   * @throws SyncError `file-system`, `disk-full`
   */
  constructor(private readonly tempDir: string) {
    this.directory = this.guarded(() => fs.mkdtempSync(path.join(tempDir, ".s3sync-sort-")));
    try {
      this.database = this.guarded(() => openDatabase(path.join(this.directory, "keys")));
      this.insert = this.database.query<Row, Values>(
        "INSERT INTO listed VALUES (?, ?, ?, ?, ?, ?, ?)",
      );
    } catch (thrown) {
      fs.rmSync(this.directory, { recursive: true, force: true });
      throw thrown;
    }
  }

  /**
   * Takes a page.
   *
   * @throws SyncError `protocol` when a key comes twice, `file-system`, `disk-full`
   */
  add(page: readonly Listed[]): void {
    this.guarded(() => {
      for (const item of page) {
        if (item.kind === "object") this.addObject(item);
        else this.others.push(item);
      }
    });
  }

  /** Everything, in the order of the keys. */
  *pages(): Generator<readonly Listed[], void, undefined> {
    if (this.others.length > 0) yield this.others.splice(0);
    let page: Listed[] = [];
    const rows = this.database.query<Row, []>("SELECT * FROM listed ORDER BY key");
    for (const row of rows.iterate()) {
      page.push(entryOf(row));
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    yield page;
  }

  [Symbol.dispose](): void {
    this.database.close();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private addObject({ key, size, mtimeMs, etag, storageClass, storeKey, isMade }: Entry): void {
    const bytes = Buffer.from(key, "utf8");
    const others = [etag ?? null, storageClass ?? null, storeKey ?? null] as const;
    try {
      this.insert.run(bytes, size, mtimeMs, ...others, isMade === true ? 1 : 0);
    } catch (cause) {
      if (!isConstraint(cause)) throw cause;
      const text = `a listing shows the key ${JSON.stringify(key)} twice`;
      throw new SyncError("protocol", text, { operation: "ListObjectsV2", key, cause });
    }
  }

  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof SyncError) throw cause;
      const said = cause instanceof Error ? cause.message : String(cause);
      const full = /full|ENOSPC/i.test(said);
      throw new SyncError(
        full ? "disk-full" : "file-system",
        `a listing cannot be sorted in ${this.tempDir}: ${said}`,
        { path: this.tempDir, hint: "Name a directory with room for it: --temp-dir.", cause },
      );
    }
  }
}

/** Nothing of it outlives the run, so that nothing need be safe against a crash. */
function openDatabase(file: string): Database {
  const database = new Database(file, { create: true });
  database.run("PRAGMA journal_mode = OFF");
  database.run("PRAGMA synchronous = OFF");
  database.run("PRAGMA locking_mode = EXCLUSIVE");
  database.run(`PRAGMA cache_size = -${cacheKiB}`);
  database.run(
    "CREATE TABLE listed (key BLOB PRIMARY KEY, size REAL, mtime REAL, etag TEXT, class TEXT, store TEXT, made INTEGER) WITHOUT ROWID",
  );
  database.run("BEGIN");
  return database;
}

function isConstraint(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "SQLITE_CONSTRAINT_PRIMARYKEY";
}

function entryOf(row: Row): Entry {
  return {
    kind: "object",
    key: asKey(Buffer.from(row.key).toString("utf8")),
    size: row.size,
    mtimeMs: row.mtime,
    etag: (row.etag ?? undefined) as ETag | undefined,
    storageClass: row.class ?? undefined,
    storeKey: row.store === null ? undefined : asKey(row.store),
    ...(row.made === 1 ? { isMade: true } : {}),
  };
}
