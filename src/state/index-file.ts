/**
 * The SQLite files in which is kept what is known from earlier runs: of two-way syncs (`index-db.ts`) and of one-way
 * ones (`object-index.ts`). They can be lost without harm: whatever they held is found out again.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import fs from "node:fs";

import { fileError, systemCode } from "../store/local/fs-errors.ts";

/** Another number means another layout: a file of another one is made anew. */
const layout = 3;
/** By this number in its head SQLite's files are known as ours: `s3sy`. */
const application = 0x73_33_73_79;
/** How long another process may hold the file, in milliseconds. Each of its turns takes a fraction of that. */
const busyMs = 10_000;

const tables = `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
  CREATE TABLE known (
    place TEXT, key TEXT, size INTEGER, etag TEXT, modified INTEGER, version TEXT, mtime INTEGER, inode INTEGER,
    PRIMARY KEY (place, key)
  ) WITHOUT ROWID;
  CREATE TABLE pairs (id INTEGER PRIMARY KEY, name TEXT UNIQUE, listed REAL);
  CREATE TABLE objects (
    pair INTEGER, key TEXT, size REAL, etag TEXT, modified REAL, until REAL, class TEXT, algorithm TEXT, checksum TEXT,
    parts TEXT, metadata TEXT, inode REAL, mtime REAL, ctime REAL, run REAL,
    PRIMARY KEY (pair, key)
  ) WITHOUT ROWID;
  CREATE TABLE blocks (
    pair INTEGER, key TEXT, etag TEXT, size REAL, part REAL, block REAL, signatures BLOB,
    PRIMARY KEY (pair, key)
  );
`;

/** Why a file cannot be used: there is none, it is none of ours, it is broken, or of another version of s3sync. */
export type Unusable = "absent" | "foreign" | "damaged" | "outdated";

/** How numbers come back. */
export interface NumberForm {
  /** Whole numbers are bigints: nanoseconds do not fit into anything else. */
  readonly bigints: boolean;
}

/**
 * Opens a file that is there. Nothing is changed if it cannot be used.
 *
 * @throws SyncError `file-system` where it cannot even be looked at
 */
export function openIndexFile(file: string, form: NumberForm): Database | Unusable {
  const head = headOf(file);
  if (head !== "ours") return head;
  let database: Database | undefined;
  try {
    database = open(file, form, false);
    const row = database.query<{ user_version: number | bigint }, []>("PRAGMA user_version").get();
    const check = database.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get();
    if (check?.quick_check === "ok") {
      if (Number(row?.user_version) === layout) return database;
      database.close();
      return "outdated";
    }
  } catch (cause) {
    database?.close();
    // It is in use, and whole as far as anybody knows.
    if (systemCode(cause)?.startsWith("SQLITE_BUSY") === true) throw fileError(cause, "open", file);
    return "damaged";
  }
  database.close();
  return "damaged";
}

/**
 * Makes a new one, in place of whatever is there.
 *
 * @throws SyncError `file-system`
 */
export function createIndexFile(file: string, form: NumberForm): Database {
  try {
    for (const suffix of suffixes) fs.rmSync(file + suffix, { force: true });
    // Names are nobody else's business; what SQLite puts beside it gets the same rights.
    fs.closeSync(fs.openSync(file, "wx", 0o600));
    return withTables(open(file, form, true));
  } catch (cause) {
    throw fileError(cause, "make", file);
  }
}

/** One that is forgotten with the process. */
export function temporaryIndex({ bigints }: NumberForm): Database {
  return withTables(new Database(":memory:", { safeIntegers: bigints }));
}

/** What SQLite keeps beside a file belongs to it. */
const suffixes = ["", "-wal", "-shm", "-journal"] as const;

/**
 * Gives a file that is none of ours another name, with all that belongs to it: it may be somebody's.
 *
 * @returns the name
 * @throws SyncError `file-system`
 */
export function putAside(file: string): string {
  try {
    let name = `${file}.aside`;
    for (let number = 2; fs.existsSync(name); number++) name = `${file}.aside-${number}`;
    for (const suffix of suffixes) {
      if (fs.existsSync(file + suffix)) fs.renameSync(file + suffix, name + suffix);
    }
    return name;
  } catch (cause) {
    throw fileError(cause, "rename", file);
  }
}

function open(file: string, { bigints }: NumberForm, isNew: boolean): Database {
  const database = new Database(file, { create: isNew, readwrite: true, safeIntegers: bigints });
  database.run(`PRAGMA busy_timeout = ${busyMs}`);
  if (!isNew) goOnInLog(database);
  return database;
}

function withTables(database: Database): Database {
  // All of it or nothing, and in the file itself: by its head it is known as ours.
  database.transaction(() => {
    database.run(tables);
    database.run(`PRAGMA user_version = ${layout}`);
    database.run(`PRAGMA application_id = ${application}`);
  })();
  goOnInLog(database);
  return database;
}

function goOnInLog(database: Database): void {
  database.run("PRAGMA journal_mode = WAL");
  // What the last seconds before a power failure wrote may be lost; it is found out again.
  database.run("PRAGMA synchronous = NORMAL");
}

const magic = "SQLite format 3\0";
/** Where the number of the application stands. @see https://www.sqlite.org/fileformat.html#application_id */
const applicationAt = 68;
const headLength = 100;

/** What the first bytes of a file say. A file that is empty is as good as none. */
function headOf(file: string): "ours" | "absent" | "foreign" {
  const head = Buffer.alloc(headLength);
  let length: number;
  try {
    const descriptor = fs.openSync(file, "r");
    try {
      length = fs.readSync(descriptor, head, 0, headLength, 0);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return "absent";
    throw fileError(cause, "read", file);
  }
  if (length === 0) return "absent";
  const isDatabase = length === headLength && head.toString("latin1", 0, magic.length) === magic;
  return isDatabase && head.readUInt32BE(applicationAt) === application ? "ours" : "foreign";
}
