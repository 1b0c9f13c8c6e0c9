/**
 * `--report-sync-status`: in all three directions, with one object that was damaged, one that is missing on each
 * side, one with other metadata and one with other tags.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { type ConfigInput, type StatusCounts, sync, type SyncEvent } from "../../src/index.ts";
import { compileRegex } from "../../src/regex/regex.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;
const large = randomBytes("large", 2 * five + 7);
const algorithm = "SHA256";
const bySums = { checkAdditionalChecksum: algorithm } as const;
const sum = { ChecksumAlgorithm: algorithm } as const;

type Told = Extract<SyncEvent, { type: "status" }>;

/** Runs a report and gathers what it tells. */
async function report(
  input: ConfigInput,
): Promise<{ told: readonly Told[]; counts: StatusCounts | undefined }> {
  const told: Told[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "status") told.push(event);
  };
  const summary = await sync({ ...input, reportSyncStatus: true }, { onEvent });
  expect(summary).toMatchObject({ errors: 0, warnings: 0, transferredObjects: 0, deleted: 0 });
  expect(summary.traffic.sentBytes).toBe(0);
  return { told, counts: summary.status };
}

/** `key: status` of each kind that was told, sorted. */
function lines(told: readonly Told[], of: Told["of"]): string[] {
  return told
    .filter((each) => each.of === of)
    .map(({ key, status }) => `${key}: ${status}`)
    .toSorted();
}

