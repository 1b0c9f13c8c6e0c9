/**
 * A source that changes under our hands: what arrives is one consistent state of it, or nothing, and a state
 * that is out of date does not stay.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy, type Match } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const five = 5 * MiB;
const size = 3 * five;
const quick: Partial<ConfigInput> = {
  multipartThreshold: five,
  multipartChunksize: five,
  maxParallelUploads: 1,
  initialBackoffMilliseconds: 1,
  forceRetryCount: 2,
  forceRetryIntervalMilliseconds: 1,
};
const before = randomBytes("before", size);
const after = randomBytes("after", size);

/** A file on its way into a bucket. */
class Upload implements AsyncDisposable {
  private readonly stack = new AsyncDisposableStack();
  readonly file: string;

  private constructor(
    private readonly dir: TempDir,
    readonly bucket: TestBucket,
    readonly proxy: FaultProxy,
    content: Uint8Array,
  ) {
    for (const resource of [bucket, proxy]) this.stack.use(resource);
    this.stack.use(dir);
    this.file = dir.write("file", content, secondsAgo(60));
  }

  static async of(content: Uint8Array): Promise<Upload> {
    const bucket = await TestBucket.create();
    return new Upload(new TempDir(), bucket, await FaultProxy.start(httpServer()), content);
  }

  run(onEvent?: (event: SyncEvent) => void): Promise<Summary> {
    const side = { ...this.bucket.side("target"), targetEndpointUrl: this.proxy.endpoint };
    const input = { source: this.dir.path, target: this.bucket.url(), ...side, ...quick };
    return sync(input, { onEvent });
  }

  /** Runs, and does something when the first such request is under way. */
  async runAnd(match: Match, change: (file: string) => void): Promise<Summary> {
    const gate = this.proxy.hold(match, "request");
    const run = this.run();
    await gate.reached;
    change(this.file);
    gate.open();
    return run;
  }

  async object(): Promise<string> {
    return digest(await this.bucket.get("file"));
  }

  content(): string {
    return digest(fs.readFileSync(this.file));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack[Symbol.asyncDispose]();
  }
}

/** Puts another file in the place of one. */
function replace(file: string, content: Uint8Array): void {
  fs.writeFileSync(`${file}.new`, content);
  fs.renameSync(`${file}.new`, file);
}

const changes = [
  { how: "grows", change: (file: string) => fs.appendFileSync(file, "more") },
  {
    how: "grows by a part",
    change: (file: string) => fs.appendFileSync(file, after.subarray(0, five)),
  },
  { how: "shrinks", change: (file: string) => fs.truncateSync(file, size - 1) },
  { how: "shrinks by a part", change: (file: string) => fs.truncateSync(file, 2 * five) },
  { how: "shrinks below the threshold", change: (file: string) => fs.truncateSync(file, 10) },
  { how: "shrinks to nothing", change: (file: string) => fs.truncateSync(file, 0) },
  {
    how: "is written anew with the same size",
    change: (file: string) => fs.writeFileSync(file, after),
  },
];

describe("while a file goes up in parts", () => {
  test.each(changes)("if it $how, it goes up as it is then", async ({ change }) => {
    await using upload = await Upload.of(before);
    expect(await upload.runAnd("UploadPart", change)).toMatchObject({
      transferredObjects: 1,
      etagVerified: 1,
      errors: 0,
      warnings: 0,
    });
    expect(await upload.object()).toBe(upload.content());
    expect(await upload.bucket.openUploads()).toBe(0);
  });

  test("if it never stops growing, it is warned about and not stored", async () => {
    await using upload = await Upload.of(before);
    const grow = ({ operation }: { operation: string }): boolean => {
      if (operation === "UploadPart") fs.appendFileSync(upload.file, "more");
      return false;
    };
    upload.proxy.hold(grow, "request");
    const summary = await upload.run();
    expect(summary).toMatchObject({ transferredObjects: 0, etagVerified: 0, warnings: 1 });
    expect(await upload.bucket.keys()).toEqual([]);
    expect(await upload.bucket.openUploads()).toBe(0);
  });

  test("if it never stops growing, the object that was there stays", async () => {
    await using upload = await Upload.of(before);
    await upload.bucket.put("file", "old");
    const grow = ({ operation }: { operation: string }): boolean => {
      if (operation === "UploadPart") fs.appendFileSync(upload.file, "more");
      return false;
    };
    upload.proxy.hold(grow, "request");
    expect(await upload.run()).toMatchObject({ warnings: 1, errors: 0 });
    expect(new TextDecoder().decode(await upload.bucket.get("file"))).toBe("old");
  });

  test("if it vanishes, what was opened goes up whole or not at all", async () => {
    await using upload = await Upload.of(before);
    const summary = await upload.runAnd("UploadPart", (file) => fs.unlinkSync(file));
    expect(summary.errors).toBe(0);
    if (summary.etagVerified === 1) expect(await upload.object()).toBe(digest(before));
    else expect(await upload.bucket.keys()).toEqual([]);
    expect(await upload.bucket.openUploads()).toBe(0);
  });

  test("if another file takes its place, that one is there after this run or the next", async () => {
    await using upload = await Upload.of(before);
    await upload.runAnd("UploadPart", (file) => replace(file, after));
    const first = await upload.object();
    // Never a mixture.
    expect([digest(before), digest(after)]).toContain(first);
    await upload.run();
    expect(await upload.object()).toBe(digest(after));
  });

  test("if it is written after its last part was read, it does not stay out of date", async () => {
    await using upload = await Upload.of(before);
    await upload.runAnd("CompleteMultipartUpload", (file) => fs.writeFileSync(file, after));
    await upload.run();
    expect(await upload.object()).toBe(digest(after));
  });
});

