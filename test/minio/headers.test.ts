/**
 * Headers, metadata, storage class and ACL that the user gives to what is written.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;
const parts = { multipartThreshold: five, multipartChunksize: five };
const large = randomBytes("headers", five + 1);

const given: Partial<ConfigInput> = {
  cacheControl: "max-age=60",
  contentDisposition: 'attachment; filename="x"',
  contentEncoding: "br",
  contentLanguage: "de",
  contentType: "text/x-given",
  expires: new Date("2031-02-03T04:05:06Z"),
  metadata: { mine: "1", other: "" },
};
const kept = {
  CacheControl: "max-age=60",
  ContentDisposition: 'attachment; filename="x"',
  ContentEncoding: "br",
  ContentLanguage: "de",
  ContentType: "text/x-given",
  ExpiresString: "Mon, 03 Feb 2031 04:05:06 GMT",
  Metadata: { mine: "1", other: "" },
};
const keeping = needing("keeps headers as they are given");
const keepingClasses = needing("keeps storage classes");

const leavesBehind = "leaves headers behind in copies" as const;
const ways: readonly { how: string; content: Uint8Array; options: Partial<ConfigInput> }[] = [
  { how: "at once", content: Buffer.from("x"), options: {} },
  { how: "in parts", content: large, options: {} },
  { how: "by CopyObject", content: Buffer.from("x"), options: { serverSideCopy: true } },
  { how: "by UploadPartCopy", content: large, options: { serverSideCopy: true } },
];

describe.each(ways)("a copy from S3 to S3, $how,", ({ how, content, options }) => {
  const described = {
    ContentType: "text/x-source",
    CacheControl: "no-store",
    Metadata: { theirs: "2" },
  };

  async function copied(more: Partial<ConfigInput>, about: object = described) {
    await using bucket = await TestBucket.create();
    await bucket.put("from/a", content, about);
    const summary = await sync({
      source: bucket.url("from/"),
      target: bucket.url("to/"),
      ...bucket.side("source"),
      ...bucket.side("target"),
      ...parts,
      ...options,
      ...more,
    });
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 0 });
    return await bucket.head("to/a");
  }

  keeping.test("takes what the user gives instead of what the source says", async () => {
    expect(await copied(given)).toMatchObject(kept);
  });

  test("keeps the rest of the source's", async () => {
    expect(await copied({ cacheControl: "max-age=1" })).toMatchObject({
      ...described,
      CacheControl: "max-age=1",
    });
  });

  keepingClasses.test("has the source's storage class, or that which is given", async () => {
    const StorageClass = "REDUCED_REDUNDANCY";
    const about = { ...described, StorageClass };
    for (const more of [{}, { noSyncSystemMetadata: true }]) {
      expect(await copied(more, about)).toMatchObject({ StorageClass });
    }
    expect(await copied({ storageClass: StorageClass })).toMatchObject({ StorageClass });
  });

  // In all other ways the object is made anew.
  const leaving = needing(...(how === "by CopyObject" ? [leavesBehind] : []));

  leaving.test("leaves the source's headers behind, but not its metadata", async () => {
    const head = await copied({ noSyncSystemMetadata: true });
    expect(head).toMatchObject({ Metadata: { theirs: "2" } });
    expect(head.CacheControl).toBeUndefined();
    expect(head.ContentType).not.toBe("text/x-source");
  });

  test("leaves the source's metadata behind, but not its headers", async () => {
    const head = await copied({ noSyncUserDefinedMetadata: true });
    expect(head).toMatchObject({ CacheControl: "no-store", Metadata: {} });
  });

  test("notes the source's time, also beside metadata that the user gives", async () => {
    const head = await copied({ putLastModifiedMetadata: true, metadata: { mine: "1" } });
    expect(head.Metadata).toEqual({
      mine: "1",
      s3sync_origin_last_modified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/),
    });
  });
});

keeping.test.each([
  { what: "a small file", content: Buffer.from("x") },
  { what: "a large file", content: large },
])("$what goes up with what the user gives", async ({ content }) => {
  using dir = new TempDir();
  dir.write("a.html", content, new Date("2024-05-06T07:08:09.5Z"));
  await using bucket = await TestBucket.create();
  const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts };
  await sync({ ...input, ...given, putLastModifiedMetadata: true });
  expect(await bucket.head("a.html")).toMatchObject({
    ...kept,
    Metadata: { ...kept.Metadata, s3sync_origin_last_modified: "2024-05-06T07:08:09+00:00" },
  });
});

keepingClasses.test("a file goes up with the storage class that the user gives", async () => {
  using dir = new TempDir();
  dir.write("small", "x");
  dir.write("large", large);
  await using bucket = await TestBucket.create();
  const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts };
  await sync({ ...input, storageClass: "REDUCED_REDUNDANCY" });
  for (const key of ["small", "large"]) {
    expect(await bucket.head(key)).toMatchObject({ StorageClass: "REDUCED_REDUNDANCY" });
  }
});

test("an ACL and a redirect are said with each object", async () => {
  using dir = new TempDir();
  dir.write("small", "x");
  dir.write("large", large);
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  await sync({
    source: dir.path,
    target: bucket.url(),
    ...bucket.side("target"),
    targetEndpointUrl: proxy.endpoint,
    ...parts,
    acl: "bucket-owner-full-control",
    websiteRedirect: "/elsewhere",
  });
  const making = proxy.requests.filter(({ operation }) =>
    ["PutObject", "CreateMultipartUpload"].includes(operation),
  );
  expect(making).toHaveLength(2);
  for (const { headers } of making) {
    expect(headers.get("x-amz-acl")).toBe("bucket-owner-full-control");
    expect(headers.get("x-amz-website-redirect-location")).toBe("/elsewhere");
  }
});

describe("only what the target does not have", () => {
  async function keepsTheirs(content: Uint8Array): Promise<void> {
    using dir = new TempDir();
    dir.write("a", content);
    await using bucket = await TestBucket.create();
    await using proxy = await FaultProxy.start(httpServer());
    const gate = proxy.hold(
      (request) =>
        request.operation === "PutObject" || request.operation === "CreateMultipartUpload",
      "request",
    );
    const events: SyncEvent[] = [];
    const running = sync(
      {
        source: dir.path,
        target: bucket.url(),
        ...bucket.side("target"),
        targetEndpointUrl: proxy.endpoint,
        ...parts,
        ifNoneMatch: true,
      },
      { onEvent: (event) => events.push(event) },
    );
    await gate.reached;
    await bucket.put("a", "theirs");
    gate.open();
    expect(await running).toMatchObject({ transferredObjects: 0, warnings: 1, errors: 0 });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "warning",
        key: "a",
        error: expect.objectContaining({ code: "precondition" }),
      }),
    );
    expect(Buffer.from(await bucket.get("a")).toString()).toBe("theirs");
  }
  const small = Buffer.from("new");
  needing("writes on conditions").test(
    "a small file is not written over, even when the listing is old",
    () => keepsTheirs(small),
  );
  needing("completes uploads only where nothing is").test(
    "a large file is not written over, even when the listing is old",
    () => keepsTheirs(large),
  );

  test("leaves what the target has, and a dry run says so beforehand", async () => {
    using dir = new TempDir();
    dir.write("a", "other");
    dir.write("b", "new");
    await using bucket = await TestBucket.create();
    await bucket.put("a", "theirs");
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    for (const dryRun of [true, false]) {
      expect(await sync({ ...input, ifNoneMatch: true, dryRun })).toMatchObject({
        ...{ transferredObjects: 1, warnings: 1, errors: 0 },
        failures: [{ key: "a", error: expect.objectContaining({ code: "precondition" }) }],
      });
    }
    expect(Buffer.from(await bucket.get("a")).toString()).toBe("theirs");
  });
});
