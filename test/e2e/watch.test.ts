/**
 * A watch as a process: what it says, what signals do to it, what it ends with.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { TestBucket } from "../support/bucket.ts";
import { phaseOf, type Watching, watching } from "../support/watching-process.ts";

const plain = (bucket: TestBucket): string[] => [
  ...["--watch", "--json-tracing", "--debounce", "50ms", "--target-force-path-style"],
  ...["files", bucket.url("to/")],
];

/** One that takes requests, and does not answer. */
function silentServer(onRequest: () => void): AsyncDisposable & { readonly origin: string } {
  const server = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0 },
    fetch: () => {
      onRequest();
      return new Promise<Response>(() => undefined);
    },
  });
  return { origin: server.url.origin, [Symbol.asyncDispose]: () => server.stop(true) };
}

/** What the records say. */
const messages = ({ records }: Watching): string[] =>
  records.map(({ message, fields }) =>
    String((fields as (typeof records)[0] | undefined)?.["message"] ?? message),
  );

const staysAsItIs = "s3sync: SIGHUP: everything stays as it is: ";

const puts = ({ operation }: { readonly operation: string }): boolean => operation === "PutObject";

describe("s3sync --watch", () => {
  test("keeps going, tells how it stands, and ends with 0 when it is told to", async () => {
    await using it = await watching(plain);
    await it.untilIdle();
    it.dir.write("files/second", "2");
    await it.until(async () => (await it.bucket.keys("to/")).length === 2);
    // What s3sync status tells.
    expect(fs.readdirSync(it.dir.at("state/runs"))).toHaveLength(1);
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
    await it.until(() => it.said.includes(staysAsItIs));
    fs.writeFileSync(it.dir.at("files/first"), "goes on as before");
    await it.untilIdle();
    fs.writeFileSync(it.dir.at("jobs.yaml"), job(it.bucket, ""));
    it.child.kill("SIGHUP");
    await it.until(async () => (await it.bucket.keys("to/")).length === 2);
    it.child.kill("SIGTERM");
    const { code, stderr } = await it.ended();
    expect(code).toBe(0);
    expect(stderr).toContain("SIGHUP: the configuration is read again");
  }, 30_000);

  test("goes on as it was when it is to read a configuration again that it cannot begin with", async () => {
    const job = (bucket: TestBucket, source: string, more = ""): string =>
      `jobs:\n  photos:\n    source: ${source}\n    target: ${bucket.url("to/")}\n    watch: true\n    debounce: 50ms\n    json-tracing: true\n    target-force-path-style: true\n${more}`;
    await using it = await watching((bucket, dir) => {
      dir.write("jobs.yaml", job(bucket, "files"));
      return ["run", "--config", "jobs.yaml", "photos"];
    });
    await it.untilIdle();
    fs.writeFileSync(it.dir.at("jobs.yaml"), job(it.bucket, "nowhere"));
    it.child.kill("SIGHUP");
    await it.until(() => it.said.includes(staysAsItIs));
    it.dir.write("files/second", "2");
    await it.until(async () => (await it.bucket.keys("to/")).length === 2);
    const port = Number(new URL(it.proxy.endpoint).port);
    const taken = `    metrics-listen: "127.0.0.1:${port}"\n`;
    fs.writeFileSync(it.dir.at("jobs.yaml"), job(it.bucket, "files", taken));
    it.child.kill("SIGHUP");
    await it.until(() => it.records.some((record) => phaseOf(record) === "stopping"));
    it.dir.write("files/third", "3");
    await it.until(async () => (await it.bucket.keys("to/")).length === 3);
    it.child.kill("SIGTERM");
    const { code, stderr } = await it.ended();
    expect(code).toBe(0);
    expect(stderr.split("\n").filter((line) => line.startsWith(staysAsItIs))).toEqual([
      `${staysAsItIs}SOURCE nowhere does not exist`,
      `${staysAsItIs}--metrics-listen 127.0.0.1:${port}: somebody listens there already`,
    ]);
  }, 30_000);

  test("ends with 0 when it is told to before it can hear of changes", async () => {
    const asked = Promise.withResolvers<void>();
    await using queue = silentServer(asked.resolve);
    await using it = await watching((bucket) => [
      ...["--watch", "--json-tracing", "--source-force-path-style"],
      ...["--source-events", `${queue.origin}/123456789012/changes`, bucket.url(), "files"],
    ]);
    await asked.promise;
    it.child.kill("SIGTERM");
    expect(await it.ended()).toEqual({ code: 0, stderr: "" });
  });

  test.each([
    ["one way", ["--watch"]],
    ["both ways", ["bsync", "--watch", "--state", "state.bin"]],
  ])("waits for no listing when it is told to end: %s", async (_, verb) => {
    await using it = await watching((bucket) => [
      ...[...verb, "--json-tracing", "--target-force-path-style", "files", bucket.url("to/")],
    ]);
    const gate = it.proxy.hold(({ operation }) => operation === "ListObjectsV2", "request");
    await gate.reached;
    it.child.kill("SIGTERM");
    expect((await it.ended()).code).toBe(0);
    gate.open();
  });

  test("says that all is in step again where it said what was wrong", async () => {
    await using it = await watching((bucket) => plain(bucket));
    await it.untilIdle();
    fs.renameSync(it.dir.at("files"), it.dir.at("away"));
    await it.until(() => messages(it).some((message) => message.includes("does not exist")));
    fs.renameSync(it.dir.at("away"), it.dir.at("files"));
    await it.until(() => messages(it).includes("in step again"));
  });

  test("goes in both directions, too", async () => {
    await using it = await watching((bucket, dir) => {
      dir.write("s3sync.toml", "");
      return [
        ...["bsync", "--watch", "--json-tracing", "--debounce", "50ms", "--poll", "100ms"],
        ...["--target-force-path-style", "--state", "state.bin", "--config", "s3sync.toml"],
        ...["files", bucket.url("to/")],
      ];
    });
    await it.until(async () => (await it.bucket.keys("to/")).length === 1);
    await it.bucket.put("to/second", "2");
    await it.until(() => fs.existsSync(it.dir.at("files/second")));
    it.dir.write("s3sync.toml", '[defaults]\nexclude = ["*.tmp"]\n');
    it.child.kill("SIGHUP");
    await it.until(() => it.records.some((record) => phaseOf(record) === "stopping"));
    it.dir.write("files/left.tmp", "t");
    it.dir.write("files/third", "3");
    await it.until(async () => (await it.bucket.keys("to/")).includes("to/third"));
    it.child.kill("SIGTERM");
    const { code, stderr } = await it.ended();
    expect(code).toBe(0);
    expect(stderr).toContain("SIGHUP: the configuration is read again");
    expect(await it.bucket.keys("to/")).toEqual(["to/first", "to/second", "to/third"]);
  }, 30_000);

  test("keeps no other job waiting", async () => {
    await using it = await watching((bucket, dir) => {
      const [source, target] = ['source = "files"', `target = "${bucket.url()}"`];
      dir.write(
        "jobs.toml",
        `[jobs.a]\n${source}\n${target}\nwatch = true\n[jobs.b]\n${source}\n${target}\n`,
      );
      return ["run", "--config", "jobs.toml", "--all"];
    });
    const { code, stderr } = await it.ended();
    expect(code).toBe(2);
    expect(stderr).toContain("job a: --watch keeps going, so it has to be the only job");
  });

  test("says what makes no sense, and ends with 2", async () => {
    await using it = await watching((bucket) => ["--watch", "nowhere", bucket.url("to/")]);
    const { code, stderr } = await it.ended();
    expect(code).toBe(2);
    expect(stderr).toContain("SOURCE nowhere does not exist");
  });
});
