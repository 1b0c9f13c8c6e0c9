/**
 * Large objects that the server copies: workers have it copy them together, with the same outcome as one run.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { GetObjectCommand } from "@aws-sdk/client-s3";

import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { SyncError } from "../../src/core/errors.ts";
import { sync } from "../../src/index.ts";
import { asTheBucketSays, type CustomerKey } from "../../src/store/s3/encryption.ts";
import { openS3 } from "../../src/store/s3/open.ts";
import { s3Options } from "../contract/s3-subject.ts";
import { TestBucket } from "../support/bucket.ts";
import { untilLater } from "../support/capabilities.ts";
import { type MemoryGround, MemoryServers } from "../support/memory-ground.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { patient } from "../support/patience.ts";
import { hasTlsServer, type TestServer, tlsServer } from "../support/servers.ts";
import { digest } from "../support/trees.ts";
import { copying, CopyScene, count, type Joined, type JoinOptions, shown } from "./copy-kit.ts";
import { never } from "./job-kit.ts";
import { meeting, numbersTo, partRecords, putLarge, toldParts, until } from "./parts-kit.ts";

const timeoutMs = patient(30_000);

/** A cluster within this process, whose workers can die. */
class MemoryCopies {
  readonly servers = new MemoryServers({ leaseMs: 40 });
  /** In the order in which they were asked for. */
  readonly grounds: MemoryGround[] = [];

  begin(server?: TestServer): Promise<CopyScene> {
    return CopyScene.begin(async () => {
      const ground = this.servers.connect();
      this.grounds.push(ground);
      return ground;
    }, server);
  }
}

/** Two workers, of whom none copies anything before both do. */
async function both(scene: CopyScene, more: JoinOptions = {}): Promise<readonly Joined[]> {
  const meet = meeting();
  const join = (name: string): Promise<Joined> => scene.join({ ...more, before: meet(name) });
  return [await join("one"), await join("other")];
}

function sent(workers: readonly Joined[]): number {
  return workers.reduce((sum, worker) => sum + worker.requests(), 0);
}

/** All that is in a bucket, and what has begun to be. */
async function heldBy(bucket: TestBucket): Promise<unknown> {
  return [await bucket.keys(), await bucket.openUploads()];
}

/** A key that the server uses and forgets. */
function customerKey(byte: number): CustomerKey {
  const key = Buffer.alloc(32, byte);
  const md5 = new Bun.CryptoHasher("md5").update(key).digest("base64");
  return { key: key.toString("base64"), md5 };
}

async function copies(scene: CopyScene): Promise<void> {
  const content = await scene.put("large");
  const workers = await both(scene);
  const { summary, troubles } = await scene.carryOut();
  expect(troubles).toEqual([]);
  expect(summary).toMatchObject({
    ...{ transferredObjects: 1, errors: 0, warnings: 0, etagVerified: 1 },
    transferredBytes: content.byteLength,
  });
  expect(sent(workers)).toBe(count);
  expect(workers.map(({ target }) => target.parts.length > 0)).toEqual([true, true]);
  const all = workers.flatMap(({ target }) => target.parts);
  expect(all.toSorted((a, b) => a - b)).toEqual(numbersTo(count));
  expect(await heldBy(scene.to)).toEqual([["large"], 0]);
  expect(digest(await scene.to.get("large"))).toBe(digest(content));
  await using alone = await TestBucket.create();
  const sides = { ...scene.from.side("source"), ...alone.side("target") };
  await sync({ source: scene.from.url(), target: alone.url(), ...sides, ...copying });
  expect(await shown(scene.to)).toEqual(await shown(alone));
  expect(await shown(scene.to)).toEqual(await shown(scene.from));
}

describe("a large object that the server copies is copied by two workers, each part once, and is what one run makes of it", () => {
  test(
    "within one process",
    async () => {
      const memory = new MemoryCopies();
      await using scene = await memory.begin();
      await copies(scene);
      expect(partRecords(memory.servers)).toEqual([]);
    },
    timeoutMs,
  );

  test.skipIf(!hasNats)(
    `on a server of NATS${hasNats ? "" : " (needs nats-server)"}`,
    async () => {
      await using server = await NatsServer.start();
      await using connected = new AsyncDisposableStack();
      await using scene = await CopyScene.begin(async () =>
        connected.use(await openNatsGround({ servers: server.url }, never)),
      );
      await copies(scene);
    },
    timeoutMs,
  );
});

