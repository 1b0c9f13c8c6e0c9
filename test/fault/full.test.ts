/**
 * Places that are full or may not be changed: disks, quotas of disks and of buckets, read-only file systems. One clear
 * message, the right exit code, nothing half-written, and a run with room afterwards puts everything right.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { sync } from "../../src/index.ts";
import { canMount, runOnReadOnlyDisk } from "../e2e/restricted.ts";
import { TestBucket } from "../support/bucket.ts";
import { cliCommand, type CliResult, runCli, serverEnv } from "../support/cli.ts";
import { FaultProxy, type Operation } from "../support/fault-proxy.ts";
import { hasAccounts, setQuota } from "../support/minio-admin.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import {
  fileDigests,
  KiB,
  MiB,
  plant,
  plantObjects,
  randomBytes,
  treeDigests,
} from "../support/trees.ts";

const env = serverEnv(httpServer());
const parts = ["--multipart-threshold=5MiB", "--multipart-chunksize=5MiB"];
const tree = {
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`d/f${i}`, randomBytes(`f${i}`, 20 * KiB)]),
  ),
  large: randomBytes("full", 12 * MiB),
};

const canTrace = ((): boolean => {
  if (Bun.which("strace") === null) return false;
  return Bun.spawnSync(["strace", "-f", "-o", "/dev/null", "true"]).exitCode === 0;
})();

/** Runs s3sync where system calls fail: `pwrite64:error=EDQUOT:when=5+`. */
async function runFailing(
  failure: string,
  args: readonly string[],
  file?: string,
): Promise<CliResult> {
  const [call = ""] = failure.split(":");
  const only = file === undefined ? [] : ["-P", file];
  const traced = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, ...only];
  const command = [...traced, "-e", `inject=${failure}`, ...cliCommand(), ...args];
  const child = Bun.spawn(command, {
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

/** What is said on stderr, without the summary. */
function messages(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line.startsWith("s3sync: "));
}

describe.skipIf(!canTrace)("a download to a disk that refuses (needs strace)", () => {
  test.each([
    {
      what: "writing, from the first byte on",
      failure: "pwrite64:error=EDQUOT",
      says: /the disk quota is used up$/,
    },
    {
      what: "writing, in the middle",
      failure: "pwrite64:error=EDQUOT:when=6+",
      says: /the disk quota is used up$/,
    },
    {
      what: "writing, with no space left",
      failure: "pwrite64:error=ENOSPC:when=6+",
      says: /no space left on the disk$/,
    },
    {
      what: "writing, by an error of its own",
      failure: "pwrite64:error=EIO:when=6+",
      says: /the disk reported an error$/,
    },
    {
      what: "putting files in their place",
      failure: "?rename,renameat,renameat2:error=EDQUOT:when=6+",
      says: /the disk quota is used up$/,
    },
    {
      what: "making directories",
      failure: "?mkdir,mkdirat:error=EDQUOT",
      says: /the disk quota is used up$/,
    },
    {
      what: "keeping what was written",
      failure: "fsync:error=EIO:when=6+",
      says: /the disk reported an error$/,
    },
  ])(
    "$what, says so in one line, and shows nothing half-written",
    async ({ failure, says }) => {
      await using bucket = await TestBucket.create();
      await plantObjects(bucket, tree);
      using dir = new TempDir();
      dir.write("d/f0", "old");
      fs.mkdirSync(dir.at("kept"));
      const target = failure.includes("mkdir") ? dir.at("kept") : dir.path;
      const args = ["--fsync", ...parts, "--delete", bucket.url(), target];
      const { exitCode, stderr } = await runFailing(failure, args);
      expect([exitCode, messages(stderr)]).toEqual([1, [expect.stringMatching(says)]]);
      const whole = treeDigests(tree);
      for (const [name, found] of Object.entries(fileDigests(target))) {
        if (name !== "d/f0") expect([name, found]).toEqual([name, whole[name] ?? ""]);
      }
      expect(await runCli([...parts, bucket.url(), target], { env })).toMatchObject({
        exitCode: 0,
      });
      expect(fileDigests(target)).toEqual(whole);
    },
    20_000,
  );
});

describe.skipIf(!canTrace)("an upload from a disk that refuses (needs strace)", () => {
  test.each([
    {
      what: "reading a small file",
      name: "d/f3",
      failure: "pread64,read:error=EIO",
      says: [/the disk reported an error$/],
    },
    {
      what: "reading a large file",
      name: "large",
      failure: "pread64,read:error=EIO",
      says: [/the disk reported an error$/],
    },
    {
      what: "opening another file",
      name: "d/f3",
      failure: "openat,?open:error=EMFILE",
      says: [/too many open files$/, /Raise the limit, for example: ulimit -n 8192\.$/],
    },
  ])(
    "$what, says so and deletes nothing",
    async ({ name, failure, says }) => {
      using dir = new TempDir();
      plant(dir, tree);
      await using bucket = await TestBucket.create();
      await bucket.put("extra", "x");
      const args = ["--delete", ...parts, dir.path, bucket.url()];
      const { exitCode, stderr } = await runFailing(failure, args, dir.at(name));
      const lines = says.map((pattern) => expect.stringMatching(pattern));
      expect([exitCode, messages(stderr)]).toEqual([1, lines]);
      expect(await bucket.keys()).toContain("extra");
      expect(await bucket.keys()).not.toContain(name);
      expect(await bucket.openUploads()).toBe(0);
      expect(await runCli(args, { env })).toMatchObject({ exitCode: 0 });
      expect(await bucket.keys()).toEqual(Object.keys(tree).toSorted());
    },
    20_000,
  );
});

describe.skipIf(!canMount)("a read-only file system (needs Linux and the right to mount)", () => {
  test("as TARGET is one message and exit code 1; nothing is deleted", async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { a: "1", "d/b": "2" });
    using dir = new TempDir();
    fs.mkdirSync(dir.at("disk"));
    const args = ["--delete", bucket.url(), dir.at("disk")];
    const { exitCode, stderr, left } = await runOnReadOnlyDisk(dir.at("disk"), args, { env });
    expect([exitCode, messages(stderr)]).toEqual([
      1,
      [expect.stringMatching(/^s3sync: cannot .*disk.*: the file system is read-only$/)],
    ]);
    expect(left).toEqual(["kept"]);
  });

  test("with only something to delete is told as well", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    fs.mkdirSync(dir.at("disk"));
    const args = ["--delete", "--allow-empty-source", bucket.url(), dir.at("disk")];
    const { exitCode, stdout, left } = await runOnReadOnlyDisk(dir.at("disk"), args, { env });
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/WARN cannot delete .*kept: the file system is read-only/);
    expect(left).toEqual(["kept"]);
  });

  test("as SOURCE is no matter", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    fs.mkdirSync(dir.at("disk"));
    const args = [dir.at("disk"), bucket.url()];
    expect(await runOnReadOnlyDisk(dir.at("disk"), args, { env })).toMatchObject({ exitCode: 0 });
    expect(await bucket.keys()).toEqual(["kept"]);
  });
});

