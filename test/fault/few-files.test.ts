/**
 * A system that allows few open files: everything arrives, only fewer at the same time.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand, type CliResult, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB, plant, randomBytes } from "../support/trees.ts";

const env = serverEnv(httpServer());
const small = Array.from({ length: 80 }, (_, i) => [
  `d${i % 9}/f${i}`,
  randomBytes(`${i}`, 50 * i),
]);
const large = [1, 2].map((i) => [`large${i}`, randomBytes(`large${i}`, 12 * MiB)]);
const tree = Object.fromEntries([...small, ...large]) as Record<string, Uint8Array>;
const canLimit = process.platform !== "win32";

/** Runs s3sync where so many files may be open. */
async function runWith(limit: number, args: readonly string[]): Promise<CliResult> {
  const limiting = ["sh", "-c", 'ulimit -n "$1"; shift; exec "$@"', "sh", String(limit)];
  const child = Bun.spawn([...limiting, ...cliCommand(), ...args], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    env: { ...process.env, ...env },
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}

describe.skipIf(!canLimit)("where few files may be open (needs ulimit)", () => {
  const parts = ["--multipart-threshold=5MiB", "--multipart-chunksize=5MiB"];

  test.each([
    { how: "as it comes", options: [] },
    { how: "on four threads", options: ["--threads=4", ...parts] },
    { how: "with more at the same time than can be", options: ["--worker-size=64", ...parts] },
  ])(
    "64 are enough for many files up, across and down, $how",
    async ({ options }) => {
      using dir = new TempDir();
      plant(dir, tree);
      await using bucket = await TestBucket.create();
      await using other = await TestBucket.create();
      using back = new TempDir();
      const ways = [
        [dir.path, bucket.url()],
        [bucket.url(), other.url()],
        [other.url(), back.path],
      ];
      for (const way of ways) {
        const { exitCode, stderr } = await runWith(64, [...options, ...way]);
        expect([
          exitCode,
          /transferred +(\d+) objects.*error (\d+) .*warning (\d+) /.exec(stderr)?.slice(1),
        ]).toEqual([0, ["82", "0", "0"]]);
      }
      expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
    },
    120_000,
  );

  test.each([32, 64])(
    "%d are enough for many directories, and for backups of what lies there",
    async (limit) => {
      const keys = Array.from({ length: 60 }, (_, i) => `d${i}/e/f`);
      using dir = new TempDir();
      plant(dir, Object.fromEntries(keys.map((key) => [`from/${key}`, key])));
      await using bucket = await TestBucket.create();
      const back = dir.at("back");
      const run = async (...args: string[]): Promise<void> => {
        expect(await runWith(limit, args)).toMatchObject({ exitCode: 0 });
      };
      await run(dir.at("from"), bucket.url());
      await run(bucket.url(), back);
      for (const key of keys.slice(0, 30)) dir.write(`back/${key}`, "another size");
      for (const key of keys) dir.write(`back/${key}.more`, "x");
      const keeping = ["--backup-dir", dir.at("old"), "--delete", "--confirm-deletes"];
      await run(...keeping, bucket.url(), back);
      expect(dir.files("back").toSorted()).toEqual(keys.toSorted());
      expect(dir.files("old")).toHaveLength(90);
    },
    60_000,
  );

  test("that fewer objects are in work is told with -v", async () => {
    using dir = new TempDir();
    dir.write("a", "1");
    await using bucket = await TestBucket.create();
    const { exitCode, stdout } = await runWith(64, ["-v", dir.path, bucket.url()]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("at most 64 files may be open (ulimit -n): no more than 4 objects");
  });
});
