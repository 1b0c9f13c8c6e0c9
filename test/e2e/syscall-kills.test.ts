/**
 * A run that is killed right at a rename, an fsync or an unlink, at each of them in turn: nothing half is visible, and
 * a clean run afterwards completes it and leaves nothing behind.
 *
 * strace kills, and counts for each thread by itself; those that wait for a disk are several.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { cliCommand, serverEnv } from "../support/cli.ts";
import { leftovers, unfinishedName } from "../support/leftovers.ts";
import { isNightly } from "../support/moments.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import {
  fileDigests,
  MiB,
  objectDigests,
  plant,
  randomBytes,
  treeDigests,
} from "../support/trees.ts";

const strace = Bun.which("strace");
const partBytes = 5 * MiB;
const tree = {
  "d/small": randomBytes("small", 1000),
  "d/large": randomBytes("large", 2 * partBytes + 1000),
  ...(isNightly
    ? { "e/large too": randomBytes("large too", partBytes + 1), "small too": "x" }
    : {}),
};
const wanted = treeDigests(tree);
const killed = 137;

const calls = {
  rename: ["rename", "renameat", "renameat2"],
  fsync: ["fsync", "fdatasync"],
  unlink: ["unlink", "unlinkat"],
} as const;

type Direction = "upload" | "download";

/** A target of its own for each run. Dispose of it. */
class Target implements AsyncDisposable {
  private readonly stack = new AsyncDisposableStack();

  private constructor(
    private readonly direction: Direction,
    private readonly dir: TempDir,
    private readonly bucket: TestBucket,
  ) {
    this.stack.use(bucket);
    this.stack.use(dir);
  }

  /** @param goesOn something was brought there by a run that is no more */
  static async prepare(direction: Direction, goesOn: boolean): Promise<Target> {
    const target = new Target(direction, new TempDir(), await TestBucket.create());
    const { dir, bucket } = target;
    plant(dir, Object.fromEntries(Object.entries(tree).map(([name, it]) => [`from/${name}`, it])));
    if (direction === "download") {
      const up = { source: dir.at("from"), target: bucket.url(), ...bucket.side("target") };
      await sync({ ...up, ...parts, noResume: true });
    }
    if (goesOn) await target.interrupt();
    return target;
  }

  private get places(): ConfigInput {
    const { direction, dir, bucket } = this;
    return direction === "upload"
      ? { source: dir.at("from"), target: bucket.url(), ...bucket.side("target") }
      : { source: bucket.url(), target: dir.at("to"), ...bucket.side("source") };
  }

  private get config(): ConfigInput {
    return { ...this.places, ...parts, stateDir: this.dir.at("state", "s3sync") };
  }

  /** Stops after a part, and looks as if the process had died. */
  private async interrupt(): Promise<void> {
    const stop = new AbortController();
    const onEvent = ({ type }: { type: string }): void => {
      if (type === "moved") stop.abort();
    };
    const filter = { filterLargerSize: partBytes, maxParallelUploads: 1, keepPartial: true };
    await sync({ ...this.config, ...filter }, { signal: stop.signal, onEvent });
    const state = this.dir.at("state", "s3sync");
    const dead = Bun.spawnSync([process.execPath, "--version"]).pid;
    for (const name of fs.readdirSync(state)) {
      fs.renameSync(
        `${state}/${name}`,
        `${state}/${name.replace(`-${process.pid}-`, `-${dead}-`)}`,
      );
    }
  }

  /** Runs under strace, and dies at that call. @returns the exit code */
  async runUntil(names: readonly string[], nth: number): Promise<number> {
    const { source, target } = this.places;
    const list = names.join(",");
    const args = [
      "--multipart-threshold",
      "5MiB",
      "--multipart-chunksize",
      "5MiB",
      "--threads",
      "0",
    ];
    const child = Bun.spawn(
      [
        ...["strace", "-f", "-qq", "-o", this.dir.at("trace"), "-e", `trace=${list}`],
        ...["-e", `inject=${list}:signal=KILL:when=${nth}`, ...cliCommand(), ...args],
        ...(this.direction === "download" ? ["--fsync"] : []),
        ...[source, target],
      ],
      {
        env: { ...process.env, ...serverEnv(httpServer()), XDG_STATE_HOME: this.dir.at("state") },
        stdio: ["ignore", "ignore", "ignore"],
      },
    );
    return child.exited;
  }

  /** Runs to the end. */
  finish(): ReturnType<typeof sync> {
    return sync(this.config);
  }

  /** What there is in the target, whole or not. */
  found(): Promise<Record<string, string>> {
    const { direction, dir, bucket } = this;
    return direction === "upload"
      ? objectDigests(bucket)
      : Promise.resolve(fileDigests(dir.at("to")));
  }

  leftovers(): Promise<string[]> {
    const { direction, dir, bucket } = this;
    const place = direction === "upload" ? bucket.url() : dir.at("to");
    return leftovers(bucket, dir, place, dir.at("state", "s3sync"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack[Symbol.asyncDispose]();
  }
}

const parts = { multipartThreshold: partBytes, multipartChunksize: partBytes, threads: 0 };

function expectOnlyWhole(found: Record<string, string>): void {
  for (const [name, digest] of Object.entries(found)) {
    if (!unfinishedName.test(name))
      expect({ [name]: digest }).toEqual({ [name]: wanted[name] ?? "?" });
  }
}

/** How many kills there must be, so that something is shown. Calls are counted by thread, so that it may be more. */
const rows = [
  { direction: "upload", goesOn: false, call: "fsync", least: 1 },
  { direction: "upload", goesOn: false, call: "unlink", least: 1 },
  { direction: "upload", goesOn: true, call: "rename", least: 1 },
  { direction: "upload", goesOn: true, call: "unlink", least: 1 },
  { direction: "download", goesOn: false, call: "rename", least: 1 },
  { direction: "download", goesOn: false, call: "fsync", least: 2 },
  { direction: "download", goesOn: false, call: "unlink", least: 1 },
  { direction: "download", goesOn: true, call: "rename", least: 2 },
] as const;

describe.skipIf(strace === null)("killed (needs strace)", () => {
  test.each(rows)(
    "at each $call of $direction (gone on with: $goesOn): nothing half is visible, and a clean run completes it",
    async ({ direction, goesOn, call, least }) => {
      let kills = 0;
      for (let nth = 1; ; nth++) {
        await using target = await Target.prepare(direction, goesOn);
        const exitCode = await target.runUntil(calls[call], nth);
        if (exitCode !== killed) {
          expect(exitCode).toBe(0);
          break;
        }
        kills += 1;
        expectOnlyWhole(await target.found());
        expect(await target.finish()).toMatchObject({ errors: 0, warnings: 0 });
        expect(await target.found()).toEqual(wanted);
        expect(await target.leftovers()).toEqual([]);
      }
      expect(kills).toBeGreaterThanOrEqual(least);
    },
    120_000,
  );
});
