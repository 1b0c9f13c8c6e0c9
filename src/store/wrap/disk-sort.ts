/**
 * Sorts listings of any length in little memory: SQLite keeps them in a file, in the order of their keys' bytes.
 *
 * @module
 */
import type { Statement } from "bun:sqlite";

import type { Entry, Listed } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { ETag } from "../../core/etag.ts";
import { asKey } from "../../core/key.ts";
import { ScratchDatabase } from "./scratch-database.ts";

const table =
  "CREATE TABLE listed (key BLOB PRIMARY KEY, size REAL, mtime REAL, etag TEXT, class TEXT, store TEXT, made INTEGER) WITHOUT ROWID";
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
  private readonly scratch: ScratchDatabase;
  private readonly insert: Statement<Row, Values>;
  /** What is no object is rare, and stays in memory. */
  private readonly others: Listed[] = [];

  /**
   * @param tempDir where the file goes
   * @throws SyncError `file-system`, `disk-full`
   */
  constructor(tempDir: string) {
    this.scratch = new ScratchDatabase(tempDir, table, "a listing cannot be sorted");
    this.insert = this.scratch.database.query<Row, Values>(
      "INSERT INTO listed VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
  }

  /**
   * Takes a page.
   *
   * @throws SyncError `protocol` when a key comes twice, `file-system`, `disk-full`
   */
  add(page: readonly Listed[]): void {
    this.scratch.guarded(() => {
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
    const rows = this.scratch.database.query<Row, []>("SELECT * FROM listed ORDER BY key");
    for (const row of rows.iterate()) {
      page.push(entryOf(row));
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    yield page;
  }

  [Symbol.dispose](): void {
    this.scratch[Symbol.dispose]();
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
