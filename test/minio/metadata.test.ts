/**
 * What travels with an object besides its bytes.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import { gzipSync } from "node:zlib";

import type { HeadObjectCommandOutput, PutObjectCommandInput } from "@aws-sdk/client-s3";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { readMetadata } from "../support/capability-probes.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, MiB, plant, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;
const parts = { multipartThreshold: five, multipartChunksize: five };

describe("an upload", () => {
  const names = {
    "page.html": "text/html",
    "style.css": "text/css",
    "data.json": "application/json",
    "photo.JPG": "image/jpeg",
    "archive.tar.gz": "application/gzip",
    "no extension": "application/octet-stream",
    "odd.unknownextension": "application/octet-stream",
  };

  test.each(Object.entries(names))("guesses the Content-Type of %s", async (name, type) => {
    using dir = new TempDir();
    dir.write(name, "x");
    await using bucket = await TestBucket.create();
    await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target") });
    expect((await bucket.head(name)).ContentType).toBe(type);
  });

  test("guesses the Content-Type of what goes up in parts, too", async () => {
    using dir = new TempDir();
    dir.write("film.mp4", randomBytes("film", five + 1));
    await using bucket = await TestBucket.create();
    await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts });
    expect(await bucket.head("film.mp4")).toMatchObject({ ContentType: "video/mp4" });
  });

  needing("calls what has no type binary/octet-stream").test(
    "does not guess with --no-guess-mime-type: the server's own default stays",
    async () => {
      using dir = new TempDir();
      plant(dir, { "page.html": "x", "large.html": randomBytes("html", five) });
      await using bucket = await TestBucket.create();
      const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
      await sync({ ...input, ...parts, noGuessMimeType: true });
      expect((await bucket.head("page.html")).ContentType).toBe("binary/octet-stream");
      expect((await bucket.head("large.html")).ContentType).toBe("binary/octet-stream");
    },
  );

  test("does not label a compressed file as encoded: its bytes are what it is", async () => {
    const bytes = gzipSync("hello");
    using dir = new TempDir();
    dir.write("page.html.gz", bytes);
    await using bucket = await TestBucket.create();
    await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target") });
    expect((await bucket.head("page.html.gz")).ContentEncoding).toBeUndefined();
    expect(digest(await bucket.get("page.html.gz"))).toBe(digest(bytes));
  });
});

const keeping = needing("keeps headers as they are given");
const zipped = gzipSync(randomBytes("gzip", 3 * MiB));
const attributes: Partial<PutObjectCommandInput> = {
  ContentType: "text/html; charset=utf-8",
  ContentEncoding: "gzip",
  ContentLanguage: "de-CH, en",
  ContentDisposition: `attachment; filename="a b.html"`,
  CacheControl: "public, max-age=31536000, immutable",
  Expires: new Date("2031-02-03T04:05:06Z"),
  Metadata: { plain: "value", "with-dash_and.dot": "a  b", empty: "" },
};
const expected = {
  ContentType: "text/html; charset=utf-8",
  ContentEncoding: "gzip",
  ContentLanguage: "de-CH, en",
  ContentDisposition: `attachment; filename="a b.html"`,
  CacheControl: "public, max-age=31536000, immutable",
  ExpiresString: "Mon, 03 Feb 2031 04:05:06 GMT",
};

describe.each([
  { how: "by one PutObject", bytes: zipped, options: {} },
  { how: "in parts", bytes: gzipSync(randomBytes("gzip", 6 * MiB)), options: parts },
  { how: "by CopyObject", bytes: zipped, options: { serverSideCopy: true } },
  {
    how: "by UploadPartCopy",
    bytes: gzipSync(randomBytes("gzip", 6 * MiB)),
    options: { ...parts, serverSideCopy: true },
  },
] satisfies { how: string; bytes: Uint8Array; options: Partial<ConfigInput> }[])(
  "a copy from S3 to S3, $how",
  ({ bytes, options }) => {
    /** Copies one object with such attributes. */
    async function copied(
      more: Partial<PutObjectCommandInput>,
      onSource: (from: TestBucket) => Promise<void> = async () => undefined,
    ): Promise<TestBucket> {
      await using from = await TestBucket.create();
      await from.put("page", bytes, more);
      await onSource(from);
      const to = await TestBucket.create();
      const summary = await sync({
        source: from.url(),
        target: to.url(),
        ...from.side("source"),
        ...to.side("target"),
        ...options,
      });
      expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 0 });
      return to;
    }

    needing("keeps storage classes").test("carries the storage class", async () => {
      const StorageClass = "REDUCED_REDUNDANCY";
      await using to = await copied({ StorageClass });
      expect(await to.head("page")).toMatchObject({ StorageClass });
    });

    keeping.test("carries headers, and the encoded bytes as they are", async () => {
      await using to = await copied(attributes);
      expect(await to.head("page")).toMatchObject(expected);
      expect(digest(await to.get("page"))).toBe(digest(bytes));
    });

    keeping.test("carries user metadata", async () => {
      await using to = await copied(attributes);
      const { Metadata } = await to.head("page");
      expect(Metadata).toEqual({ plain: "value", "with-dash_and.dot": "a  b", empty: "" });
    });

    needing("keeps metadata beyond ASCII").test("carries user metadata in UTF-8", async () => {
      // The SDK cannot send what lies beyond U+00FF.
      const name = "Größe: naïve £5";
      let before: HeadObjectCommandOutput | undefined;
      await using to = await copied({ Metadata: { name } }, async (from) => {
        before = await from.head("page");
      });
      const { Metadata } = await to.head("page");
      expect(Metadata).toEqual(before?.Metadata);
      expect(readMetadata(Metadata?.["name"] ?? "")).toBe(name);
    });
  },
);

