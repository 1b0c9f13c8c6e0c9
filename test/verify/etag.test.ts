/**
 * Verdicts about ETags.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { parseETag } from "../../src/core/etag.ts";
import type { Encryption } from "../../src/core/object.ts";
import { md5Of } from "../../src/hash/digest.ts";
import { multipartETag, singleETag } from "../../src/hash/etag.ts";
import { judgeETag, type PassedMd5s } from "../../src/verify/etag.ts";
import type { Verdict } from "../../src/verify/verdict.ts";

const [first, second] = [md5Of(Buffer.from("first")), md5Of(Buffer.from("second"))];
const whole = md5Of(Buffer.from("firstsecond"));
const single = singleETag(whole);
const multi = multipartETag([first, second]);
const other = singleETag(md5Of(Buffer.from("other")));

interface Row {
  readonly what: string;
  readonly etag: string | undefined;
  readonly encryption?: Encryption;
  readonly passed: PassedMd5s;
  readonly verdict: Verdict["kind"];
}

const both: PassedMd5s = { whole, parts: [first, second] };
const nothing: PassedMd5s = { whole: undefined, parts: undefined };

const rows: readonly Row[] = [
  { what: "no ETag", etag: undefined, passed: both, verdict: "none" },
  { what: "the MD5 of the whole", etag: single, passed: both, verdict: "match" },
  { what: "it in capitals", etag: single.toUpperCase(), passed: both, verdict: "match" },
  { what: "the MD5 of other bytes", etag: other, passed: both, verdict: "mismatch" },
  {
    what: "an MD5, where only parts were hashed",
    etag: single,
    passed: { whole: undefined, parts: [first, second] },
    verdict: "unknown",
  },
  { what: "an MD5, where nothing was hashed", etag: single, passed: nothing, verdict: "unknown" },
  { what: "that of the same parts", etag: multi, passed: both, verdict: "match" },
  { what: "it in capitals", etag: multi.toUpperCase(), passed: both, verdict: "match" },
  {
    what: "that of the parts in another order",
    etag: multi,
    passed: { whole, parts: [second, first] },
    verdict: "mismatch",
  },
  {
    what: "that of another number of parts",
    etag: multi,
    passed: { whole, parts: [first] },
    verdict: "unknown",
  },
  {
    what: "that of parts, where only the whole was hashed",
    etag: multi,
    passed: { whole, parts: undefined },
    verdict: "unknown",
  },
  { what: "a form nobody knows", etag: "opaque", passed: both, verdict: "unknown" },
  { what: "an empty ETag", etag: "", passed: both, verdict: "unknown" },
];

describe("the verdict about", () => {
  test.each(rows)("$what is: $verdict", ({ etag, passed, verdict }) => {
    const shown = {
      etag: etag === undefined ? undefined : parseETag(etag),
      encryption: undefined,
    };
    expect(judgeETag(shown, passed).kind).toBe(verdict);
  });

  test("a mismatch names both ETags", () => {
    const verdict = judgeETag({ etag: other, encryption: undefined }, both);
    expect(verdict).toEqual({ kind: "mismatch", expected: single, actual: other });
  });
});

describe("with", () => {
  const opaque: readonly Encryption[] = ["aws:kms", "aws:kms:dsse", "customer-key"];
  test.each(opaque)("%s, an ETag says nothing, whether it fits or not", (encryption) => {
    for (const etag of [single, other, multi]) {
      expect(judgeETag({ etag, encryption }, both)).toMatchObject({ kind: "unknown" });
    }
  });

  test("AES256, it counts as it does without encryption", () => {
    expect(judgeETag({ etag: single, encryption: "AES256" }, both).kind).toBe("match");
    expect(judgeETag({ etag: other, encryption: "AES256" }, both).kind).toBe("mismatch");
  });

  test("any encryption, there is nothing to compare where there is no ETag", () => {
    expect(judgeETag({ etag: undefined, encryption: "aws:kms" }, both).kind).toBe("none");
  });
});
