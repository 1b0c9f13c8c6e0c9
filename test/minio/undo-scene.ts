/**
 * A directory that goes to a bucket in a run with a journal, and how that is taken back.
 *
 * @module
 */
import { expect } from "bun:test";
import fs from "node:fs";

import {
  type ConfigInput,
  type Summary,
  sync,
  undo,
  type UndoInput,
  type Undone,
} from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, plantObjects, randomBytes, type Tree } from "../support/trees.ts";

const five = 5 * MiB;
/** What the prefix holds, and what it gets. */
export const before = {
  changed: "old",
  "sub/large": randomBytes("old", 2 * five),
  "sub/gone": "gone",
};
export const after = { changed: "newer", "sub/large": randomBytes("new", 2 * five + 1), new: "1" };

/** A directory that goes to the prefix `p/` of a bucket, and the journal of that run. */
export class UndoScene implements AsyncDisposable {
  readonly dir = new TempDir();

  private constructor(readonly bucket: TestBucket) {}

  static async create(
    keepsVersions: boolean,
    trees: { readonly before: Tree; readonly after: Tree } = { before, after },
  ): Promise<UndoScene> {
    const scene = new UndoScene(await TestBucket.create());
    const { bucket, dir } = scene;
    if (keepsVersions) await bucket.keepVersions();
    await plantObjects(bucket, trees.before, "p/");
    for (const [key, body] of Object.entries(trees.after)) dir.write(`from/${key}`, body);
    return scene;
  }

  get journal(): string {
    return this.dir.at("run.journal");
  }

  /** What the prefix holds: keys and ETags. */
  async held(): Promise<string[]> {
    return (await this.bucket.list("p/")).map(({ key, etag }) => `${key} ${etag}`);
  }

  input(more: Partial<ConfigInput> = {}): ConfigInput {
    const { dir, bucket, journal } = this;
    const sides = { source: dir.at("from"), target: bucket.url("p/"), ...bucket.side("target") };
    const parts = { multipartThreshold: five, multipartChunksize: five };
    return { ...sides, ...parts, delete: true, journal, ...more };
  }

  async run(more: Partial<ConfigInput> = {}): Promise<Summary> {
    const summary = await sync(this.input(more));
    expect(summary).toMatchObject({ errors: 0, warnings: 0 });
    return summary;
  }

  undoing(more: Partial<UndoInput> = {}): UndoInput {
    return { run: this.journal, ...this.bucket.side("target"), ...more };
  }

  /** Takes the run back; tells what became of each key. */
  async undone(more: Partial<UndoInput> = {}): Promise<string[]> {
    return told(await Array.fromAsync(undo(this.undoing(more))));
  }

  /** Leaves out lines of the journal, as if the run had died before it wrote them. */
  cut(lines: RegExp): void {
    const text = fs.readFileSync(this.journal, "utf8").split("\n");
    fs.writeFileSync(this.journal, text.filter((line) => !lines.test(line)).join("\n"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

function told(all: readonly Undone[]): string[] {
  return all
    .map(({ action, name, outcome }) => `${name.replace(/^.*\/p\//, "")} ${action} ${outcome}`)
    .toSorted();
}
