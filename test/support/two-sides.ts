/**
 * A directory and a prefix that are kept in step, and what both hold.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import {
  bsync,
  type BsyncHandlers,
  type BsyncInput,
  forgetFile,
  type RunResult,
} from "../../src/index.ts";
import { type State } from "../../src/state/state-file.ts";
import { readWholeState } from "../../src/state/state-store.ts";
import { TestBucket } from "./bucket.ts";
import type { TestServer } from "./servers.ts";
import { TempDir } from "./temp-dir.ts";

type Texts = Readonly<Record<string, string>>;

/** Both sides. Dispose of them. */
export class TwoSides implements AsyncDisposable {
  private readonly dir = new TempDir();
  readonly stateFile = this.dir.at("state");
  readonly root = this.dir.at("local");

  private constructor(
    readonly bucket: TestBucket,
    readonly prefix: string,
  ) {
    fs.mkdirSync(this.root);
  }

  static async create(server?: TestServer, prefix = "p/"): Promise<TwoSides> {
    return new TwoSides(await TestBucket.create(server), prefix);
  }

  /** Both sides hold these keys, in step; contents are the keys, and files are old. */
  static async inStep(keys: readonly string[]): Promise<TwoSides> {
    const sides = await TwoSides.create();
    for (const key of keys) sides.write(key, key, new Date("2020-01-01T00:00:00Z"));
    await sides.sync();
    return sides;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.bucket[Symbol.asyncDispose]();
  }

  /** A file; a moment that is told apart from others. */
  write(key: string, text: string, mtime?: Date): void {
    const file = path.join(this.root, key);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    if (mtime !== undefined) fs.utimesSync(file, mtime, mtime);
  }

  delete(key: string): void {
    fs.rmSync(path.join(this.root, key));
  }

  move(from: string, to: string): void {
    const target = path.join(this.root, to);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.renameSync(path.join(this.root, from), target);
  }

  async put(key: string, text: string): Promise<void> {
    await this.bucket.put(this.prefix + key, text);
  }

  async remove(key: string): Promise<void> {
    await this.bucket.remove([this.prefix + key]);
  }

  /** Brings both sides in step. */
  sync(input: BsyncInput = {}, handlers: BsyncHandlers = {}): Promise<RunResult> {
    return bsync(
      {
        ...{ local: this.root, remote: this.bucket.url(this.prefix), state: this.stateFile },
        ...this.bucket.side("target"),
        ...input,
      },
      handlers,
    );
  }

  /** All files, by their keys. */
  files(): Texts {
    const names = fs.readdirSync(this.root, { recursive: true, withFileTypes: true });
    const files = names.filter((name) => name.isFile());
    const entries = files.map((file) => {
      const full = path.join(file.parentPath, file.name);
      return [path.relative(this.root, full), fs.readFileSync(full, "utf8")] as const;
    });
    return Object.fromEntries(entries.toSorted(byName));
  }

  /** All objects, by their keys below the prefix. */
  async objects(): Promise<Texts> {
    const keys = await this.bucket.keys(this.prefix);
    const entries = keys.map(async (key) => {
      const text = Buffer.from(await this.bucket.get(key)).toString();
      return [key.slice(this.prefix.length), text] as const;
    });
    return Object.fromEntries((await Promise.all(entries)).toSorted(byName));
  }

  /** What both sides hold; throws if they differ. */
  async both(): Promise<Texts> {
    const [files, objects] = [this.files(), await this.objects()];
    if (!Bun.deepEquals(files, objects)) {
      throw new Error(`the sides differ: ${JSON.stringify({ files, objects }, undefined, 2)}`);
    }
    return files;
  }

  /** The state file's keys below the prefix. */
  tracked(): readonly string[] {
    const { buckets = [] } = this.state() ?? {};
    return buckets.flatMap(({ objects }) =>
      Array.from(objects, ({ key }) => key.slice(this.prefix.length)),
    );
  }

  state(): State | undefined {
    return readWholeState(this.stateFile);
  }

  /** Tracks a file no more. */
  forget(key: string): void {
    forgetFile(this.stateFile, path.join(this.root, key));
  }

  loseIndex(): void {
    for (const suffix of ["", "-wal", "-shm"]) {
      fs.rmSync(`${this.stateFile}.index${suffix}`, { force: true });
    }
  }
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}
