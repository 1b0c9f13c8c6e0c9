/**
 * What one-way runs know of the objects of a pair, a bucket and a directory, from earlier runs. One file can hold many
 * pairs.
 *
 * @module
 */
import type { Database, SQLQueryBindings } from "bun:sqlite";

import type { Checksum, ChecksumAlgorithm } from "../core/checksum.ts";
import type { FileMark } from "../core/entry.ts";
import type { ETag } from "../core/etag.ts";
import { asKey, type Key } from "../core/key.ts";
import type { UserMetadata } from "../core/object.ts";
import {
  createIndexFile,
  openIndexFile,
  putAside,
  temporaryIndex,
  type Unusable,
} from "./index-file.ts";
import type { KnownBlocks, KnownObject, KnownParts } from "./known-object.ts";
import { Lock } from "./lock.ts";

interface Row {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modified: number;
  readonly until: number | null;
  readonly class: string | null;
  readonly algorithm: string | null;
  readonly checksum: string | null;
  readonly parts: string | null;
  readonly metadata: string | null;
  readonly inode: number | null;
  readonly mtime: number | null;
  readonly ctime: number | null;
  readonly run: number | null;
}

interface BlocksRow {
  readonly size: number;
  readonly part: number;
  readonly block: number;
  readonly signatures: Uint8Array;
}

/** Which part of a pair to read: keys after `after`, from `from` on, up to `until`. */
export interface Stretch {
  readonly after: string;
  readonly from: string;
  readonly until: string | undefined;
}

const form = { bigints: false };
/** It takes a fraction of that, in milliseconds. */
const longestMakingMs = 30_000;

/** The objects of all pairs of a file. Close it. */
export class ObjectIndex implements Disposable {
  private constructor(
    private readonly database: Database,
    /** What kept the file from being used, if it was made anew. */
    readonly found: Unusable | undefined,
    /** What was in its place and is none of ours has this name now. */
    readonly aside: string | undefined,
  ) {}

  /**
   * Opens a file, or makes it.
   *
   * @param changes whether anything may be written; if not, and there is none that can be used, it is empty
   * @throws SyncError `file-system`
   */
  static open(file: string, changes: boolean): ObjectIndex {
    const opened = openIndexFile(file, form);
    if (typeof opened !== "string") return new ObjectIndex(opened, undefined, undefined);
    if (!changes) return new ObjectIndex(temporaryIndex(form), opened, undefined);
    const aside = opened === "foreign" ? putAside(file) : undefined;
    return new ObjectIndex(createIndexFile(file, form), opened, aside);
  }

  /**
   * The same for a file that other processes may be about to make, too: only one of them does.
   *
   * @throws SyncError `file-system`, `locked`, `aborted`
   */
  static async openShared(file: string, signal: AbortSignal): Promise<ObjectIndex> {
    const opened = openIndexFile(file, form);
    if (typeof opened !== "string") return new ObjectIndex(opened, undefined, undefined);
    const patience = { waitMs: longestMakingMs, signal, onWait: () => undefined };
    using _lock = await Lock.wait(`${file}.lock`, `the index ${file}`, patience);
    return ObjectIndex.open(file, true);
  }

  /** The number of a pair; `undefined` for one that is not known yet. */
  pair(name: string): number | undefined {
    const row = this.database
      .query<{ id: number }, [string]>("SELECT id FROM pairs WHERE name = ?")
      .get(name);
    return row?.id;
  }

  /** Begins to know a pair. */
  addPair(name: string): number {
    this.database.query("INSERT OR IGNORE INTO pairs (name) VALUES (?)").run(name);
    return this.pair(name) ?? 0;
  }

  /** When all objects of a pair were listed, in milliseconds since 1970; `undefined`: not all are known. */
  listedAt(pair: number): number | undefined {
    const row = this.database
      .query<{ listed: number | null }, [number]>("SELECT listed FROM pairs WHERE id = ?")
      .get(pair);
    return row?.listed ?? undefined;
  }

  /** Notes that all objects of a pair are known, or not any more. The disk has it on return. */
  setListedAt(pair: number, timeMs: number | undefined): void {
    this.database.run("PRAGMA synchronous = FULL");
    this.database.query("UPDATE pairs SET listed = ? WHERE id = ?").run(timeMs ?? null, pair);
    this.database.run("PRAGMA synchronous = NORMAL");
  }

