/**
 * `kill -9` at any moment of a run of mixed sizes: nothing half is ever visible, and the next run completes it, sending
 * large objects again only as far as their parts were in flight. The moments are random, by a seed; nightly runs
 * (`S3SYNC_TEST_NIGHTLY=1`) try fifty in each direction.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv, startCli } from "../support/cli.ts";
import { FaultProxy, type SeenRequest } from "../support/fault-proxy.ts";
import { leftovers, unfinishedName } from "../support/leftovers.ts";
import { isNightly, type Moment, randomMoments, standStill } from "../support/moments.ts";
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

const partBytes = 5 * MiB;
const tree = {
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [
      `d${i % 3}/small-${i}`,
      randomBytes(`${i}`, i * 20 * KiB),
    ]),
  ),
  "d1/large": randomBytes("d1/large", 12 * MiB),
  large: randomBytes("large", 16 * MiB),
  "not so large": randomBytes("not so large", 5 * MiB + 1),
};
const wanted = treeDigests(tree);
const largeBytes = Object.values(tree)
  .map(({ byteLength }) => byteLength)
  .filter((bytes) => bytes >= partBytes)
  .reduce((sum, bytes) => sum + bytes, 0);
const inFlight = 2;
const options = [
  ...["--multipart-threshold", "5MiB", "--multipart-chunksize", "5MiB"],
  ...["--max-parallel-uploads", String(inFlight)],
];

const seed = 20_261_101;
/** About as many as a whole run sends. */
const requests = { upload: 28, download: 25 } as const;

let source: TestBucket;
beforeAll(async () => {
  source = await TestBucket.create();
  using dir = new TempDir();
  plant(dir, tree);
  const env = serverEnv(httpServer());
  expect((await runCli([...options, dir.path, source.url()], { env })).exitCode).toBe(0);
}, 60_000);
afterAll(() => source[Symbol.asyncDispose]());

/** Bytes of parts that were sent, or asked for, whether they arrived or not. */
function partBytesOf(seen: readonly SeenRequest[]): number {
  return seen.reduce((sum, { operation, headers }) => {
    if (operation === "UploadPart") return sum + Number(headers.get("content-length"));
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
    return operation === "GetObject" && first !== undefined
      ? sum + Number(last) - Number(first) + 1
      : sum;
  }, 0);
}

/** A run that dies, and another one. */
class Death implements AsyncDisposable {
  private readonly stack = new AsyncDisposableStack();
  private readonly env: Record<string, string>;

  private constructor(
    private readonly direction: keyof typeof requests,
    private readonly proxy: FaultProxy,
    private readonly dir: TempDir,
    private readonly target: TestBucket,
  ) {
    for (const each of [proxy, target]) this.stack.use(each);
    this.stack.use(dir);
    this.env = {
      ...serverEnv(httpServer()),
      AWS_ENDPOINT_URL: proxy.endpoint,
      XDG_STATE_HOME: dir.at("state"),
    };
    if (direction === "upload")
      for (const [name, bytes] of Object.entries(tree)) dir.write(`from/${name}`, bytes);
  }

  static async prepare(direction: keyof typeof requests): Promise<Death> {
    return new Death(
      direction,
      await FaultProxy.start(httpServer()),
      new TempDir(),
      await TestBucket.create(),
    );
  }

  private get args(): string[] {
    const { direction, dir, target } = this;
    const places =
      direction === "upload" ? [dir.at("from"), target.url()] : [source.url(), dir.at("to")];
    return [...options, ...places];
  }

  async kill(moment: Moment): Promise<void> {
    const gate = standStill(this.proxy, moment);
    const child = startCli(this.args, { env: this.env });
    await Promise.race([gate.reached, child.exited]);
    child.kill("SIGKILL");
    await child.exited;
    gate.open();
  }

  /** What can be seen in the target. */
  async visible(): Promise<Record<string, string>> {
    const { direction, dir, target } = this;
    const all = direction === "upload" ? await objectDigests(target) : fileDigests(dir.at("to"));
    return Object.fromEntries(Object.entries(all).filter(([name]) => !unfinishedName.test(name)));
  }

  async run(): Promise<number> {
    return (await runCli(this.args, { env: this.env })).exitCode;
  }

  get sentBytes(): number {
    return partBytesOf(this.proxy.requests);
  }

  leftovers(): Promise<string[]> {
    const { direction, dir, target, proxy } = this;
    const place = direction === "upload" ? target.url() : dir.at("to");
    return leftovers(target, dir, place, dir.at("state/s3sync"), proxy.endpoint);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }
}

describe.each(["upload", "download"] as const)(
  "kill -9 in a run of mixed sizes, %s",
  (direction) => {
    const moments = randomMoments(seed, isNightly ? 50 : 6, requests[direction]);

    test.each(moments)(
      `at request $request, $at (seed ${seed}): nothing half is visible, the next run sends only what was in flight`,
      async (moment) => {
        await using death = await Death.prepare(direction);
        await death.kill(moment);
        const visible = await death.visible();
        for (const [name, digest] of Object.entries(visible)) {
          expect({ [name]: digest }).toEqual({ [name]: wanted[name] ?? "?" });
        }
        expect(await death.run()).toBe(0);
        expect(await death.visible()).toEqual(wanted);
        expect(death.sentBytes).toBeGreaterThanOrEqual(largeBytes);
        expect(death.sentBytes - largeBytes).toBeLessThanOrEqual(inFlight * partBytes);
        expect(await death.leftovers()).toEqual([]);
      },
      60_000,
    );
  },
);
