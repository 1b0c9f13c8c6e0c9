/**
 * Every direction with every interesting size: the same bytes arrive, with the ETag that S3 makes of them,
 * proven; and a second run has nothing to do.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { patient } from "../support/patience.ts";
import { hasTlsServer, httpServer, type TestServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, etagOf, MiB, randomBytes, secondsAgo } from "../support/trees.ts";

const five = 5 * MiB;
const eight = 8 * MiB;
const name = "dir/object.bin";
const timeoutMs = patient(60_000);

/** How objects are cut, and the options that say so. */
interface Cut {
  readonly title: string;
  readonly bytes: number;
  readonly options: Partial<ConfigInput>;
}

const ours: Cut = {
  title: "threshold and chunk size 5 MiB",
  bytes: five,
  options: { multipartThreshold: five, multipartChunksize: five },
};
const usual: Cut = { title: "defaults", bytes: eight, options: {} };

/** Around the threshold, three whole parts and a byte, and something large. */
function sizesFor(cut: Cut): number[] {
  return [0, 1, cut.bytes - 1, cut.bytes, cut.bytes + 1, 3 * cut.bytes + 1];
}

const allSizes = [ours, usual].flatMap((cut) =>
  sizesFor(cut)
    .filter((size) => cut === ours || size >= eight - 1)
    .map((size) => ({ cut, size, title: `${size} bytes, ${cut.title}` })),
);
const someSizes = allSizes.filter(({ cut }) => cut === ours);
const large = 100 * MiB;

/** The ETag of an object that we write. */
function writtenETag(bytes: Uint8Array, cut: Cut): string {
  return etagOf(bytes, bytes.byteLength >= cut.bytes ? cut.bytes : undefined);
}

const verified = { transferredObjects: 1, etagVerified: 1, notVerified: 0, errors: 0, warnings: 0 };
const nothing = { transferredObjects: 0, transferredBytes: 0, skipped: 1, errors: 0, warnings: 0 };

/** Runs twice: the second time nothing may be left to do. */
async function syncTwice(input: ConfigInput): Promise<Summary> {
  const first = await sync(input);
  expect(await sync(input)).toMatchObject(nothing);
  return first;
}

/** What an object is, seen through the SDK. */
async function seen(bucket: TestBucket, key: string): Promise<object> {
  const [listed] = await bucket.list(key);
  return { etag: listed?.etag, digest: digest(await bucket.get(key)) };
}

async function upload(server: TestServer, size: number, cut: Cut): Promise<void> {
  const bytes = randomBytes(`up ${size}`, size);
  using dir = new TempDir();
  dir.write(name, bytes, secondsAgo(60));
  await using bucket = await TestBucket.create(server);
  const target = bucket.url("p/");
  const summary = await syncTwice({
    source: dir.path,
    target,
    ...bucket.side("target"),
    ...cut.options,
  });
  expect(summary).toMatchObject({ ...verified, transferredBytes: size });
  expect(await seen(bucket, `p/${name}`)).toEqual({
    etag: writtenETag(bytes, cut),
    digest: digest(bytes),
  });
}

const telling = "tells parts by their numbers" as const;

/** How an object came into the source bucket. */
type Origin = "by one PutObject" | "in parts of 5 MiB";
const origins = ["by one PutObject", "in parts of 5 MiB"] as const;

/** What is in parts is compared in these. */
function neededFor(origin: Origin): ReturnType<typeof needing> {
  return needing(...(origin === "in parts of 5 MiB" ? [telling] : []));
}

async function store(bucket: TestBucket, bytes: Uint8Array, origin: Origin): Promise<void> {
  if (origin === "by one PutObject") {
    await bucket.put(name, bytes);
    return;
  }
  using dir = new TempDir();
  dir.write(name, bytes);
  const chunk = { multipartThreshold: five, multipartChunksize: five };
  await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target"), ...chunk });
}

