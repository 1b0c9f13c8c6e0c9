/**
 * Tags on their way: they go along from bucket to bucket, or are what the user says.
 *
 * @module
 */
import { expect } from "bun:test";

import { GetObjectTaggingCommand } from "@aws-sdk/client-s3";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const { describe, test } = needing("keeps and counts tags", "copies tags, and replaces them");

const five = 5 * MiB;
const large = randomBytes("tagged", five + 1);
const odd = { plain: "value", "two words": "a+b / c=d:e@f", empty: "" };
const query = new URLSearchParams(odd).toString();

async function tagsOf(bucket: TestBucket, key: string): Promise<Record<string, string>> {
  const command = new GetObjectTaggingCommand({ Bucket: bucket.name, Key: key });
  const { TagSet } = await bucket.client.send(command);
  return Object.fromEntries((TagSet ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

const ways: readonly { how: string; content: Uint8Array; options: Partial<ConfigInput> }[] = [
  { how: "by one PutObject", content: Buffer.from("x"), options: {} },
  { how: "in parts", content: large, options: {} },
  { how: "by CopyObject", content: Buffer.from("x"), options: { serverSideCopy: true } },
  { how: "by UploadPartCopy", content: large, options: { serverSideCopy: true } },
];

describe.each(ways)("a copy from S3 to S3, $how,", ({ content, options }) => {
  async function copied(more: Partial<ConfigInput>): Promise<Record<string, string>> {
    await using bucket = await TestBucket.create();
    await bucket.put("from/a", content, { Tagging: query });
    const { errors, warnings } = await sync({
      source: bucket.url("from/"),
      target: bucket.url("to/"),
      ...bucket.side("source"),
      ...bucket.side("target"),
      multipartThreshold: five,
      multipartChunksize: five,
      ...options,
      ...more,
    });
    expect([errors, warnings]).toEqual([0, 0]);
    return await tagsOf(bucket, "to/a");
  }

  test("keeps the source's tags", async () => {
    expect(await copied({})).toEqual(odd);
  });

  test("leaves them behind with --disable-tagging", async () => {
    expect(await copied({ disableTagging: true })).toEqual({});
  });

  test("takes others with --tagging", async () => {
    expect(await copied({ tagging: "mine=1&other=a%2Bb" })).toEqual({ mine: "1", other: "a+b" });
  });
});

test.each([
  { what: "a small file", content: Buffer.from("x") },
  { what: "a large file", content: large },
])("$what goes up with the tags of --tagging", async ({ content }) => {
  using dir = new TempDir();
  dir.write("a", content);
  await using bucket = await TestBucket.create();
  await sync({
    source: dir.path,
    target: bucket.url(),
    ...bucket.side("target"),
    multipartThreshold: five,
    multipartChunksize: five,
    tagging: "a=1",
  });
  expect(await tagsOf(bucket, "a")).toEqual({ a: "1" });
});

test("an object whose tags may not be read is a warning, and is not copied without them", async () => {
  await using bucket = await TestBucket.create();
  await bucket.put("from/a", "x", { Tagging: "a=1" });
  await bucket.put("from/b", "x");
  await using proxy = await FaultProxy.start(httpServer());
  proxy.inject("GetObjectTagging", { kind: "refuse", status: 403, code: "AccessDenied" });
  const summary = await sync({
    source: bucket.url("from/"),
    target: bucket.url("to/"),
    ...bucket.side("source"),
    ...bucket.side("target"),
    sourceEndpointUrl: proxy.endpoint,
  });
  expect(summary).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
  expect(await bucket.keys("to/")).toEqual(["to/b"]);
});