describe("a large object that the server copies", () => {
  test(
    "is gone on with when its leader dies: what is told of is not copied again",
    async () => {
      const memory = new MemoryCopies();
      const { servers, grounds } = memory;
      await using scene = await memory.begin();
      const content = await scene.put("large");
      let told: number[] = [];
      const first = await scene.join({
        before: async ({ number }) => {
          if (number < 5) return;
          const [ground] = grounds;
          await until(() => ground?.crashed.aborted === true || toldParts(servers).length === 4);
          if (ground?.crashed.aborted === false) told = toldParts(servers);
          ground?.crash();
          throw new SyncError("network", "dead");
        },
      });
      const outcome = scene.carryOut();
      await until(() => grounds[0]?.crashed.aborted === true);
      const second = await scene.join();
      const { job, summary } = await outcome;
      expect(job.end).toBe("done");
      expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, etagVerified: 1 });
      expect(told.toSorted((a, b) => a - b)).toEqual(numbersTo(4));
      const rest = numbersTo(count).filter((number) => !told.includes(number));
      expect(second.target.parts.toSorted((a, b) => a - b)).toEqual(rest);
      expect(sent([first, second])).toBe(count);
      expect(await heldBy(scene.to)).toEqual([["large"], 0]);
      expect(digest(await scene.to.get("large"))).toBe(digest(content));
      expect(await shown(scene.to)).toEqual(await shown(scene.from));
      expect(partRecords(servers)).toEqual([]);
    },
    timeoutMs,
  );

  test(
    "is copied by its leader when whoever helps dies",
    async () => {
      const memory = new MemoryCopies();
      await using scene = await memory.begin();
      const content = await scene.put("large");
      const meet = meeting();
      await scene.join({ before: meet("leader") });
      const helper = await scene.join({
        before: async () => {
          await meet("helper")();
          memory.grounds[1]?.crash();
          throw new SyncError("network", "dead");
        },
      });
      const { job, summary } = await scene.carryOut();
      expect(job.end).toBe("done");
      expect(summary).toMatchObject({ transferredObjects: 1, errors: 0 });
      expect(helper.target.parts).toEqual([]);
      expect(await heldBy(scene.to)).toEqual([["large"], 0]);
      expect(digest(await scene.to.get("large"))).toBe(digest(content));
    },
    timeoutMs,
  );

  test(
    "that changes meanwhile ends as it does when one copies it, and nothing takes its place",
    async () => {
      const outcomes: unknown[] = [];
      for (const isShared of [false, true]) {
        await using scene = await new MemoryCopies().begin();
        await scene.put("before");
        let change: Promise<unknown> | undefined;
        const meet = meeting();
        const join = (name: string): Promise<Joined> =>
          scene.join({
            ...(isShared ? {} : { fromBytes: Number.MAX_SAFE_INTEGER }),
            before: async () => {
              if (isShared) await meet(name)();
              await (change ??= scene.put("after"));
            },
          });
        await join("one");
        await join("other");
        const { troubles, summary } = await scene.carryOut({ continueOnError: true });
        const told = troubles.map(({ type, error }) => [type, error.code, error.message]);
        const { transferredObjects, warnings, errors } = summary;
        expect(await heldBy(scene.to)).toEqual([[], 0]);
        outcomes.push({ told, transferredObjects, warnings, errors });
      }
      const [alone, shared] = outcomes;
      expect(shared).toEqual(alone);
      expect(shared).toMatchObject({ told: [["warning", "source-changed", expect.anything()]] });
    },
    timeoutMs,
  );

  test(
    "that changes meanwhile arrives as it is by then when it is tried again",
    async () => {
      const memory = new MemoryCopies();
      await using scene = await memory.begin();
      await scene.put("before");
      let change: Promise<Uint8Array> | undefined;
      const meet = meeting();
      const join = (name: string): Promise<Joined> =>
        scene.join({
          before: async () => {
            await meet(name)();
            await (change ??= scene.put("after"));
          },
        });
      await join("one");
      await join("other");
      const retrying = { forceRetryCount: 1, forceRetryIntervalMilliseconds: 1 };
      const { summary, troubles } = await scene.carryOut(retrying);
      expect(troubles).toEqual([]);
      expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, etagVerified: 1 });
      expect(digest(await scene.to.get("large"))).toBe(digest((await change) ?? new Uint8Array()));
      expect(await heldBy(scene.to)).toEqual([["large"], 0]);
      expect(partRecords(memory.servers)).toEqual([]);
    },
    timeoutMs,
  );

  test(
    "is asked for without naming a version, as one run does: that would take another right",
    async () => {
      await using scene = await new MemoryCopies().begin();
      await scene.from.keepVersions();
      await scene.put("large");
      const workers = await both(scene);
      expect((await scene.carryOut()).summary).toMatchObject({ transferredObjects: 1, errors: 0 });
      expect(workers.map(({ target }) => [...target.versions])).toEqual([[undefined], [undefined]]);
    },
    timeoutMs,
  );

  test(
    "is copied as it was at a point in time, though there is a newer version of it",
    async () => {
      await using scene = await new MemoryCopies().begin();
      await scene.from.keepVersions();
      const content = await scene.put("before");
      const was = await shown(scene.from);
      const { VersionId } = await scene.from.head("large");
      await untilLater();
      const then = new Date();
      await untilLater();
      await scene.put("after");
      const workers = await both(scene, {
        sides: { source: { pointInTimeMs: then.getTime() } },
      });
      const { summary, troubles } = await scene.carryOut({ pointInTime: then });
      expect(troubles).toEqual([]);
      expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, etagVerified: 1 });
      expect(sent(workers)).toBe(count);
      expect(workers.map(({ target }) => [...target.versions])).toEqual([[VersionId], [VersionId]]);
      expect(digest(await scene.to.get("large"))).toBe(digest(content));
      const is = await shown(scene.to);
      expect([is.ETag, is.tags]).toEqual([was.ETag, was.tags]);
    },
    timeoutMs,
  );

  test.skipIf(!hasTlsServer())(
    "is encrypted with the keys that workers have, of which nothing is on record (needs a TLS server)",
    async () => {
      const memory = new MemoryCopies();
      await using scene = await memory.begin(tlsServer());
      const [one, two] = [customerKey(1), customerKey(2)];
      const withKey = (key: CustomerKey) => ({
        encryption: { ...asTheBucketSays, customerKey: key },
      });
      const place = await openS3(
        { ...s3Options(scene.from, ""), ...withKey(one) },
        () => undefined,
      );
      const content = await putLarge(place, "large", count);
      await place.close();
      const meet = meeting();
      const records = new Set<string>();
      const join = (name: string): Promise<Joined> =>
        scene.join({
          sides: { source: withKey(one), target: withKey(two) },
          before: async () => {
            await meet(name)();
            for (const { text } of memory.servers.records.entries.values()) records.add(text);
          },
        });
      const workers = [await join("one"), await join("other")];
      const { summary, troubles } = await scene.carryOut();
      expect(troubles).toEqual([]);
      expect(summary).toMatchObject({ transferredObjects: 1, errors: 0 });
      expect(sent(workers)).toBe(count);
      expect(workers.map(({ target }) => target.parts.length > 0)).toEqual([true, true]);
      const { key, md5 } = two;
      const read = new GetObjectCommand({
        ...{ Bucket: scene.to.name, Key: "large", SSECustomerAlgorithm: "AES256" },
        ...{ SSECustomerKey: key, SSECustomerKeyMD5: md5 },
      });
      const answer = await scene.to.client.send(read);
      const bytes = await answer.Body?.transformToByteArray();
      expect(digest(bytes ?? new Uint8Array())).toBe(digest(content));
      const text = [...records].join("\n");
      expect(text).toContain('"copy"');
      for (const secret of [one.key, one.md5, two.key, two.md5]) expect(text).not.toContain(secret);
    },
    timeoutMs,
  );
});
