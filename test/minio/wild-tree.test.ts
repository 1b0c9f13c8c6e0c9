/**
 * A whole tree, with all that belongs to its files, survives the way up and down. rsync is the referee: it shares no
 * code with ours.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { plantWildTree } from "../support/wild-tree.ts";

const asRoot = process.geteuid?.() === 0;
const rsync = Bun.which("rsync");
const hasRsync = rsync !== null;
const everything = {
  preserve: ["all"],
  links: true,
  keepDirs: true,
  hardLinks: true,
  specials: true,
} as const;

/** What rsync would do to make the second tree like the first. Bytes are compared, too. */
function differences(from: string, to: string, ...more: readonly string[]): string[] {
  // The roots themselves are no objects.
  const { atime, mtime, mode, uid, gid } = fs.statSync(from);
  fs.chmodSync(to, mode);
  fs.chownSync(to, uid, gid);
  fs.utimesSync(to, atime, mtime);
  const { stdout, stderr, success } = Bun.spawnSync([
    ...[rsync ?? "rsync", "-naic", "--delete", ...more],
    ...[`${from}/`, `${to}/`],
  ]);
  if (!success) throw new Error(stderr.toString());
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}

/** Up and down again. */
async function roundTrip(from: string, to: string, more: Partial<ConfigInput>): Promise<void> {
  await using bucket = await TestBucket.create();
  const up = { source: from, target: bucket.url(), ...bucket.side("target") };
  const down = { source: bucket.url(), target: to, ...bucket.side("source") };
  expect(await sync({ ...up, ...more })).toMatchObject({ errors: 0, warnings: 0 });
  expect(await sync({ ...down, ...more })).toMatchObject({ errors: 0, warnings: 0 });
  // Nothing is left to be done.
  for (const way of [up, down]) {
    expect(await sync({ ...way, ...more, delete: true })).toMatchObject({
      transferredObjects: 0,
      deleted: 0,
      warnings: 0,
    });
  }
}

/** A tree of 5,000 files takes half a minute: every night. */
const isNight = process.env["S3SYNC_TEST_NIGHTLY"] === "1";
const files = isNight ? 5000 : 300;

describe.skipIf(!hasRsync)(`a wild tree${hasRsync ? "" : " (needs rsync)"}`, () => {
  test("survives the way up and down", async () => {
    const seed = Number(process.env["S3SYNC_TEST_SEED"] ?? Date.now() % 2 ** 31);
    process.stderr.write(`wild tree from the seed ${seed}\n`);
    using from = new TempDir();
    using to = new TempDir();
    await plantWildTree(from.path, { seed, files, asRoot });
    await roundTrip(from.path, to.path, everything);
    expect(differences(from.path, to.path, "-HX")).toEqual([]);
  }, 300_000);
});
