/**
 * A SQLite file for what does not fit into memory, and is of no use after the process. Nothing of it outlives that, so
 * that nothing need be safe against a crash.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../../core/errors.ts";

/** What SQLite may keep in memory of its file, in KiB. */
const cacheKiB = 8192;

/** The file. Dispose of it. */
export class ScratchDatabase implements Disposable {
  readonly database: Database;
  private readonly directory: string;

  /**
   * @param tempDir where the file goes
   * @param tables in SQL
   * @param failure what cannot be done without it, as the beginning of a sentence
   * @throws SyncError `file-system`, `disk-full`
   */
  constructor(
    private readonly tempDir: string,
    tables: string,
    private readonly failure: string,
  ) {
    this.directory = this.guarded(() => fs.mkdtempSync(path.join(tempDir, ".s3sync-sort-")));
    try {
      this.database = this.guarded(() => openDatabase(path.join(this.directory, "keys"), tables));
    } catch (thrown) {
      fs.rmSync(this.directory, { recursive: true, force: true });
      throw thrown;
    }
  }

  /** Does something with it. @throws SyncError `file-system`, `disk-full`, or what the work throws of that kind */
  guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof SyncError) throw cause;
      const said = cause instanceof Error ? cause.message : String(cause);
      const full = /full|ENOSPC/i.test(said);
      throw new SyncError(
        full ? "disk-full" : "file-system",
        `${this.failure} in ${this.tempDir}: ${said}`,
        { path: this.tempDir, hint: "Name a directory with room for it: --temp-dir.", cause },
      );
    }
  }

  [Symbol.dispose](): void {
    this.database.close();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

function openDatabase(file: string, tables: string): Database {
  const database = new Database(file, { create: true });
  database.run("PRAGMA journal_mode = OFF");
  database.run("PRAGMA synchronous = OFF");
  database.run("PRAGMA locking_mode = EXCLUSIVE");
  database.run(`PRAGMA cache_size = -${cacheKiB}`);
  database.run(tables);
  database.run("BEGIN");
  return database;
}