describe("a download", () => {
  test.each([
    { title: "small", bytes: gzipSync("hello ".repeat(1000)), options: {} },
    { title: "large", bytes: gzipSync(randomBytes("gzip", 6 * MiB)), options: parts },
  ])("of a $title gzip-encoded object is not decompressed", async ({ bytes, options }) => {
    await using bucket = await TestBucket.create();
    await bucket.put("page", bytes, { ContentEncoding: "gzip", ContentType: "text/html" });
    using dir = new TempDir();
    const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
    const summary = await sync({ ...input, ...options });
    expect(summary).toMatchObject({ transferredObjects: 1, etagVerified: 1, errors: 0 });
    expect(digest(dir.read("page"))).toBe(digest(bytes));
  });

  test("of an object falsely labelled as gzip takes the bytes as they are", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("page", "not gzip at all", { ContentEncoding: "gzip" });
    using dir = new TempDir();
    await sync({ source: bucket.url(), target: dir.path, ...bucket.side("source") });
    expect(fs.readFileSync(dir.at("page"), "utf8")).toBe("not gzip at all");
  });

  test.each([
    { title: "small", size: 5, options: {} },
    { title: "large", size: five + 1, options: parts },
    { title: "empty", size: 0, options: {} },
  ])("gives a $title file the object's LastModified", async ({ size, options }) => {
    await using bucket = await TestBucket.create();
    await bucket.put("a", randomBytes("mtime", size));
    using dir = new TempDir();
    const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
    await sync({ ...input, ...options });
    const { LastModified } = await bucket.head("a");
    const seconds = Math.floor((LastModified?.getTime() ?? 0) / 1000);
    expect(Math.floor(fs.statSync(dir.at("a")).mtimeMs / 1000)).toBe(seconds);
  });

  test("gives files and directories the modes that the umask leaves", async () => {
    await using bucket = await TestBucket.create();
    await bucket.put("d/new", "x");
    await bucket.put("replaced", "xx");
    using dir = new TempDir();
    dir.write("replaced", "x");
    fs.chmodSync(dir.at("replaced"), 0o600);
    const before = process.umask(0o027);
    try {
      await sync({ source: bucket.url(), target: dir.path, ...bucket.side("source") });
    } finally {
      process.umask(before);
    }
    const modeOf = (name: string): string =>
      (fs.statSync(dir.at(name)).mode & 0o777).toString(8).padStart(3, "0");
    expect([modeOf("d"), modeOf("d/new"), modeOf("replaced")]).toEqual(["750", "640", "640"]);
  });
});
