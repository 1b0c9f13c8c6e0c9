/**
 * What two stores show of objects of the same key: what proves that they are the same, what that they are not, and
 * what neither.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Entry } from "../../src/core/entry.ts";
import { type ETag, parseETag } from "../../src/core/etag.ts";
import { asKey } from "../../src/core/key.ts";
import { md5Of } from "../../src/hash/digest.ts";
import { multipartETag, singleETag } from "../../src/hash/etag.ts";
import { type Head, judgeListed, judgeShown } from "../../src/verify/agreement.ts";

const [one, two] = [md5Of(Buffer.from("one")), md5Of(Buffer.from("two"))];
const [plain, other] = [singleETag(one), singleETag(two)];
const inTwo = multipartETag([one, two]);
const otherInTwo = multipartETag([two, one]);
const opaque = parseETag("5f3c-1a2b");

function entry(size: number, etag?: ETag): Entry {
  const rest = { storageClass: undefined, storeKey: undefined };
  return { kind: "object", key: asKey("a"), size, mtimeMs: 0, etag, ...rest };
}

function head(etag: ETag | undefined, more: Partial<Head> = {}): Head {
  return { etag, encryption: undefined, ...more };
}

describe("by their listings", () => {
  test("objects of other sizes differ", () => {
    expect(judgeListed(entry(1, plain), entry(2, plain))).toEqual({
      verdict: "differs",
      reason: "1 bytes in SOURCE, 2 in TARGET",
    });
  });

  test("two that hold nothing are the same", () => {
    expect(judgeListed(entry(0), entry(0, opaque))).toEqual({ verdict: "same", by: "empty" });
  });

  test.each([plain, inTwo])("equal ETags prove it: %s", (etag) => {
    expect(judgeListed(entry(1, etag), entry(1, etag))).toEqual({ verdict: "same", by: "etag" });
  });

  test.each([
    ["other ETags", plain, other],
    ["equal ETags of no known form", opaque, opaque],
    ["a side without", undefined, plain],
    ["no ETags at all", undefined, undefined],
  ])("%s leave it open", (_, a, b) => {
    expect(judgeListed(entry(1, a), entry(1, b))).toBeUndefined();
  });
});

const sha = (value: string): Partial<Head> => ({ checksum: { algorithm: "SHA256", value } });
const crc: Partial<Head> = { checksum: { algorithm: "CRC32", value: "AAAAAA==" } };
const kms: Partial<Head> = { encryption: "aws:kms" };
const key: Partial<Head> = { encryption: "customer-key" };

const rows: readonly (readonly [string, Head, Head, string])[] = [
  ["equal ETags", head(plain), head(plain), "same by etag"],
  ["one in capitals", head(plain), head(parseETag(plain.toUpperCase())), "same by etag"],
  ["other MD5s", head(plain), head(other), "differs"],
  ["with SSE-S3, too", head(plain, { encryption: "AES256" }), head(other), "differs"],
  ["a single part and the same at once", head(multipartETag([one])), head(plain), "same by etag"],
  ["a single part of other bytes", head(multipartETag([two])), head(plain), "differs"],
  ["two single parts", head(multipartETag([two])), head(multipartETag([one])), "differs"],
  ["as many parts", head(inTwo), head(otherInTwo), "differs-if-same-parts"],
  ["parts and none", head(inTwo), head(plain), "unproven"],
  ["ETags of no known form", head(opaque), head(plain), "unproven"],
  ["no ETag", head(undefined), head(plain), "unproven"],
  ["encrypted with KMS", head(plain, kms), head(other), "unproven"],
  ["encrypted with own keys", head(plain), head(other, key), "unproven"],
  [
    "then by checksum",
    head(plain, { ...kms, ...sha("x=") }),
    head(other, sha("x=")),
    "same by checksum",
  ],
  ["another checksum", head(plain, { ...kms, ...sha("x=") }), head(other, sha("y=")), "differs"],
  ["checksums of parts", head(inTwo, sha("x=-2")), head(plain, sha("x=")), "unproven"],
  ["equal ones of parts", head(opaque, sha("x=-2")), head(plain, sha("x=-2")), "same by checksum"],
  ["other ones", head(opaque, sha("x=-2")), head(plain, sha("y=-2")), "differs-if-same-parts"],
  ["two algorithms", head(opaque, sha("x=")), head(plain, crc), "unproven"],
  ["other parts, one checksum", head(inTwo, sha("x=")), head(plain, sha("x=")), "same by checksum"],
];

test.each(rows)("by what they show: %s", (_, source, target, expected) => {
  for (const [a, b] of [
    [source, target],
    [target, source],
  ] as const) {
    const found = judgeShown(a, b);
    const text = found.verdict === "same" ? `same by ${found.by}` : found.verdict;
    expect(text).toBe(expected);
  }
});

test("what is not proven says why of ETags and of checksums", () => {
  expect(judgeShown(head(plain, kms), head(other))).toEqual({
    verdict: "unproven",
    reason: "encrypted with aws:kms, the ETag is no MD5, and they have no checksum of one kind",
  });
});
