/**
 * A bucket and a directory for runs that make backups.
 *
 * @module
 */
import fs from "node:fs";

import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, plantObjects, randomBytes, secondsAgo } from "../support/trees.ts";

export const five = 5 * MiB;
export const parts = { multipartThreshold: five, multipartChunksize: five };
export const fine = { errors: 0, warnings: 0 };
/** What the target holds, and what it gets. */
export const before = {
  changed: "old",
  "sub/large": randomBytes("old", 2 * five),
  "sub/gone": "gone",
};
export const after = { changed: "newer", "sub/large": randomBytes("new", 2 * five + 1), new: "1" };

/** What a run told. */
export interface Told {
  readonly summary: Summary;
  /** Keys, and where they were put. */
  readonly backups: string[];
  readonly troubles: string[];
}

/** Runs, and keeps what is told of backups and troubles. */
export async function ran(input: ConfigInput): Promise<Told> {
  const backups: string[] = [];
  const troubles: string[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "backed-up") backups.push(`${event.key} > ${event.backup}`);
    if (event.type === "warning" || event.type === "error") {
      troubles.push(`${event.type} ${event.key ?? "-"} ${event.error.code}`);
    }
  };
  const summary = await sync(input, { onEvent });
  return { summary, backups: backups.toSorted(), troubles };
}

/** Both sides of a run, and where backups go. */
export class BackupScene implements AsyncDisposable {
  readonly dir = new TempDir();

  private constructor(readonly bucket: TestBucket) {}

  static async create(): Promise<BackupScene> {
    return new BackupScene(await TestBucket.create());
  }

  /** From the directory `from` to the prefix `p/`. */
  up(more: Partial<ConfigInput> = {}): ConfigInput {
    const { dir, bucket } = this;
    const sides = { source: dir.at("from"), target: bucket.url("p/"), ...bucket.side("target") };
    return { ...sides, ...parts, delete: true, backupPrefix: "old/", ...more };
  }

  /** From the prefix `p/` to the directory `to`. */
  down(more: Partial<ConfigInput> = {}): ConfigInput {
    const { dir, bucket } = this;
    const sides = { source: bucket.url("p/"), target: dir.at("to"), ...bucket.side("source") };
    return { ...sides, ...parts, delete: true, backupDir: dir.at("old"), ...more };
  }

  /** On the server, from `from/` to `p/`. */
  across(more: Partial<ConfigInput> = {}): ConfigInput {
    const { bucket } = this;
    const sides = { ...bucket.side("source"), ...bucket.side("target") };
    return this.up({ ...sides, source: bucket.url("from/"), serverSideCopy: true, ...more });
  }

  async plantUp(): Promise<void> {
    fs.mkdirSync(this.dir.at("from"));
    for (const [name, content] of Object.entries(after)) this.dir.write(`from/${name}`, content);
    await plantObjects(this.bucket, before, "p/");
  }

  async plantDown(): Promise<void> {
    await plantObjects(this.bucket, after, "p/");
    for (const [name, content] of Object.entries(before)) {
      this.dir.write(`to/${name}`, content, secondsAgo(3600));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}
