/**
 * A directory and a bucket with an index between them; what a run asked of the server and which files it opened.
 *
 * @module
 */
import { spyOn } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { type ConfigInput, type RunResult, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "./bucket.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { httpServer } from "./servers.ts";
import { TempDir } from "./temp-dir.ts";
import { secondsAgo } from "./trees.ts";

/** What a run did. */
export interface Indexed {
  readonly summary: RunResult;
  /** By operation. */
  readonly requests: Readonly<Record<string, number>>;
  /** Files below the directory that were opened, by name. */
  readonly opened: readonly string[];
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
  readonly synced: readonly string[];
  readonly deleted: readonly string[];
}

/** A file that is older than this has other times once it is changed: a bit more than the coarsest clock's tick. */
const settledMs = 2500;

/** Both sides. Dispose of them. */
export class IndexedPair implements AsyncDisposable {
  private readonly dir = new TempDir();
  readonly root = this.dir.at("files");
  readonly index = this.dir.at("index");

  private constructor(
    readonly bucket: TestBucket,
    readonly proxy: FaultProxy,
  ) {
    fs.mkdirSync(this.root);
  }

  /** Files of an hour ago that hold their names. */
  static async create(names: readonly string[] = []): Promise<IndexedPair> {
    const pair = new IndexedPair(await TestBucket.create(), await FaultProxy.start(httpServer()));
    for (const name of names) pair.write(name, name);
    return pair;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.bucket[Symbol.asyncDispose]();
  }

  /** A file that was written some time ago: later changes show. */
  write(name: string, content: Uint8Array | string, mtime = secondsAgo(3600)): void {
    this.dir.write(`files/${name}`, content, mtime);
  }

  /** Objects that hold their names and were put some time ago. Only MinIO dates them as it is told: else that is waited for. */
  async putOld(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.bucket.putAt(name, Buffer.from(name), secondsAgo(60));
    const { LastModified } = await this.bucket.head(names.at(-1) ?? "");
    const ageMs = Date.now() - (LastModified?.getTime() ?? 0);
    if (ageMs < settledMs) await Bun.sleep(settledMs - ageMs);
  }

  remove(name: string): void {
    fs.rmSync(path.join(this.root, name));
  }

  at(name: string): string {
    return this.dir.at(name);
  }

  /** From the files to the bucket. */
  up(more: Partial<ConfigInput> = {}): Promise<Indexed> {
    const { root: source, bucket, proxy, index } = this;
    const side = { ...bucket.side("target"), targetEndpointUrl: proxy.endpoint };
    return this.run({ source, target: bucket.url(), ...side, index, ...more });
  }

  /** From the bucket to the files. */
  down(more: Partial<ConfigInput> = {}): Promise<Indexed> {
    const { root: target, bucket, proxy, index } = this;
    const side = { ...bucket.side("source"), sourceEndpointUrl: proxy.endpoint };
    return this.run({ source: bucket.url(), target, ...side, index, ...more });
  }

  private async run(input: ConfigInput): Promise<Indexed> {
    const before = this.proxy.requests.length;
    const opened = new Set<string>();
    const events: SyncEvent[] = [];
    const summary = await this.watchOpens(opened, () =>
      sync(input, { onEvent: (event) => events.push(event) }),
    );
    const requests: Record<string, number> = {};
    for (const { operation } of this.proxy.requests.slice(before)) {
      requests[operation] = (requests[operation] ?? 0) + 1;
    }
    const keys = (type: "synced" | "deleted"): string[] =>
      events.flatMap((event) => (event.type === type ? [event.key] : [])).toSorted();
    return {
      ...{ summary, requests, opened: [...opened] },
      notices: events.flatMap((event) => (event.type === "notice" ? [event.message] : [])),
      warnings: events.flatMap((event) => (event.type === "warning" ? [event.error.message] : [])),
      ...{ synced: keys("synced"), deleted: keys("deleted") },
    };
  }

  /** Notes which files are opened for reading. */
  private async watchOpens<T>(opened: Set<string>, work: () => Promise<T>): Promise<T> {
    const { openSync, open } = fs;
    using syncCalls = spyOn(fs, "openSync");
    using calls = spyOn(fs, "open");
    const note = (given: fs.PathLike, flags: unknown): void => {
      const isRead = typeof flags === "number" && (flags & fs.constants.O_CREAT) === 0;
      // By its directory, which is open: it may be anywhere.
      const file = isRead && fs.existsSync(given) ? fs.realpathSync(given) : "";
      if (!file.startsWith(this.root + path.sep) || !fs.statSync(file).isFile()) return;
      opened.add(path.relative(this.root, file));
    };
    syncCalls.mockImplementation((file, flags, mode) => {
      note(file, flags);
      return openSync(file, flags, mode);
    });
    calls.mockImplementation(((...args: Parameters<typeof open>) => {
      note(args[0], args[1]);
      open(...args);
    }) as typeof open);
    return await work();
  }
}
