/**
 * What two-way syncs know of objects and files from earlier runs.
 *
 * @module
 */
import type { Database } from "bun:sqlite";

import { asKey, type Key } from "../core/key.ts";
import { fileError } from "../store/local/fs-errors.ts";
import { createIndexFile, openIndexFile, temporaryIndex } from "./index-file.ts";

/** What both sides held of a key when they were last in step. */
export interface Known {
  /** Relative to both roots. */
  readonly key: Key;
  /** Bytes. */
  readonly size: number;
  /** Of the object. */
  readonly etag: string;
  /** S3's LastModified, in seconds since 1970. */
  readonly modifiedAt: number;
  readonly versionId?: string | undefined;
  /** Of the file; `undefined`: not known any more, so that only its contents tell whether it is still the same. */
  readonly file?: FileFacts | undefined;
}

/** By what a file is known again without being read. */
export interface FileFacts {
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  readonly inode: bigint;
}

interface Row {
  readonly key: string;
  readonly size: bigint;
  readonly etag: string;
  readonly modified: bigint;
  readonly version: string | null;
  readonly mtime: bigint | null;
  readonly inode: bigint | null;
}

const form = { bigints: true };

/** The index. Close it. */
export class Index implements Disposable {
  /** Whether it was made anew: what it held before is lost, or never was. */
  readonly isNew: boolean;
  private readonly database: Database;

  /**
   * @param changes whether the file may change; if not, what is changed is forgotten with the process
   * @throws SyncError `file-system` when the file can be neither used nor replaced
   */
  constructor(
    private readonly file: string,
    changes = true,
  ) {
    const found = openIndexFile(file, form);
    this.isNew = typeof found === "string";
    if (typeof found !== "string") this.database = found;
    else this.database = changes ? createIndexFile(file, form) : temporaryIndex(form);
    // Never committed.
    if (!changes) this.database.run("BEGIN");
  }

  /** Something about the index as a whole. */
  fact(name: string): string | undefined {
    const row = this.database
      .query<{ value: string }, [string]>("SELECT value FROM facts WHERE name = ?")
      .get(name);
    return row?.value;
  }

  setFact(name: string, value: string): void {
    this.change(() => {
      this.database.query("INSERT OR REPLACE INTO facts VALUES (?, ?)").run(name, value);
    });
  }

  removeFact(name: string): void {
    this.database.query("DELETE FROM facts WHERE name = ?").run(name);
  }

  /** All that is known of a place, in the order of keys. Change it only when all was read. */
  *all(place: string): Generator<Known, void, undefined> {
    const rows = this.database
      .query<Row, [string]>("SELECT * FROM known WHERE place = ? ORDER BY key")
      .iterate(place);
    for (const row of rows) yield knownOf(row);
  }

  get(place: string, key: Key): Known | undefined {
    const row = this.database
      .query<Row, [string, string]>("SELECT * FROM known WHERE place = ? AND key = ?")
      .get(place, key);
    return row === null ? undefined : knownOf(row);
  }

  count(place: string): number {
    const row = this.database
      .query<{ n: bigint }, [string]>("SELECT count(*) AS n FROM known WHERE place = ?")
      .get(place);
    return Number(row?.n ?? 0);
  }

  put(place: string, known: Known): void {
    const { key, size, etag, modifiedAt, versionId, file } = known;
    this.change(() => {
      this.database
        .query("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .run(
          ...[place, key, size, etag, modifiedAt, versionId ?? null],
          ...[inSigned(file?.mtimeNs), inSigned(file?.inode)],
        );
    });
  }

  remove(place: string, key: Key): void {
    this.database.query("DELETE FROM known WHERE place = ? AND key = ?").run(place, key);
  }

  /** Forgets a whole place, or everything. */
  clear(place?: string): void {
    if (place === undefined) this.database.run("DELETE FROM known; DELETE FROM facts");
    else this.database.query("DELETE FROM known WHERE place = ?").run(place);
  }

  /** Does many changes at once: all of them are kept, or none. */
  together(work: () => void): void {
    this.database.transaction(work)();
  }

  [Symbol.dispose](): void {
    this.database.close();
  }

  /** @throws SyncError `file-system`: the disk may be full */
  private change(work: () => void): void {
    try {
      work();
    } catch (cause) {
      throw fileError(cause, "write", this.file);
    }
  }
}

function knownOf({ key, size, etag, modified, version, mtime, inode }: Row): Known {
  const file =
    mtime === null || inode === null
      ? undefined
      : { mtimeNs: mtime, inode: BigInt.asUintN(64, inode) };
  return {
    ...{ key: asKey(key), size: Number(size), etag, modifiedAt: Number(modified), file },
    ...(version === null ? {} : { versionId: version }),
  };
}

/** SQLite has signed integers only, and some file systems number files up to 2^64. */
function inSigned(value: bigint | undefined): bigint | null {
  return value === undefined ? null : BigInt.asIntN(64, value);
}
