/**
 * What SOURCE and TARGET mean.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { parsePlace, placeName, type WrittenPlace } from "../../src/config/place.ts";
import { SyncError } from "../../src/core/errors.ts";

function s3(bucket: string, prefix: string): WrittenPlace {
  return { kind: "s3", bucket, prefix };
}

function local(path: string): WrittenPlace {
  return { kind: "local", path };
}

const accessPoint = "arn:aws:s3:us-west-2:123456789012:accesspoint/reports";
const withColon = "arn:aws:s3:us-west-2:123456789012:accesspoint:reports";
const multiRegion = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap";
const objectLambda = "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/mine";
const outpost =
  "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/reports";

const rows: readonly (readonly [string, WrittenPlace])[] = [
  ["s3://bucket", s3("bucket", "")],
  ["s3://bucket/", s3("bucket", "")],
  ["s3://bucket/p", s3("bucket", "p")],
  ["s3://bucket/p/", s3("bucket", "p/")],
  ["s3://bucket//", s3("bucket", "/")],
  ["s3://bucket//p", s3("bucket", "/p")],
  ["s3://b/a/../c?x#y%41", s3("b", "a/../c?x#y%41")],
  ["s3://b/a b+c&d", s3("b", "a b+c&d")],
  ["s3://b/../..", s3("b", "../..")],
  ["s3://b/é\u{1f600}\n", s3("b", "é\u{1f600}\n")],
  ["s3://b/s3://c", s3("b", "s3://c")],
  [`s3://${accessPoint}`, s3(accessPoint, "")],
  [`s3://${accessPoint}/`, s3(accessPoint, "")],
  [`s3://${accessPoint}/a/b`, s3(accessPoint, "a/b")],
  [`s3://${accessPoint}/a\nb`, s3(accessPoint, "a\nb")],
  [`s3://${withColon}/a/b`, s3(accessPoint, "a/b")],
  [`s3://${multiRegion}/a`, s3(multiRegion, "a")],
  [`s3://${objectLambda}/a`, s3(objectLambda, "a")],
  ["a:b", local("a:b")],
  ["C:\\x", local("C:\\x")],
  [".", local(".")],
  ["./s3:/x", local("./s3:/x")],
  ["s3", local("s3")],
  ["s3/b", local("s3/b")],
  ["-", local("-")],
  [" ", local(" ")],
  ["./http://x", local("./http://x")],
  ["c://x", local("c://x")],
  [`./${accessPoint}`, local(`./${accessPoint}`)],
];

describe("a place", () => {
  test.each(rows)("%j", (given, wanted) => {
    expect(parsePlace(given, "SOURCE")).toEqual(wanted);
  });

  test("may be an access point on Outposts, whose ARN has slashes of its own", () => {
    expect(parsePlace(`s3://${outpost}/a/b`, "SOURCE")).toEqual(s3(outpost, "a/b"));
    expect(parsePlace(`s3://${outpost}`, "SOURCE")).toEqual(s3(outpost, ""));
  });

  test.each([
    ["", "TARGET is empty"],
    ["s3://", 'TARGET "s3://" names no bucket'],
    ["s3:///key", 'TARGET "s3:///key" names no bucket'],
    ["s3:/bucket", 'TARGET "s3:/bucket" is not an S3 URL'],
    ["s3:bucket", 'TARGET "s3:bucket" is not an S3 URL'],
    ["S3://bucket", 'TARGET "S3://bucket" is not an S3 URL'],
    ["https://b.s3.amazonaws.com/k", 'TARGET "https://b.s3.amazonaws.com/k" is not an S3 URL'],
    ["https://b/k?X-Amz-Signature=1", 'TARGET "https://b/k?…" is not an S3 URL'],
    ["ftp://user:word@host/k", 'TARGET "ftp://…@host/k" is not an S3 URL'],
    ["s3a://bucket", 'TARGET "s3a://bucket" is not an S3 URL'],
    ["gs://bucket/p", 'TARGET "gs://bucket/p" is not an S3 URL'],
  ])("%j is refused: %s", (given, message) => {
    expect(() => parsePlace(given, "TARGET")).toThrow(
      expect.objectContaining({
        code: "usage",
        message,
        hint: "Write s3://BUCKET[/PREFIX] or a path.",
      }),
    );
  });

  test("is named as it was written", () => {
    for (const [given, place] of rows) {
      const named = placeName(place);
      expect(parsePlace(named, "SOURCE")).toEqual(place);
      if (place.kind === "local") expect(named).toBe(given);
    }
  });

  test("takes the prefix of any text literally, or refuses the text in one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, isS3) => {
        const given = isS3 ? `s3://${text}` : text;
        let place: WrittenPlace;
        try {
          place = parsePlace(given, "SOURCE");
        } catch (error) {
          if (!(error instanceof SyncError)) throw error;
          expect(error.code).toBe("usage");
          expect(error.message).toMatch(/^[^\n]+$/);
          return;
        }
        if (place.kind === "local") expect(place.path).toBe(given);
        else expect(`s3://${place.bucket}/${place.prefix}`.startsWith(given)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
