/**
 * Runs that are killed or told to stop in the middle: what they leave, and what the next run makes of it.
 * A gate in a proxy makes sure that it is the middle.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv, startCli } from "../support/cli.ts";
import { FaultProxy, type Operation, type SeenRequest } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import {
  fileDigests,
  KiB,
  MiB,
  objectDigests,
  plant,
  randomBytes,
  treeDigests,
} from "../support/trees.ts";

const tree = {
  ...Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`d${i % 4}/small-${i}`, randomBytes(`${i}`, 10 * KiB)]),
  ),
  "d2/large": randomBytes("large", 12 * MiB),
  "large too": randomBytes("large too", 9 * MiB),
};
const count = Object.keys(tree).length;
const env = serverEnv(httpServer());

type Route = "upload" | "download" | "copy" | "server-side copy";

/** A run that stands still in the middle of one request. Dispose of it. */
class Midway implements AsyncDisposable {
  readonly stack = new AsyncDisposableStack();
  private gate: { open(): void } | undefined;

  private constructor(
    private readonly route: Route,
    readonly proxy: FaultProxy,
    private readonly local: TempDir,
    readonly from: TestBucket,
    readonly to: TestBucket,
  ) {
    for (const resource of [proxy, from, to]) this.stack.use(resource);
    this.stack.use(local);
  }

  static async begin(route: Route): Promise<Midway> {
    const proxy = await FaultProxy.start(httpServer());
    const [from, to] = [await TestBucket.create(), await TestBucket.create()];
    const midway = new Midway(route, proxy, new TempDir(), from, to);
    if (route === "upload") plant(midway.local, tree);
    else {
      using dir = new TempDir();
      plant(dir, tree);
      await sync({ source: dir.path, target: from.url(), ...from.side("target") });
    }
    return midway;
  }

  get args(): string[] {
    const { route, local, from, to } = this;
    if (route === "upload") return [local.path, to.url()];
    if (route === "download") return [from.url(), local.path];
    const sides = [from.url(), to.url()];
    return route === "copy" ? sides : [...sides, "--server-side-copy"];
  }

  /** Starts the process and waits until such a request is in its middle, and some objects are done. */
  async start(
    operation: Operation,
    at: "in-request" | "in-answer" | "answer",
    ...more: string[]
  ): Promise<ReturnType<typeof startCli>> {
    // A range of a large object: only then something of it is in the target already.
    const isMeant = (request: SeenRequest): boolean =>
      request.operation === operation &&
      (operation !== "GetObject" || request.headers.has("range"));
    // The first request of a kind passes: the second one is in the middle of the run.
    const gate = this.proxy.hold(isMeant, at, { skip: 1 });
    this.gate = gate;
    const child = startCli([...this.args, ...more], {
      env: { ...env, AWS_ENDPOINT_URL: this.proxy.endpoint },
    });
    await Promise.race([gate.reached, child.exited]);
    expect(child.exitCode).toBeNull();
    return child;
  }

  /** What has arrived, temporary files and all. */
  arrived(): Promise<Record<string, string>> {
    return this.route === "download"
      ? Promise.resolve(fileDigests(this.local.path))
      : objectDigests(this.to);
  }

  /** Runs to the end, without the proxy. */
  finish(): ReturnType<typeof runCli> {
    return runCli(this.args, { env });
  }

