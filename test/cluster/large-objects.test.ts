/**
 * A large object from bucket to bucket, moved by two workers.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";

import type { SyncEvent } from "../../src/core/events.ts";
import { openS3 } from "../../src/store/s3/open.ts";
import { s3Options } from "../contract/s3-subject.ts";
import { TestBucket } from "../support/bucket.ts";
import { patient } from "../support/patience.ts";
import { digest, MiB, randomBytes } from "../support/trees.ts";
import { uploadParts } from "../support/upload-parts.ts";
import { JobScene } from "./job-kit.ts";
import { numbersTo, sharing } from "./parts-kit.ts";

const partBytes = 8 * MiB;
const count = 25;

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

test(
  "an object of 200 MiB is sent by both workers, each part once, and has the ETag that it had",
  async () => {
    await using from = await TestBucket.create();
    await using to = await TestBucket.create();
    const content = randomBytes("large", count * partBytes);
    await uploadParts(
      from,
      "large",
      numbersTo(count).map((number) => partOf(content, number)),
    );
    await using scene = new JobScene();
    const both = [await storesFor(from, to), await storesFor(from, to)];
    const large = { ...sharing, takeBytes: 2 * partBytes, patienceMs: 30_000 };
    for (const { stores, onEvent } of both) {
      scene.work({ slots: 1, sharing: large, stores, onEvent });
    }
    const { summary, troubles } = await scene.carryOut();
    expect(troubles).toEqual([]);
    expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1, errors: 0 });
    const [one = 0, other = 0] = both.map(({ sent }) => sent());
    expect(one + other).toBe(count);
    expect(Math.min(one, other)).toBeGreaterThan(0);
    const [[was], [is]] = [await from.list(), await to.list()];
    expect(is).toEqual(was);
    expect(digest(await to.get("large"))).toBe(digest(content));
    const left = await to.client.send(new ListMultipartUploadsCommand({ Bucket: to.name }));
    expect(left.Uploads ?? []).toEqual([]);
    for (const { stores } of both)
      await Promise.all([stores.source.close(), stores.target.close()]);
  },
  patient(60_000),
);
