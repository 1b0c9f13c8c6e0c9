/**
 * A large object from bucket to bucket, moved by two workers.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";

import { follow } from "../../src/cluster/control/follow.ts";
import { submit } from "../../src/cluster/control/submit.ts";
import type { Ground } from "../../src/cluster/ground.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { Worker } from "../../src/cluster/work/worker.ts";
import type { SyncEvent } from "../../src/core/events.ts";
import { openS3 } from "../../src/store/s3/open.ts";
import { s3Options } from "../contract/s3-subject.ts";
import { TestBucket } from "../support/bucket.ts";
import { MemoryServers } from "../support/memory-ground.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { patient } from "../support/patience.ts";
import { digest, MiB, randomBytes } from "../support/trees.ts";
import { uploadParts } from "../support/upload-parts.ts";
import { never } from "./job-kit.ts";
import { numbersTo, sharing } from "./parts-kit.ts";

const partBytes = 8 * MiB;
const count = 25;
const large = { ...sharing, takeBytes: 2 * partBytes, tellMs: 1000, patienceMs: 30_000 };

function partOf(content: Uint8Array, number: number): Uint8Array {
  return content.subarray((number - 1) * partBytes, number * partBytes);
}

/** Stores of one worker, and how many parts it has sent, by its threads as well. */
async function storesFor(from: TestBucket, to: TestBucket) {
  let parts = 0;
  const source = await openS3(s3Options(from, ""), () => undefined);
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "request" && event.operation === "UploadPart") parts += 1;
  };
  const target = await openS3(s3Options(to, ""), onEvent);
  return { stores: { source, target }, onEvent, sent: () => parts };
}

async function moves(connect: () => Promise<Ground>): Promise<void> {
  await using from = await TestBucket.create();
  await using to = await TestBucket.create();
  const content = randomBytes("large", count * partBytes);
  await uploadParts(
    from,
    "large",
    numbersTo(count).map((number) => partOf(content, number)),
  );
  const both = [await storesFor(from, to), await storesFor(from, to)];
  const end = new AbortController();
  const working: Promise<void>[] = [];
  await using onlooker = await connect();
  for (const { stores, onEvent } of both) {
    const options = { slots: 1, sharing: large, stores, onEvent, ending: end.signal, lookMs: 100 };
    working.push(new Worker(await connect(), options).run());
  }
  await submit(onlooker, "nightly", { source: "s3://a/", target: "s3://b/" });
  const { summary } = await follow(onlooker, "nightly", { signal: never, everyMs: 20 });
  end.abort();
  await Promise.all(working);
  expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1, errors: 0 });
  const [one = 0, other = 0] = both.map(({ sent }) => sent());
  expect(one + other).toBe(count);
  expect(Math.min(one, other)).toBeGreaterThan(0);
  const [[was], [is]] = [await from.list(), await to.list()];
  expect(is).toEqual(was);
  expect(digest(await to.get("large"))).toBe(digest(content));
  const left = await to.client.send(new ListMultipartUploadsCommand({ Bucket: to.name }));
  expect(left.Uploads ?? []).toEqual([]);
  for (const { stores } of both) await Promise.all([stores.source.close(), stores.target.close()]);
}

describe("an object of 200 MiB is sent by two workers, each part once, and has the ETag that it had", () => {
  test(
    "within one process",
    async () => {
      const servers = new MemoryServers();
      await moves(async () => servers.connect());
    },
    patient(60_000),
  );

  test.skipIf(!hasNats)(
    `on a server of NATS${hasNats ? "" : " (needs nats-server)"}`,
    async () => {
      await using server = await NatsServer.start();
      await using connected = new AsyncDisposableStack();
      await moves(async () => connected.use(await openNatsGround({ servers: server.url }, never)));
    },
    patient(60_000),
  );
});