  /** Runs to the end, at the same address. */
  goOn(): ReturnType<typeof runCli> {
    this.gate?.open();
    return runCli(this.args, { env: { ...env, AWS_ENDPOINT_URL: this.proxy.endpoint } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gate?.open();
    await this.stack[Symbol.asyncDispose]();
  }
}

/** Requests in whose middle a run can be, with the point at which it is held. */
const middles = [
  { route: "upload", operation: "UploadPart", at: "in-request" },
  { route: "upload", operation: "PutObject", at: "in-request" },
  { route: "upload", operation: "CompleteMultipartUpload", at: "answer" },
  { route: "download", operation: "GetObject", at: "in-answer" },
  { route: "copy", operation: "UploadPart", at: "in-request" },
  { route: "copy", operation: "GetObject", at: "in-answer" },
  { route: "server-side copy", operation: "UploadPartCopy", at: "answer" },
] as const;

const tempName = /(?:^|\/)\.s3sync-[^/]+\.(?:tmp|part)$/;

function expectOnlyWholeObjects(arrived: Record<string, string>): void {
  const wanted = treeDigests(tree);
  for (const [name, digest] of Object.entries(arrived)) {
    if (!tempName.test(name)) expect({ [name]: digest }).toEqual({ [name]: wanted[name] ?? "?" });
  }
}

describe("kill -9", () => {
  test.each(middles)(
    "in the middle of $operation of the $route: nothing half is visible, and the next run completes it",
    async ({ route, operation, at }) => {
      await using midway = await Midway.begin(route);
      const child = await midway.start(operation, at);
      child.kill("SIGKILL");
      await child.exited;
      expectOnlyWholeObjects(await midway.arrived());
      expect((await midway.finish()).exitCode).toBe(0);
      expect(await midway.arrived()).toEqual(treeDigests(tree));
      const { stderr } = await midway.finish();
      expect(stderr).toMatch(new RegExp(`transferred +0 objects.*skipped ${count} objects`));
    },
    30_000,
  );

  test("leaves a temporary file that no later run takes for data", async () => {
    await using midway = await Midway.begin("download");
    const child = await midway.start("GetObject", "in-answer");
    child.kill("SIGKILL");
    await child.exited;
    const left = Object.keys(await midway.arrived()).filter((name) => tempName.test(name));
    expect(left).not.toEqual([]);
    const target = midway.args[1] ?? "";
    await using other = await TestBucket.create();
    expect((await runCli([target, other.url()], { env })).exitCode).toBe(0);
    expect((await other.keys()).filter((key) => tempName.test(key))).toEqual([]);
  }, 30_000);

  test("in a download of one exact key leaves nothing that its next run does not remove", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("d/one", randomBytes("one", 12 * MiB));
    using dir = new TempDir();
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold("GetObject", "in-answer");
    const args = [bucket.url("d/one"), dir.path];
    const child = startCli(args, { env: { ...env, AWS_ENDPOINT_URL: proxy.endpoint } });
    await gate.reached;
    child.kill("SIGKILL");
    await child.exited;
    gate.open();
    expect((await runCli(args, { env })).exitCode).toBe(0);
    expect(dir.files()).toEqual(["one"]);
  }, 30_000);
});

describe("SIGTERM with --keep-partial", () => {
  test.each([middles[0], middles[3], middles[6]])(
    "in the middle of $operation of the $route: the next run goes on with what is there",
    async ({ route, operation, at }) => {
      await using midway = await Midway.begin(route);
      const more = ["--keep-partial", "--max-parallel-uploads=1"];
      const child = await midway.start(operation, at, ...more);
      child.kill("SIGTERM");
      expect(await child.exited).toBe(143);
      expectOnlyWholeObjects(await midway.arrived());
      const { exitCode, stderr } = await midway.goOn();
      expect(exitCode).toBe(0);
      expect(stderr).toContain("gone on with");
      expect(await midway.arrived()).toEqual(treeDigests(tree));
      expect(await midway.to.openUploads()).toBe(0);
    },
    30_000,
  );
});

describe.each([
  { signal: "SIGTERM", exitCode: 143, stopped: middles },
  // Both signals take the same way: one request of each direction is enough.
  { signal: "SIGINT", exitCode: 130, stopped: [middles[0], middles[3], middles[6]] },
] as const)("$signal", ({ signal, exitCode, stopped }) => {
  test.each([...stopped])(
    `in the middle of $operation of the $route: exit code ${exitCode}, and nothing is left behind`,
    async ({ route, operation, at }) => {
      await using midway = await Midway.begin(route);
      const child = await midway.start(operation, at);
      child.kill(signal);
      expect(await child.exited).toBe(exitCode);
      expect(await new Response(child.stderr).text()).not.toMatch(/error:|^\s+at /m);
      const arrived = await midway.arrived();
      expectOnlyWholeObjects(arrived);
      expect(Object.keys(arrived).filter((name) => tempName.test(name))).toEqual([]);
      expect(await midway.to.openUploads()).toBe(0);
      expect((await midway.finish()).exitCode).toBe(0);
      expect(await midway.arrived()).toEqual(treeDigests(tree));
    },
    30_000,
  );

  test.each(["0", "2"])(
    "stops threads as well (--threads=%s)",
    async (threads) => {
      await using midway = await Midway.begin("upload");
      const child = await midway.start("UploadPart", "in-request", `--threads=${threads}`);
      child.kill(signal);
      expect(await child.exited).toBe(exitCode);
      expect(await midway.to.openUploads()).toBe(0);
    },
    30_000,
  );

  test("a second time ends the process at once, whatever is still to be cleaned up", async () => {
    await using midway = await Midway.begin("upload");
    const cleaning = midway.proxy.hold("AbortMultipartUpload", "request");
    const child = await midway.start("UploadPart", "in-request");
    child.kill(signal);
    await cleaning.reached;
    const secondAt = performance.now();
    child.kill(signal);
    expect(await child.exited).toBe(exitCode);
    expect(performance.now() - secondAt).toBeLessThan(2000);
    cleaning.open();
  }, 30_000);

  test("while the server is only refusing ends the run soon", async () => {
    await using midway = await Midway.begin("upload");
    const storm = midway.proxy.inject("PutObject", {
      kind: "refuse",
      status: 503,
      code: "SlowDown",
      headers: { "retry-after": "60" },
    });
    const child = startCli(midway.args, {
      env: { ...env, AWS_ENDPOINT_URL: midway.proxy.endpoint },
    });
    await storm.met;
    const stoppedAt = performance.now();
    child.kill(signal);
    expect(await child.exited).toBe(exitCode);
    expect(performance.now() - stoppedAt).toBeLessThan(5000);
  }, 30_000);

  test("deletes nothing", async () => {
    await using midway = await Midway.begin("upload");
    await midway.to.put("old", "x");
    const child = await midway.start("PutObject", "in-request", "--delete");
    child.kill(signal);
    expect(await child.exited).toBe(exitCode);
    expect(await midway.to.keys()).toContain("old");
  }, 30_000);
});
