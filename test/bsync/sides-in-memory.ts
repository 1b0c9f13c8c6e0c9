/**
 * A directory on disk and a bucket in memory, kept in step: fast enough for thousands of runs.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { Memory } from "../../src/bsync/memory.ts";
import { syncPlace } from "../../src/bsync/place-run.ts";
import type { Place } from "../../src/bsync/place.ts";
import { resolveConfig } from "../../src/config/config.ts";
import type { Summary, SyncEvent } from "../../src/core/events.ts";
import { FileTree } from "../../src/store/local/file-tree.ts";
import { LocalStore } from "../../src/store/local/store.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Store } from "../../src/store/store.ts";
import { transferOptionsOf } from "../../src/sync/carry-out.ts";
import { TrafficMeter } from "../../src/sync/traffic-meter.ts";
import { Workers } from "../../src/sync/workers.ts";
import { TempDir } from "../support/temp-dir.ts";

type Texts = Readonly<Record<string, string>>;

/** What goes wrong in a run. */
export interface Trouble {
  /** The run is stopped at this event, as by Ctrl-C. */
  readonly stopAt?: number | undefined;
  /** From this event on nothing works any more, as if the machine were gone. */
  readonly dieAt?: number | undefined;
}

/** Both sides. Dispose of them. */
export class SidesInMemory implements Disposable {
  private readonly dir = new TempDir();
  private readonly root = this.dir.at("local");
  readonly remote = new MemoryStore("s3://b/p/");
  private readonly place: Place = { bucket: "b", prefix: "p/", path: this.root, recursive: true };
  private moment = 1_600_000_000;

  constructor() {
    fs.mkdirSync(this.root);
  }

  [Symbol.dispose](): void {
    this.dir[Symbol.dispose]();
  }

  write(key: string, text: string): void {
    const file = path.join(this.root, key);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    // Editors work at another moment each time.
    this.moment += 1;
    fs.utimesSync(file, this.moment, this.moment);
  }

  touch(key: string): void {
    this.moment += 1;
    fs.utimesSync(path.join(this.root, key), this.moment, this.moment);
  }

  delete(key: string): void {
    fs.rmSync(path.join(this.root, key));
  }

  move(from: string, to: string): void {
    fs.mkdirSync(path.dirname(path.join(this.root, to)), { recursive: true });
    fs.renameSync(path.join(this.root, from), path.join(this.root, to));
  }

  /** Deletes an object. */
  drop(key: string): void {
    this.remote.delete(key);
  }

  /** Brings both in step. */
  async sync(trouble: Trouble = {}): Promise<Summary> {
    const config = resolveConfig({ source: this.root, target: "s3://b/p/", ifMatch: true });
    const stop = new AbortController();
    let events = 0;
    let isDead = false;
    const onEvent = (_event: SyncEvent): void => {
      events += 1;
      if (events === trouble.stopAt) stop.abort();
      if (events === trouble.dieAt) isDead = true;
    };
    using memory = new Memory(this.dir.at("state"), true);
    if (memory.places.length === 0) memory.add(this.place);
    const local = new LocalStore(this.root, {
      ...{ side: "target", ignoreLinks: false, guessContentType: false },
      ...{ removeLeftovers: true, sync: false, tellsInodes: true },
    });
    const files = new FileTree(this.root, false);
    const remote = mortal(this.remote, () => isDead);
    try {
      const summary = await syncPlace({
        ...{ place: this.place, local, files, remote, memory: mortal(memory, () => isDead) },
        course: {
          ...{ source: local, target: remote, route: "two-way", dryRun: false },
          ...{ warningsAreErrors: false, meter: new TrafficMeter(), onEvent, signal: stop.signal },
          workers: new Workers(4),
          transfer: {
            ...transferOptionsOf(config, undefined),
            threads: 0,
            redo: { count: 0, intervalMs: 0 },
          },
        },
        ignores: () => false,
        conflicts: { resolution: "newer", loser: "keep" },
        onlyLists: false,
        deleteLimit: { kind: "percent", most: 100 },
        allowsEmpty: true,
        confirmsDeletes: false,
        now: new Date(),
      });
      if (isDead) return summary;
      memory.save(Date.now());
      return summary;
    } finally {
      files.close();
      await local.close();
    }
  }

  files(): Texts {
    const names = fs.readdirSync(this.root, { recursive: true, withFileTypes: true });
    return inOrder(
      names
        .filter((name) => name.isFile() && !name.name.startsWith(".s3sync-"))
        .map((file) => {
          const full = path.join(file.parentPath, file.name);
          return [path.relative(this.root, full), fs.readFileSync(full, "utf8")];
        }),
    );
  }

  objects(): Texts {
    return inOrder(
      this.remote.keys().map((key) => [key, Buffer.from(this.remote.get(key) ?? []).toString()]),
    );
  }

  /** What is remembered, without times. */
  remembered(): readonly string[] {
    using memory = new Memory(this.dir.at("state"), false);
    return Array.from(memory.past(this.place), ({ key }) => key);
  }
}

function inOrder(entries: readonly (readonly string[])[]): Texts {
  const sorted = entries.toSorted(([a = ""], [b = ""]) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return Object.fromEntries(sorted.map(([key = "", text = ""]) => [key, text]));
}

/** Something whose every call fails when it is dead. */
function mortal<T extends Store | Memory>(inner: T, isDead: () => boolean): T {
  return new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === "close") return value;
      return (...given: unknown[]): unknown => {
        if (isDead()) throw new Error("the machine is gone");
        return Reflect.apply(value, target, given);
      };
    },
  });
}