describe("while a small file goes up", () => {
  const small = randomBytes("small", 100_000);
  const other = randomBytes("other", 100_000);

  test("if it grows, the object is one whole state, and the next run brings the other", async () => {
    await using upload = await Upload.of(small);
    await upload.runAnd("PutObject", (file) => fs.appendFileSync(file, "more"));
    expect([digest(small), upload.content()]).toContain(await upload.object());
    await upload.run();
    expect(await upload.object()).toBe(upload.content());
  });

  test("if it is written anew with the same size, it does not stay out of date", async () => {
    await using upload = await Upload.of(small);
    await upload.runAnd("PutObject", (file) => fs.writeFileSync(file, other));
    await upload.run();
    expect(await upload.object()).toBe(digest(other));
  });

  test("if another file of the same size takes its place, it does not stay out of date", async () => {
    await using upload = await Upload.of(small);
    await upload.runAnd("PutObject", (file) => replace(file, other));
    await upload.run();
    expect(await upload.object()).toBe(digest(other));
  });

  test("if it vanishes, it is stored whole", async () => {
    await using upload = await Upload.of(small);
    const summary = await upload.runAnd("PutObject", (file) => fs.unlinkSync(file));
    expect(summary).toMatchObject({ errors: 0 });
    expect(await upload.object()).toBe(digest(small));
  });
});

describe("after a file was listed and before its turn", () => {
  /** Holds up the first of two files, and changes the second meanwhile. */
  async function changed(change: (file: string) => void): Promise<[Summary, TestBucket, TempDir]> {
    const dir = new TempDir();
    const bucket = await TestBucket.create();
    dir.write("a", "first");
    const file = dir.write("b", randomBytes("b", 1000));
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("PutObject", "request");
    const side = { ...bucket.side("target"), targetEndpointUrl: proxy.endpoint };
    const input = { source: dir.path, target: bucket.url(), ...side, ...quick };
    const run = sync({ ...input, workerSize: 1 });
    await gate.reached;
    change(file);
    gate.open();
    return [await run, bucket, dir];
  }

  test.each([
    { how: "grows", change: (file: string) => fs.appendFileSync(file, "more") },
    { how: "shrinks", change: (file: string) => fs.truncateSync(file, 1) },
    { how: "becomes large", change: (file: string) => fs.writeFileSync(file, before) },
    { how: "is replaced", change: (file: string) => replace(file, after.subarray(0, 1000)) },
  ])("if it $how, it goes up as it is then", async ({ change }) => {
    const [summary, bucket, dir] = await changed(change);
    using _dir = dir;
    await using _bucket = bucket;
    expect(summary).toMatchObject({ transferredObjects: 2, etagVerified: 2, warnings: 0 });
    expect(digest(await bucket.get("b"))).toBe(digest(dir.read("b")));
  });

  test("if it vanishes, that gives one warning", async () => {
    const [summary, bucket, dir] = await changed((file) => fs.unlinkSync(file));
    using _dir = dir;
    await using _bucket = bucket;
    expect(summary).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
    expect(await bucket.keys()).toEqual(["a"]);
  });

  test("if a FIFO takes its place, that gives one warning and no hang", async () => {
    const [summary, bucket, dir] = await changed((file) => {
      fs.unlinkSync(file);
      Bun.spawnSync(["mkfifo", file]);
    });
    using _dir = dir;
    await using _bucket = bucket;
    expect(summary).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
  });

  test("if a directory takes its place, that gives one warning", async () => {
    const [summary, bucket, dir] = await changed((file) => {
      fs.unlinkSync(file);
      fs.mkdirSync(file);
    });
    using _dir = dir;
    await using _bucket = bucket;
    expect(summary).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
  });
});
