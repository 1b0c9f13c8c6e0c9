/**
 * Listings that cannot be trusted: nothing is deleted, and nothing counts as done.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { type Answer, type Fault, FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { plantObjects } from "../support/trees.ts";

const objects = { a: "1", b: "2", c: "3", d: "4", e: "5" };
const quick = { maxKeys: 2, awsMaxAttempts: 3, initialBackoffMilliseconds: 1 };

function changed(change: (xml: string) => string): Fault {
  return {
    kind: "rewrite",
    rewrite: ({ status, headers, body }: Answer) => ({
      status,
      headers,
      body: Buffer.from(change(body.toString())),
    }),
  };
}

/** Lists such a source in pages of two, with --delete, into a directory that holds all of it and more. */
async function download(fault: Fault, skip: number, times?: number): Promise<[Summary, string[]]> {
  await using bucket = await TestBucket.create();
  await plantObjects(bucket, objects);
  using dir = new TempDir();
  const side = bucket.side("source");
  await sync({ source: bucket.url(), target: dir.path, ...side });
  await using proxy = await FaultProxy.start(httpServer());
  const injection = proxy.inject(
    // The listing of the keys themselves; others look for keys that begin with a slash.
    ({ operation, target }) => operation === "ListObjectsV2" && target.includes("start-after=%2F"),
    fault,
    { skip, ...(times === undefined ? {} : { times }) },
  );
  const summary = await sync({
    source: bucket.url(),
    target: dir.path,
    ...side,
    ...quick,
    sourceEndpointUrl: proxy.endpoint,
    delete: true,
  });
  expect(injection.hits).toBeGreaterThan(0);
  return [summary, dir.files()];
}

/** The same with S3 on both sides, where there is one plain listing of each. */
async function copy(
  fault: Fault,
  skip: number,
  times?: number,
  more: Partial<ConfigInput> = {},
): Promise<[Summary, string[]]> {
  await using from = await TestBucket.create();
  await plantObjects(from, objects);
  await using to = await TestBucket.create();
  await plantObjects(to, objects);
  await using proxy = await FaultProxy.start(httpServer());
  const injection = proxy.inject(
    ({ operation, target }) => operation === "ListObjectsV2" && target.startsWith(`/${from.name}?`),
    fault,
    { skip, ...(times === undefined ? {} : { times }) },
  );
  const summary = await sync({
    source: from.url(),
    target: to.url(),
    ...from.side("source"),
    ...to.side("target"),
    ...quick,
    ...more,
    sourceEndpointUrl: proxy.endpoint,
    delete: true,
  });
  expect(injection.hits).toBeGreaterThan(0);
  return [summary, await to.keys()];
}

const lies: readonly { readonly how: string; readonly fault: Fault }[] = [
  { how: "is cut in the middle", fault: changed((xml) => xml.slice(0, xml.length / 2)) },
  { how: "is empty", fault: changed(() => "") },
  { how: "is a web page", fault: changed(() => "<html><body>It works!</body></html>") },
  {
    how: "says that there is more, but not how to go on",
    fault: changed((xml) =>
      xml
        .replace(/<NextContinuationToken>.*<\/NextContinuationToken>/, "")
        .replace("<IsTruncated>false", "<IsTruncated>true"),
    ),
  },
  {
    how: "is not in order",
    fault: changed((xml) => {
      const all = xml.match(/<Contents>.*?<\/Contents>/gs) ?? [];
      return xml.replace(all.join(""), all.toReversed().join(""));
    }),
  },
  {
    how: "shows a key twice",
    fault: changed((xml) => xml.replace(/<Contents>.*?<\/Contents>/s, "$&$&")),
  },
  {
    how: "is empty and leads back to itself",
    fault: changed((xml) =>
      xml
        .replaceAll(/<Contents>.*?<\/Contents>/gs, "")
        .replace(/<NextContinuationToken>.*<\/NextContinuationToken>/, "")
        .replace(
          /<IsTruncated>[a-z]*<\/IsTruncated>/,
          "<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>",
        ),
    ),
  },
  { how: "is refused", fault: { kind: "refuse", status: 403, code: "AccessDenied" } },
  { how: "is not found", fault: { kind: "refuse", status: 404, code: "NotFound" } },
  { how: "has an unknown error", fault: { kind: "refuse", status: 400, code: "WhoKnows" } },
];

describe.each([
  { page: "first", skip: 0 },
  { page: "second", skip: 1 },
])("when the $page page of a listing", ({ skip }) => {
  test.each(lies)("$how, the copy is an error and nothing is deleted", async ({ fault }) => {
    const [summary, keys] = await copy(fault, skip);
    expect(summary).toMatchObject({ deleted: 0 });
    expect(summary.errors).toBe(1);
    expect(keys).toEqual(Object.keys(objects));
  });
});

test.each(lies)(
  "when a listing of a download $how, it is an error and nothing is deleted",
  async ({ fault }) => {
    const [summary, files] = await download(fault, 0);
    expect(summary).toMatchObject({ deleted: 0 });
    expect(summary.errors).toBe(1);
    expect(files).toEqual(Object.keys(objects));
  },
);

test.each(lies.slice(0, 3))("a page that $how, once, is asked for again", async ({ fault }) => {
  const [summary] = await copy(fault, 1, 1);
  expect(summary).toMatchObject({ skipped: 5, deleted: 0, errors: 0, warnings: 0 });
});

test("a server that gives the same page for ever is an error, not an endless run", async () => {
  await using bucket = await TestBucket.create();
  await plantObjects(bucket, objects);
  await using to = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  let first: Buffer | undefined;
  proxy.inject("ListObjectsV2", {
    kind: "rewrite",
    rewrite: ({ status, headers, body }) => ({ status, headers, body: (first ??= body) }),
  });
  const summary = await sync({
    source: bucket.url(),
    target: to.url(),
    ...bucket.side("source"),
    ...to.side("target"),
    ...quick,
    sourceEndpointUrl: proxy.endpoint,
  });
  expect(summary.errors).toBe(1);
});

test("a listing that is never answered is an error, and nothing is deleted", async () => {
  const patience = { operationAttemptTimeoutMilliseconds: 500, awsMaxAttempts: 2 };
  const [summary, keys] = await copy(
    { kind: "stall", at: "before-answer" },
    0,
    undefined,
    patience,
  );
  expect(summary).toMatchObject({ errors: 1, deleted: 0 });
  expect(keys).toEqual(Object.keys(objects));
});

test("a listing that shows what was not asked for is an error, and nothing is deleted", async () => {
  const fault = changed((xml) => xml.replace(/<Key>[^<]*a<\/Key>/, "<Key>other/a</Key>"));
  await using bucket = await TestBucket.create();
  await plantObjects(bucket, { "p/a": "1" });
  await using to = await TestBucket.create();
  await plantObjects(to, { old: "1" });
  await using proxy = await FaultProxy.start(httpServer());
  const injection = proxy.inject("ListObjectsV2", fault);
  const summary = await sync({
    ...{ source: bucket.url("p/"), target: to.url(), delete: true },
    ...{ ...bucket.side("source"), ...to.side("target"), sourceEndpointUrl: proxy.endpoint },
  });
  expect(injection.hits).toBe(1);
  expect(summary).toMatchObject({ errors: 1, deleted: 0, transferredObjects: 0 });
  expect(await to.keys()).toEqual(["old"]);
});