describe.skipIf(!hasAccounts)("a bucket with a quota (needs a MinIO of ours)", () => {
  test.each([
    { size: "small", bytes: 200 * KiB },
    { size: "multipart", bytes: 12 * MiB },
  ])("that a $size object would exceed is one message, and deletes nothing", async ({ bytes }) => {
    using dir = new TempDir();
    dir.write("object", randomBytes("quota", bytes));
    await using bucket = await TestBucket.create();
    await bucket.put("extra", "x");
    await setQuota(bucket.name, 100 * KiB);
    const args = ["--delete", ...parts, dir.path, bucket.url()];
    const { exitCode, stderr } = await runCli(args, { env });
    expect([exitCode, messages(stderr)]).toEqual([
      1,
      [
        expect.stringMatching(/XMinioAdminBucketQuotaExceeded: .*quota/),
        expect.stringMatching(/Make room there, or have the quota raised/),
      ],
    ]);
    expect(await bucket.keys()).toEqual(["extra"]);
    expect(await bucket.openUploads()).toBe(0);
    await setQuota(bucket.name, 0);
    expect(await runCli(args, { env })).toMatchObject({ exitCode: 0 });
    expect(await bucket.keys()).toEqual(["object"]);
  });
});

describe("a server that is full", () => {
  test.each([
    { operation: "PutObject", status: 507, code: "XMinioStorageFull" },
    { operation: "PutObject", status: 403, code: "QuotaExceeded" },
    { operation: "UploadPart", status: 507, code: "XMinioStorageFull" },
    { operation: "CompleteMultipartUpload", status: 507, code: "XMinioStorageFull" },
  ] satisfies { operation: Operation; status: number; code: string }[])(
    "($status $code to $operation) is not asked again, and ends the run with 1",
    async ({ operation, status, code }) => {
      using dir = new TempDir();
      dir.write("object", randomBytes("full", operation === "PutObject" ? 1000 : 6 * MiB));
      await using bucket = await TestBucket.create();
      await bucket.put("extra", "x");
      await using proxy = await FaultProxy.start(httpServer());
      proxy.inject(operation, { kind: "refuse", status, code });
      const input = {
        ...{ source: dir.path, target: bucket.url(), ...bucket.side("target"), delete: true },
        ...{ multipartThreshold: 5 * MiB, multipartChunksize: 5 * MiB, maxParallelUploads: 1 },
      };
      const summary = await sync({ ...input, targetEndpointUrl: proxy.endpoint });
      expect(summary).toMatchObject({ errors: 1, deleted: 0, transferredObjects: 0 });
      expect(proxy.count(operation)).toBe(1);
      expect(await bucket.keys()).toEqual(["extra"]);
      expect(await sync(input)).toMatchObject({ errors: 0, transferredObjects: 1, deleted: 1 });
    },
  );
});
