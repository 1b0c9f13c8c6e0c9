/**
 * A directory that is watched, and the bucket that follows it.
 *
 * @module
 */
import { expect } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import {
  type ConfigInput,
  type RunResult,
  type SyncEvent,
  watch,
  type WatchState,
} from "../../src/index.ts";
import { TestBucket } from "./bucket.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { httpServer } from "./servers.ts";
import { TempDir } from "./temp-dir.ts";
import { fileDigests, objectDigests } from "./trees.ts";

/** Shorter than anybody would want it, for tests that are over soon. */
const quick = {
  ...{ debounce: 100, initialBackoffMilliseconds: 1, forceRetryIntervalMilliseconds: 1 },
  ...{ checkEtag: true, delete: true, allowEmptySource: true },
} as const;

/** How a watch begins. */
export interface WatchedOptions extends Partial<ConfigInput> {
  /** By which the server is reached. Default: one of its own. */
  readonly endpoint?: string;
}

/** Both sides. Dispose of them: that ends the watch. */
export class WatchedPair implements AsyncDisposable {
  readonly events: SyncEvent[] = [];
  /** The last one that was told. */
  state: WatchState | undefined;
  private ending = new AbortController();
  private stop = new AbortController();
  private running: Promise<RunResult> | undefined;
  private news = Promise.withResolvers<void>();

  private constructor(
    readonly dir: TempDir,
    readonly bucket: TestBucket,
    readonly proxy: FaultProxy,
  ) {
    fs.mkdirSync(this.root);
  }

  static async create(server = httpServer()): Promise<WatchedPair> {
    return new WatchedPair(
      new TempDir(),
      await TestBucket.create(server),
      await FaultProxy.start(server),
    );
  }

  /** One whose watch has begun, and is idle. */
  static async watching(options: WatchedOptions = {}): Promise<WatchedPair> {
    const pair = await WatchedPair.create();
    pair.begin(options);
    await pair.until(() => pair.state?.phase === "idle");
    return pair;
  }

  get root(): string {
    return this.dir.at("files");
  }

  /** The path of a file. */
  at(name: string): string {
    return path.join(this.root, name);
  }

  write(name: string, content: string | Uint8Array): void {
    this.dir.write(`files/${name}`, content);
  }

  /** Begins to watch. */
  begin(options: WatchedOptions = {}): void {
    const { endpoint = this.proxy.endpoint, ...more } = options;
    [this.ending, this.stop] = [new AbortController(), new AbortController()];
    this.running = watch(
      {
        ...{ source: this.root, target: this.bucket.url("to/"), stateDir: this.dir.at("state") },
        ...this.bucket.side("target"),
        ...{ targetEndpointUrl: endpoint, ...quick, ...more },
      },
      {
        onEvent: (event) => {
          this.events.push(event);
          if (event.type === "watch") this.state = event.state;
          if (event.type === "watch" || event.type === "warning") this.news.resolve();
        },
        signal: this.stop.signal,
        ending: this.ending.signal,
      },
    ).result;
    this.running.catch(() => this.news.resolve());
  }

  /** Waits until something holds: it is looked at whenever the state is another, and after warnings. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      this.news = Promise.withResolvers<void>();
      if (await condition()) return;
      await Promise.race([this.news.promise, this.running?.then(over)]);
    }
  }

  /** Waits until the bucket holds what the directory holds, and nothing more is to be done. */
  async inStep(): Promise<void> {
    await this.until(async () => {
      if (this.state?.phase !== "idle" || this.state.pending > 0) return false;
      // An object that was listed may be gone by now.
      const objects = await this.objects().catch(() => undefined);
      return Bun.deepEquals(objects, this.files());
    });
    expect(await this.objects()).toEqual(this.files());
  }

  files(): Record<string, string> {
    return fileDigests(this.root);
  }

  objects(): Promise<Record<string, string>> {
    return objectDigests(this.bucket, "to/");
  }

  /** Ends the watch as SIGTERM does. */
  async end(): Promise<RunResult> {
    this.ending.abort();
    if (this.running === undefined) throw new Error("nothing is watched");
    return this.running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.running?.catch(() => undefined);
    this.dir[Symbol.dispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

function over(): never {
  throw new Error("the watch is over");
}
