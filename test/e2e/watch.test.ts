/**
 * A watch as a process: what it says, what signals do to it, what it ends with.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { serverEnv, startCli } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

type Record = { readonly [name: string]: unknown };

/** A process that watches, and what it says. */
class Watching implements AsyncDisposable {
  readonly records: Record[] = [];
  readonly child: ReturnType<typeof startCli>;
  private news = Promise.withResolvers<void>();
  private readonly stderr: Promise<string>;
  private hasEnded = false;

  constructor(
    readonly dir: TempDir,
    readonly bucket: TestBucket,
    readonly proxy: FaultProxy,
    args: readonly string[],
  ) {
    const env = {
      ...serverEnv(httpServer()),
      ...{ AWS_ENDPOINT_URL: proxy.endpoint, S3SYNC_STATE_DIR: dir.at("state") },
    };
    this.child = startCli(args, { env, cwd: dir.path });
    this.stderr = new Response(this.child.stderr).text();
    void this.read();
    void this.child.exited.then(() => {
      this.hasEnded = true;
      this.news.resolve();
    });
  }

  private async read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const piece of this.child.stdout) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      this.records.push(...lines.map((line) => JSON.parse(line) as Record));
      this.news.resolve();
    }
  }

  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      this.news = Promise.withResolvers<void>();
      if (await condition()) return;
      if (this.hasEnded) throw new Error(`the watch has ended: ${await this.stderr}`);
      await this.news.promise;
    }
  }

  /** Until all is in step, once more than before. */
  async untilIdle(): Promise<void> {
    const from = this.records.length;
    await this.until(() => this.records.slice(from).some((it) => phaseOf(it) === "idle"));
  }

  async ended(): Promise<{ readonly code: number; readonly stderr: string }> {
    return { code: await this.child.exited, stderr: await this.stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    this.dir[Symbol.dispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.bucket[Symbol.asyncDispose]();
  }
}

function phaseOf(record: Record): unknown {
  return (record["fields"] as Record | undefined)?.["phase"] ?? record["phase"];
}

async function watching(
  argsOf: (bucket: TestBucket, dir: TempDir) => readonly string[],
): Promise<Watching> {
  const dir = new TempDir();
  dir.write("files/first", "1");
  const bucket = await TestBucket.create();
  const proxy = await FaultProxy.start(httpServer());
  return new Watching(dir, bucket, proxy, argsOf(bucket, dir));
}

const plain = (bucket: TestBucket): string[] => [
  ...["--watch", "--json-tracing", "--debounce", "50ms", "--target-force-path-style"],
  ...["files", bucket.url("to/")],
];

const puts = ({ operation }: { readonly operation: string }): boolean => operation === "PutObject";

describe("s3sync --watch", () => {
  test("keeps going, tells how it stands, and ends with 0 when it is told to", async () => {
    await using it = await watching(plain);
    await it.untilIdle();
    it.dir.write("files/second", "2");
    await it.until(async () => (await it.bucket.keys("to/")).length === 2);
    it.child.kill("SIGTERM");
    expect((await it.ended()).code).toBe(0);
    expect(JSON.stringify(it.records)).toContain("round completed.");
    expect(JSON.stringify(it.records.at(-1))).toContain("sync summary");
  }, 30_000);

  test("finishes what is in work when it is told to end", async () => {
    await using it = await watching(plain);
    const gate = it.proxy.hold(puts, "request");
    await gate.reached;
    it.child.kill("SIGTERM");
    await it.until(() => it.records.some((record) => phaseOf(record) === "stopping"));
    gate.open();
    expect((await it.ended()).code).toBe(0);
    expect(await it.bucket.keys("to/")).toEqual(["to/first"]);
  }, 30_000);

  test("ends at once when it is told a second time", async () => {
    await using it = await watching(plain);
    const gate = it.proxy.hold(puts, "request");
    await gate.reached;
    it.child.kill("SIGTERM");
    await it.until(() => it.records.some((record) => phaseOf(record) === "stopping"));
    it.child.kill("SIGTERM");
    expect((await it.ended()).code).toBe(143);
    gate.open();
  }, 30_000);

  test("reads its configuration again when it is told to, and goes on with that", async () => {
    const job = (bucket: TestBucket, more: string): string =>
      `jobs:\n  photos:\n    source: files\n    target: ${bucket.url("to/")}\n    watch: true\n    debounce: 50ms\n    json-tracing: true\n    target-force-path-style: true\n${more}`;
    await using it = await watching((bucket, dir) => {
      dir.write("jobs.yaml", job(bucket, '    exclude: ["*.tmp"]\n'));
      dir.write("files/a.tmp", "t");
      return ["run", "--config", "jobs.yaml", "photos"];
    });
    await it.untilIdle();
    expect(await it.bucket.keys("to/")).toEqual(["to/first"]);
    fs.writeFileSync(it.dir.at("jobs.yaml"), "jobs: [nonsense");
    it.child.kill("SIGHUP");
    fs.writeFileSync(it.dir.at("files/first"), "goes on as before");
    await it.untilIdle();
    fs.writeFileSync(it.dir.at("jobs.yaml"), job(it.bucket, ""));
    it.child.kill("SIGHUP");
    await it.until(async () => (await it.bucket.keys("to/")).length === 2);
    it.child.kill("SIGTERM");
    const { code, stderr } = await it.ended();
    expect(code).toBe(0);
    expect(stderr).toContain("SIGHUP: everything stays as it is: ");
    expect(stderr).toContain("SIGHUP: the configuration is read again");
  }, 30_000);

  test("goes in both directions, too", async () => {
    await using it = await watching((bucket) => [
      ...["bsync", "--watch", "--json-tracing", "--debounce", "50ms", "--poll", "100ms"],
      ...["--target-force-path-style", "--state", "state.bin", "files", bucket.url("to/")],
    ]);
    await it.until(async () => (await it.bucket.keys("to/")).length === 1);
    await it.bucket.put("to/second", "2");
    await it.until(() => fs.existsSync(it.dir.at("files/second")));
    it.child.kill("SIGTERM");
    expect((await it.ended()).code).toBe(0);
  }, 30_000);

  test("says what makes no sense, and ends with 2", async () => {
    await using it = await watching((bucket) => ["--watch", "nowhere", bucket.url("to/")]);
    const { code, stderr } = await it.ended();
    expect(code).toBe(2);
    expect(stderr).toContain("SOURCE nowhere does not exist");
  });
});