  get(pair: number, key: Key): KnownObject | undefined {
    const row = this.database
      .query<Row, [number, string]>("SELECT * FROM objects WHERE pair = ? AND key = ?")
      .get(pair, key);
    return row === null ? undefined : knownOf(row);
  }

  /** The first objects of a stretch, in the order of their keys. */
  page(pair: number, { after, from, until }: Stretch, limit: number): KnownObject[] {
    const where = "pair = ? AND key > ? AND key >= ?";
    const rows =
      until === undefined
        ? this.database
            .query<Row, SQLQueryBindings[]>(
              `SELECT * FROM objects WHERE ${where} ORDER BY key LIMIT ?`,
            )
            .all(pair, after, from, limit)
        : this.database
            .query<Row, SQLQueryBindings[]>(
              `SELECT * FROM objects WHERE ${where} AND key <= ? ORDER BY key LIMIT ?`,
            )
            .all(pair, after, from, until, limit);
    return rows.map(knownOf);
  }

  put(pair: number, known: KnownObject): void {
    const { key, size, etag, modifiedMs, untilMs, storageClass, checksum, file } = known;
    this.database
      .query("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .run(
        ...[pair, key, size, etag, modifiedMs, untilMs ?? null, storageClass ?? null],
        ...[checksum?.algorithm ?? null, checksum?.value ?? null],
        ...[asText(known.parts), asText(known.metadata)],
        ...[file?.inode ?? null, file?.mtimeMs ?? null, file?.ctimeMs ?? null, known.run ?? null],
      );
  }

  remove(pair: number, key: Key): void {
    this.database.query("DELETE FROM objects WHERE pair = ? AND key = ?").run(pair, key);
  }

  /** The blocks of an object; `undefined` if those of no such object are known. */
  blocks(pair: number, { key, etag }: Pick<KnownObject, "key" | "etag">): KnownBlocks | undefined {
    const row = this.database
      .query<BlocksRow, [number, string, string]>(
        "SELECT size, part, block, signatures FROM blocks WHERE pair = ? AND key = ? AND etag = ?",
      )
      .get(pair, key, etag);
    if (row === null) return undefined;
    const { size, part: partSize, block: blockBytes, signatures } = row;
    return { size, partSize, blockBytes, signatures };
  }

  /** Keeps the blocks of an object, in place of those of another one. */
  putBlocks(
    pair: number,
    { key, etag }: Pick<KnownObject, "key" | "etag">,
    { size, partSize, blockBytes, signatures }: KnownBlocks,
  ): void {
    this.database
      .query("INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(pair, key, etag, size, partSize, blockBytes, signatures);
  }

  /** Removes the blocks of objects that are not known any more. */
  removeStrayBlocks(pair: number): void {
    this.database
      .query(
        `DELETE FROM blocks WHERE pair = ? AND NOT EXISTS (
          SELECT 1 FROM objects WHERE objects.pair = blocks.pair AND objects.key = blocks.key AND objects.etag = blocks.etag
        )`,
      )
      .run(pair);
  }

  /** Does many changes at once: all of them are kept, or none. Other processes wait for that. */
  together(work: () => void): void {
    this.database.transaction(work).immediate();
  }

  [Symbol.dispose](): void {
    this.database.close();
  }
}

/** What cannot be read is not known. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Written out: of a million objects, each is made of a row in every run. */
function knownOf(row: Row): KnownObject {
  const { key, size, etag, modified, until, run } = row;
  return {
    key: asKey(key),
    size,
    etag: etag as ETag,
    modifiedMs: modified,
    untilMs: until ?? undefined,
    storageClass: row.class ?? undefined,
    checksum: checksumOf(row),
    parts: row.parts === null ? undefined : (parsed(row.parts) as KnownParts | undefined),
    metadata:
      row.metadata === null ? undefined : (parsed(row.metadata) as UserMetadata | undefined),
    file: markOf(row),
    run: run ?? undefined,
  };
}

function checksumOf({ algorithm, checksum }: Row): Checksum | undefined {
  if (algorithm === null || checksum === null) return undefined;
  return { algorithm: algorithm as ChecksumAlgorithm, value: checksum };
}

function markOf({ inode, mtime, ctime }: Row): FileMark | undefined {
  if (inode === null || mtime === null || ctime === null) return undefined;
  return { inode, mtimeMs: mtime, ctimeMs: ctime };
}
