/**
 * A watch of two minutes (of 30 with `S3SYNC_TEST_NIGHTLY`): a tree is edited at random while requests and answers meet
 * faults; then it is left in peace, and both sides are the same, and the memory where it was. Everything is looked at once,
 * at the beginning: what is not heard of is missing in the end.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { isNightly } from "../support/moments.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, objectDigests } from "../support/trees.ts";
import { SoakFaults } from "./faults.ts";
import { curve, growthOf } from "./memory.ts";
import { WatchProcess } from "./watch-process.ts";
import { WatchedTree } from "./watched-tree.ts";

const seed = Number(process.env["S3SYNC_TEST_SEED"] ?? Date.now() % 1_000_000);
const minutes = isNightly ? 30 : 2;
const editsPerSecond = 20;
const faultsPerThousand = 20;
/** The most that memory may grow after the warm-up, in bytes. */
const mostGrowth = 100_000_000;

/** Edits all the while. */
function keepEditing(tree: WatchedTree, each: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let second = 0;
  const timer = setInterval(() => {
    for (let left = editsPerSecond; left > 0; left--) tree.edit();
    each();
    second += 1;
    if (second < minutes * 60) return;
    clearInterval(timer);
    resolve();
  }, 1000);
  return promise;
}

test(
  `a watch of ${minutes} minutes, seed ${seed}`,
  async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await using proxy = await FaultProxy.start(httpServer());
    proxy.keepsRequests = false;
    const faults = new SoakFaults(proxy, faultsPerThousand, seed);
    const tree = new WatchedTree(dir.at("files"), seed);
    const env = { ...serverEnv(httpServer()), AWS_ENDPOINT_URL: proxy.endpoint };
    await using watching = new WatchProcess(
      [
        ...["--watch", "--delete", "--allow-empty-source", "--check-etag", "--rescan", "12h"],
        ...["--json-tracing", "--state-dir", dir.at("state"), "--target-force-path-style"],
        ...[tree.root, bucket.url("to/")],
      ],
      env,
    );
    await watching.until(() => watching.state["phase"] === "idle");
    const resident: number[] = [];
    await keepEditing(tree, () => resident.push(watching.residentBytes));
    faults.stop();
    await watching.until(async () => {
      const { phase, pending, queue } = watching.state;
      if (phase !== "idle" || pending !== 0 || queue !== 0) return false;
      const objects = await objectDigests(bucket, "to/").catch(() => undefined);
      return Bun.deepEquals(objects, fileDigests(tree.root));
    });
    const { round, object } = watching.state;
    const { grown = 0, peak } = growthOf(resident);
    const struck = Object.values(faults.counts).reduce((sum, count) => sum + count, 0);
    console.log(
      `${tree.edits} edits, ${String(object)} objects in ${String(round)} rounds, ${struck} faults\n` +
        `resident ${curve(resident)} ${Math.round(peak / 1e6)} MB at most, +${Math.round(grown / 1e6)} MB`,
    );
    expect(await watching.end()).toBe(0);
    expect(grown).toBeLessThan(mostGrowth);
    expect(struck).toBeGreaterThan(0);
  },
  (minutes + 5) * 60_000,
);