describe("from bucket to bucket", () => {
  let source: TestBucket;
  let target: TestBucket;
  let places: ConfigInput;

  beforeAll(async () => {
    [source, target] = [await TestBucket.create(), await TestBucket.create()];
    const both = { CacheControl: "no-store", ...sum };
    await source.put("p/same", "same", { ...both, Tagging: "a=1&b=2" });
    await target.put("q/same", "same", { ...both, Tagging: "b=2&a=1" });
    await source.put("p/damaged", "one", sum);
    await target.put("q/damaged", "two", sum);
    await source.put("p/longer", "longer", sum);
    await target.put("q/longer", "long", sum);
    await source.put("p/missing", "x", sum);
    await target.put("q/extra", "x", sum);
    await source.put("p/metadata", "x", { ...sum, Metadata: { m: "1" }, ContentType: "text/a" });
    await target.put("q/metadata", "x", { ...sum, Metadata: { m: "2" }, ContentType: "text/a" });
    await source.put("p/tags", "x", { ...sum, Tagging: "a=1" });
    await target.put("q/tags", "x", { ...sum, Tagging: "a=2" });
    await source.put("p/origin", "x", sum);
    await target.put("q/origin", "x", { ...sum, Metadata: { s3sync_origin_version_id: "v" } });
    await source.put("p/sumless", "x");
    await target.put("q/sumless", "x");
    const sides = { ...source.side("source"), ...target.side("target") };
    places = { source: source.url("p/"), target: target.url("q/"), ...sides };
  });
  afterAll(async () => {
    await source[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });

  test("by ETags", async () => {
    const { told, counts } = await report(places);
    expect(lines(told, "existence")).toEqual(["extra: NOT_FOUND_IN_SOURCE", "missing: NOT_FOUND"]);
    expect(lines(told, "etag")).toEqual([
      ...["damaged: MISMATCH", "longer: MISMATCH", "metadata: MATCHES", "origin: MATCHES"],
      ...["same: MATCHES", "sumless: MATCHES", "tags: MATCHES"],
    ]);
    expect(counts).toMatchObject({
      ...{ objects: 8, notFound: 1, notFoundInSource: 1 },
      etag: { MATCHES: 5, MISMATCH: 2, UNKNOWN: 0 },
      checksum: { MATCHES: 0, MISMATCH: 0, UNKNOWN: 0 },
    });
  });

  test("by checksums", async () => {
    const { told, counts } = await report({ ...places, ...bySums });
    expect(lines(told, "checksum")).toEqual([
      ...["damaged: MISMATCH", "longer: MISMATCH", "metadata: MATCHES", "origin: MATCHES"],
      ...["same: MATCHES", "sumless: UNKNOWN", "tags: MATCHES"],
    ]);
    expect(counts?.checksum).toEqual({ MATCHES: 4, MISMATCH: 2, UNKNOWN: 1 });
    const same = told.find(({ key }) => key === "same");
    expect(same).toMatchObject({
      sourceValue: "CWcRXygTo1Qervd96dnVdz8cDAQxSwu/5P87OxxVtdU=",
      targetValue: "CWcRXygTo1Qervd96dnVdz8cDAQxSwu/5P87OxxVtdU=",
    });
  });

  test("by sizes", async () => {
    const { told, counts } = await report({ ...places, checkSize: true });
    expect(lines(told, "size")).toContain("longer: MISMATCH");
    expect(counts?.size).toEqual({ MATCHES: 6, MISMATCH: 1, UNKNOWN: 0 });
  });

  test("with metadata, but for notes of where a copy comes from", async () => {
    const { told, counts } = await report({ ...places, reportMetadataSyncStatus: true });
    expect(counts?.metadata).toEqual({ MATCHES: 6, MISMATCH: 1, UNKNOWN: 0 });
    const metadata = told.find(({ of, key }) => of === "metadata" && key === "metadata");
    expect(metadata).toMatchObject({
      status: "MISMATCH",
      headers: expect.arrayContaining([
        { name: "Content-Type", status: "MATCHES", source: "text/a", target: "text/a" },
        { name: "x-amz-meta-", status: "MISMATCH", source: "m=1", target: "m=2" },
      ]),
    });
  });

  needing("keeps and counts tags").test("with tags, whatever their order", async () => {
    const { told, counts } = await report({ ...places, reportTaggingSyncStatus: true });
    expect(counts?.tagging).toEqual({ MATCHES: 6, MISMATCH: 1, UNKNOWN: 0 });
    expect(told.find(({ of, key }) => of === "tagging" && key === "tags")).toMatchObject({
      sourceTagging: "a=1",
      targetTagging: "a=2",
    });
  });

  test("only of what filters let pass, on both sides", async () => {
    const { told, counts } = await report({
      ...places,
      filterExcludeRegex: [compileRegex("^(missing|extra)")],
    });
    expect(lines(told, "existence")).toEqual([]);
    expect(counts?.objects).toBe(7);
  });
});

needing("encrypts with KMS").test("an ETag that is no MD5 is unknown", async () => {
  await using bucket = await TestBucket.create();
  await bucket.put("p/a", "x", { ServerSideEncryption: "aws:kms" });
  await bucket.put("q/a", "x");
  const sides = { ...bucket.side("source"), ...bucket.side("target") };
  const { told } = await report({ source: bucket.url("p/"), target: bucket.url("q/"), ...sides });
  expect(told).toMatchObject([
    { of: "etag", status: "UNKNOWN", reason: expect.stringContaining("aws:kms") },
  ]);
});

describe.each(["up", "down"] as const)("between files and a bucket, %s", (way) => {
  let dir: TempDir;
  let bucket: TestBucket;
  let places: ConfigInput;

  beforeAll(async () => {
    dir = new TempDir();
    bucket = await TestBucket.create();
    for (const name of ["same", "damaged", "sub/ü"]) dir.write(name, name);
    dir.write("large", large);
    dir.write("empty", "");
    // Parts as nobody's default.
    const parts = { multipartThreshold: five, multipartChunksize: five };
    const target = bucket.url("p/");
    const sums = { additionalChecksumAlgorithm: algorithm } as const;
    await sync({ source: dir.path, target, ...bucket.side("target"), ...parts, ...sums });
    dir.write("damaged", "DAMAGED");
    dir.write("only/here", "x");
    await bucket.put("p/only-there", "x", sum);
    places =
      way === "up"
        ? { source: dir.path, target, ...bucket.side("target") }
        : { source: target, target: dir.path, ...bucket.side("source") };
  });
  afterAll(async () => {
    dir[Symbol.dispose]();
    await bucket[Symbol.asyncDispose]();
  });

  const extra = way === "up" ? "only-there" : "only/here";
  const missing = way === "up" ? "only/here" : "only-there";
  const compared = [
    ...["damaged: MISMATCH", "empty: MATCHES", "large: MATCHES", "same: MATCHES"],
    "sub/ü: MATCHES",
  ];
  const existing = [`${extra}: NOT_FOUND_IN_SOURCE`, `${missing}: NOT_FOUND`].toSorted();

  needing("tells parts by their numbers").test.each([
    ["", {}],
    [", and with --auto-chunksize", { autoChunksize: true }],
  ])("by ETags, in whatever parts a large one was uploaded%s", async (_, more) => {
    const { told, counts } = await report({ ...places, ...more });
    expect(lines(told, "etag")).toEqual(compared);
    expect(lines(told, "existence")).toEqual(existing);
    expect(counts).toMatchObject({ objects: 6, etag: { MATCHES: 4, MISMATCH: 1, UNKNOWN: 0 } });
  });

  needing("checks checksums", "tells parts by their numbers").test("by checksums", async () => {
    const { told, counts } = await report({ ...places, ...bySums });
    expect(lines(told, "checksum")).toEqual(compared);
    expect(counts?.checksum).toEqual({ MATCHES: 4, MISMATCH: 1, UNKNOWN: 0 });
  });

  test("tells the ETags of both sides", async () => {
    const { told } = await report(places);
    const damaged = told.find(({ key }) => key === "damaged");
    const md5s = ["damaged", "DAMAGED"].map((text) => Bun.MD5.hash(text, "hex"));
    const [there, here] = md5s;
    expect(damaged).toMatchObject(
      way === "up"
        ? { sourceValue: here, targetValue: there }
        : { sourceValue: there, targetValue: here },
    );
  });
});
