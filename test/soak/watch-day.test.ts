/**
 * A day of a watch, as fast as it goes: 1,440 minutes with `S3SYNC_TEST_NIGHTLY`, and 20 without. In each of them some
 * things change, and it is waited until both sides are the same; every hour everything is looked at. Memory stays
 * where it was.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { TestBucket } from "../support/bucket.ts";
import { serverEnv } from "../support/cli.ts";
import { isNightly } from "../support/moments.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { etagOf, fileDigests, objectDigests, randomBytes } from "../support/trees.ts";
import { randomFrom } from "./faults.ts";
import { curve, growthOf } from "./memory.ts";
import { WatchProcess } from "./watch-process.ts";
import { WatchedTree } from "./watched-tree.ts";

const seed = Number(process.env["S3SYNC_TEST_SEED"] ?? Date.now() % 1_000_000);
const minutes = isNightly ? 1440 : 20;
const mostChanges = 20;
/** About as long as sixty such minutes take. */
const hourMs = 6000;
/** The most that memory may grow after the warm-up, in bytes: resident, and of the heap what no collection frees. */
const mostGrowth = isNightly ? 40_000_000 : 60_000_000;
/** In some seconds nothing may be collected at all: that says nothing. */
const mostKept = isNightly ? 8_000_000 : Infinity;

const common = [
  ...["--watch", "--json-tracing", "--target-force-path-style"],
  ...["--debounce", "10ms", "--poll", "100ms", "--rescan", `${hourMs}ms`],
];

/** What a day is made of. */
interface Day {
  readonly dir: TempDir;
  readonly bucket: TestBucket;
  /** Changes something, whatever has happened before. */
  readonly change: (count: number) => Promise<void> | void;
  readonly args: readonly string[];
}

function filesToBucket(dir: TempDir, bucket: TestBucket): Day {
  const tree = new WatchedTree(dir.at("files"), seed);
  const guards = ["--delete", "--allow-empty-source", "--check-etag"];
  return {
    ...{ dir, bucket, change: (count) => edit(tree, count) },
    args: [...guards, dir.at("files"), bucket.url("to/")],
  };
}

function bothWays(dir: TempDir, bucket: TestBucket): Day {
  const tree = new WatchedTree(dir.at("files"), seed);
  const guards = ["--allow-empty-source", "--max-delete", "100%", "--first-sync", "union"];
  return {
    ...{ dir, bucket, change: (count) => edit(tree, count) },
    args: ["bsync", ...guards, "--state", dir.at("known"), dir.at("files"), bucket.url("to/")],
  };
}

function bucketToFiles(dir: TempDir, bucket: TestBucket): Day {
  const random = randomFrom(seed);
  let changes = 0;
  const change = async (): Promise<void> => {
    changes += 1;
    const key = `to/folder ${Math.floor(random() * 12)}/object ${Math.floor(random() * 40)}`;
    if (random() < 0.2) await bucket.remove([key]);
    else await bucket.put(key, randomBytes(`${seed} ${changes}`, Math.floor(random() * 20_000)));
  };
  fs.mkdirSync(dir.at("files"));
  return {
    ...{ dir, bucket, change: (count) => inTurn(count, change) },
    args: [
      "--delete",
      "--allow-empty-source",
      "--source-force-path-style",
      bucket.url("to/"),
      dir.at("files"),
    ],
  };
}

function edit(tree: WatchedTree, count: number): void {
  for (let left = count; left > 0; left--) tree.edit();
}

async function inTurn(count: number, change: () => Promise<void>): Promise<void> {
  for (let left = count; left > 0; left--) await change();
}

/** What a process held, minute by minute. */
class Memory {
  readonly resident: number[] = [];
  private readonly heap: number[] = [];

  constructor(private readonly heapFile: string) {}

  look({ residentBytes }: WatchProcess): void {
    this.resident.push(residentBytes);
    this.heap.push(Number(fs.readFileSync(this.heapFile, "utf8")));
  }

  /** How much more of the heap is kept at the end of a day than after its first fifth: garbage is none of that. */
  get kept(): number {
    const fifth = Math.floor(this.heap.length / 5);
    const least = (from: number): number => Math.min(...this.heap.slice(from, from + fifth));
    return least(this.heap.length - fifth) - least(fifth);
  }
}

function fileETag(file: string): string | undefined {
  return fs.existsSync(file) ? etagOf(fs.readFileSync(file)) : undefined;
}

/** A file that goes while it is looked at shows that it is not over. */
function isGone(thrown: unknown): boolean {
  if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return false;
  throw thrown;
}

/** By one listing: an ETag is the MD5 of what was sent at once. */
async function isInStep({ dir, bucket }: Day): Promise<boolean> {
  const files = Object.keys(fileDigests(dir.at("files"))).toSorted();
  const objects = await bucket.list("to/");
  return Bun.deepEquals(
    files.map((name) => [`to/${name}`, fileETag(dir.at("files", name))]),
    objects
      .map(({ key, etag }) => [key, etag])
      .toSorted(([one = ""], [other = ""]) => (one < other ? -1 : 1)),
  );
}

function begin({ dir, args }: Day, heapFile: string): WatchProcess {
  const isBsync = args[0] === "bsync";
  // A two-way sync takes no callbacks.
  const probe = isBsync ? [] : ["--callback", path.join(import.meta.dir, "heap-probe.ts")];
  const [verb, rest] = isBsync ? [["bsync"], args.slice(1)] : [[], args];
  return new WatchProcess([...verb, ...common, ...probe, "--state-dir", dir.at("state"), ...rest], {
    ...serverEnv(httpServer()),
    S3SYNC_SOAK_HEAP: heapFile,
  });
}

describe(`a day of ${minutes} minutes, seed ${seed},`, () => {
  test.each([
    ["from files to a bucket", filesToBucket],
    ["from a bucket to files", bucketToFiles],
    ["in both directions", bothWays],
  ])(
    "%s",
    async (_, dayOf) => {
      using dir = new TempDir();
      await using bucket = await TestBucket.create();
      const day = dayOf(dir, bucket);
      const memory = new Memory(dir.write("heap", "0"));
      await using watching = begin(day, dir.at("heap"));
      const random = randomFrom(seed);
      let changes = 0;
      for (let minute = 0; minute < minutes; minute++) {
        const count = Math.floor(random() * mostChanges);
        changes += count;
        await day.change(count);
        await watching.until(
          () => watching.state["phase"] === "idle" && isInStep(day).catch(isGone),
        );
        memory.look(watching);
      }
      const { round, object } = watching.state;
      const { grown = 0, peak } = growthOf(memory.resident);
      const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
      console.log(
        `${changes} changes, ${String(object)} objects in ${String(round)} rounds, ${watching.rescans} of them about everything\n` +
          `resident ${curve(memory.resident)} ${megabytes(peak)} at most, +${megabytes(grown)}; kept of the heap +${megabytes(memory.kept)}`,
      );
      expect(await objectDigests(bucket, "to/")).toEqual(fileDigests(dir.at("files")));
      expect(await watching.end()).toBe(0);
      expect(grown).toBeLessThan(mostGrowth);
      expect(memory.kept).toBeLessThan(mostKept);
    },
    minutes * 2000,
  );
});