async function download(server: TestServer, size: number, cut: Cut, origin: Origin): Promise<void> {
  const bytes = randomBytes(`down ${size}`, size);
  await using bucket = await TestBucket.create(server);
  await store(bucket, bytes, origin);
  using dir = new TempDir();
  const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
  const summary = await syncTwice({ ...input, ...cut.options });
  expect(summary).toMatchObject({ ...verified, transferredBytes: size });
  expect(dir.files()).toEqual([name]);
  expect(digest(dir.read(name))).toBe(digest(bytes));
}

async function copy(
  server: TestServer,
  size: number,
  cut: Cut,
  origin: Origin,
  serverSideCopy: boolean,
): Promise<void> {
  const bytes = randomBytes(`copy ${size}`, size);
  await using from = await TestBucket.create(server);
  await using to = await TestBucket.create(server);
  await store(from, bytes, origin);
  const summary = await syncTwice({
    source: from.url(),
    target: to.url("q/"),
    ...from.side("source"),
    ...to.side("target"),
    ...cut.options,
    serverSideCopy,
  });
  const isMultipart = origin !== "by one PutObject" && size >= five;
  // The user's chunk size wins; without one the copy is cut as the source is.
  const partSize = isMultipart && cut === usual ? five : cut.bytes;
  const keepsParts = serverSideCopy && isMultipart;
  const etag = etagOf(bytes, size >= cut.bytes || keepsParts ? partSize : undefined);
  // Only the server sees the bytes of its own copies: ETags of different forms prove nothing.
  const provable = !serverSideCopy || isMultipart || size < cut.bytes;
  const proof = provable ? {} : { etagVerified: 0, notVerified: 1 };
  expect(summary).toMatchObject({ ...verified, ...proof, transferredBytes: size });
  expect(await seen(to, `q/${name}`)).toEqual({ etag, digest: digest(bytes) });
}

describe("over http", () => {
  describe("local to S3", () => {
    test.each(allSizes)("$title", ({ size, cut }) => upload(httpServer(), size, cut));
    test("100 MiB", () => upload(httpServer(), large, ours), timeoutMs);
  });

  describe.each(origins)("S3 to local, stored %s", (origin) => {
    const needed = neededFor(origin);
    needed.test.each(allSizes)("$title", ({ size, cut }) =>
      download(httpServer(), size, cut, origin),
    );
    needed.test("100 MiB", () => download(httpServer(), large, ours, origin), timeoutMs);
  });

  describe.each(origins)("S3 to S3, stored %s", (origin) => {
    const needed = neededFor(origin);
    needed.test.each(allSizes)("through this machine: $title", ({ size, cut }) =>
      copy(httpServer(), size, cut, origin, false),
    );
    needed.test.each(allSizes)("by server-side copy: $title", ({ size, cut }) =>
      copy(httpServer(), size, cut, origin, true),
    );
  });

  test(
    "S3 to S3 through this machine: 100 MiB",
    () => copy(httpServer(), large, usual, "by one PutObject", false),
    timeoutMs,
  );
  for (const origin of origins) {
    neededFor(origin).test(
      `S3 to S3 by server-side copy, stored ${origin}: 100 MiB`,
      () => copy(httpServer(), large, usual, origin, true),
      timeoutMs,
    );
  }
});

describe.skipIf(!hasTlsServer())("over https (needs a TLS server)", () => {
  beforeAll(() => {
    process.env["AWS_CA_BUNDLE"] = tlsServer().caFile ?? "";
  });
  afterAll(() => {
    delete process.env["AWS_CA_BUNDLE"];
  });

  test.each(someSizes)("local to S3: $title", ({ size, cut }) => upload(tlsServer(), size, cut));
  test.each(someSizes)("S3 to local: $title", ({ size, cut }) =>
    download(tlsServer(), size, cut, "in parts of 5 MiB"),
  );
  test.each(someSizes)("S3 to local, one stream: $title", ({ size, cut }) =>
    download(tlsServer(), size, cut, "by one PutObject"),
  );
  test.each(someSizes)("S3 to S3: $title", ({ size, cut }) =>
    copy(tlsServer(), size, cut, "in parts of 5 MiB", false),
  );
  test.each(someSizes)("S3 to S3 by server-side copy: $title", ({ size, cut }) =>
    copy(tlsServer(), size, cut, "in parts of 5 MiB", true),
  );
});
