/**
 * Places that a run goes between, as a test sees them: it changes them by hand and looks at what is there, without the
 * engine.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { ListObjectsV2Command } from "@aws-sdk/client-s3";

import {
  asKey,
  type Entry,
  type Key,
  type KeyRange,
  type Listed,
  MemoryStore,
  type OptionsInput,
  type Store,
} from "../../src/index.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";
import type { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest } from "../support/trees.ts";
import type { Item } from "./terms.ts";

/** What is put under a key by hand. */
export interface Given {
  readonly bytes: Uint8Array;
  readonly mtimeMs: number;
}

/** One side. Dispose of it. */
export interface Place extends AsyncDisposable {
  /** As `sync` is told it. */
  readonly url: string | Store;
  readonly options: OptionsInput;
  /** Puts something under a key or takes it away. What cannot be there is not put there. */
  edit(key: string, given: Given | undefined): Promise<void>;
  /** All that is there. */
  look(): Promise<ReadonlyMap<string, Item>>;
  /** Its directories, if its keys are paths. */
  directories(): ReadonlySet<string> | undefined;
  /** What a run may have left behind that is no object. */
  leftovers(): Promise<readonly string[]>;
}

/** A time that can be set. */
export class Clock {
  nowMs = 0;
}

/** A store in memory. */
export class MemoryPlace implements Place {
  readonly options = {};
  readonly store: MemoryStore;

  /** @param pages whether it lists each key in a page of its own */
  constructor(
    private readonly clock: Clock,
    private readonly pages: "whole" | "tiny" = "whole",
  ) {
    this.store = new MemoryStore("memory:", () => clock.nowMs);
  }

  get url(): Store {
    return this.pages === "tiny" ? new TinyPages(this.store) : this.store;
  }

  async edit(key: string, given: Given | undefined): Promise<void> {
    if (given === undefined) return this.take(asKey(key));
    const { nowMs } = this.clock;
    this.clock.nowMs = given.mtimeMs;
    this.store.set(key, given.bytes);
    this.clock.nowMs = nowMs;
  }

  async look(): Promise<ReadonlyMap<string, Item>> {
    const tree = new Map<string, Item>();
    for (const key of this.store.keys()) {
      const info = await this.store.head(key);
      if (info === undefined) continue;
      const { size, mtimeMs, etag } = info;
      const content = digest(this.store.get(key) ?? Buffer.alloc(0));
      tree.set(key, { content, size, mtimeMs, etag });
    }
    return tree;
  }

  directories(): undefined {
    return undefined;
  }

  async leftovers(): Promise<readonly string[]> {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  private async take(key: Key): Promise<void> {
    const info = await this.store.head(key);
    if (info === undefined) return;
    const { size, mtimeMs, etag } = info;
    const unknown = { storageClass: undefined, storeKey: undefined };
    const entry: Entry = { kind: "object", key, size, mtimeMs, etag, ...unknown };
    await this.store.remove([entry], new AbortController().signal);
  }
}

/** Lists each key in a page of its own. */
class TinyPages extends Wrapper {
  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for await (const page of this.inner.list(range, signal)) {
      for (const item of page) yield [item];
    }
  }
}

/** What is not finished: a later run may go on with a `.part`. */
const tempName = /(?:^|\/)\.s3sync-[^/]+\.(?:tmp|part)$/;

/** A directory. */
export class DirectoryPlace implements Place {
  readonly options = {};
  private readonly dir = new TempDir();

  get url(): string {
    return this.dir.path;
  }

  async edit(key: string, given: Given | undefined): Promise<void> {
    const names = key.split("/");
    const isDirectory = names.at(-1) === "" && names.pop() !== undefined;
    if (names.some((name) => ["", ".", ".."].includes(name))) return;
    const place = this.dir.at(...names);
    try {
      if (given === undefined) fs.rmSync(place, { recursive: isDirectory });
      else if (isDirectory) fs.mkdirSync(place, { recursive: true });
      else this.dir.write(key, given.bytes, new Date(given.mtimeMs));
    } catch {
      // Something else stands there, or nothing.
    }
  }

  async look(): Promise<ReadonlyMap<string, Item>> {
    const items = this.listed("file").filter((key) => !tempName.test(key));
    return new Map(
      items.map((key) => {
        const { size, mtimeMs } = fs.lstatSync(path.join(this.dir.path, key));
        const content = digest(fs.readFileSync(path.join(this.dir.path, key)));
        return [key, { content, size, mtimeMs, etag: undefined }];
      }),
    );
  }

  directories(): ReadonlySet<string> {
    return new Set(this.listed("directory").map((key) => `${key}/`));
  }

  async leftovers(): Promise<readonly string[]> {
    return this.listed("file").filter((key) => tempName.test(key));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
  }

  private listed(kind: "file" | "directory"): string[] {
    return fs
      .readdirSync(this.dir.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory() === (kind === "directory"))
      .map((entry) => path.relative(this.dir.path, path.join(entry.parentPath, entry.name)));
  }
}

/** A prefix of a bucket. */
export class BucketPlace implements Place {
  readonly options: OptionsInput;

  /**
   * @param prefix its objects begin with this
   * @param named the prefix as the run is told it
   */
  constructor(
    private readonly bucket: TestBucket,
    side: "source" | "target",
    private readonly prefix: string,
    private readonly named = prefix,
  ) {
    this.options = bucket.side(side);
  }

  get url(): string {
    return this.bucket.url(this.named);
  }

  async edit(key: string, given: Given | undefined): Promise<void> {
    if (given === undefined) return this.bucket.remove([this.prefix + key]);
    // MinIO keeps nothing else under such a key.
    const bytes = key.endsWith("/") ? Buffer.alloc(0) : given.bytes;
    await this.bucket.putAt(this.prefix + key, bytes, new Date(given.mtimeMs));
  }

  async look(): Promise<ReadonlyMap<string, Item>> {
    const { Contents = [] } = await this.bucket.client.send(
      new ListObjectsV2Command({
        Bucket: this.bucket.name,
        Prefix: this.prefix,
        EncodingType: "url",
      }),
    );
    const items = Contents.map(async ({ Key = "", Size = 0, ETag = "", LastModified }) => {
      const full = decodeURIComponent(Key.replaceAll("+", " "));
      const content = digest(await this.bucket.get(full));
      const mtimeMs = LastModified?.getTime() ?? 0;
      const item: Item = { content, size: Size, mtimeMs, etag: ETag.replaceAll('"', "") };
      return [full.slice(this.prefix.length), item] as const;
    });
    return new Map(await Promise.all(items));
  }

  directories(): undefined {
    return undefined;
  }

  async leftovers(): Promise<readonly string[]> {
    const count = await this.bucket.openUploads();
    return count === 0 ? [] : [`${count} unfinished uploads`];
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
