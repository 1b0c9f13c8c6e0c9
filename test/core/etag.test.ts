/**
 * ETags: how they are read and written, and what their form tells.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { type ETagForm, etagForm, parseETag, quoteETag } from "../../src/core/etag.ts";

const md5 = "9e107d9d372bb6826bd81d3542a419d6";

describe("parseETag", () => {
  test.each([
    [`"${md5}"`, md5],
    [md5, md5],
    [`W/"${md5}"`, md5],
    ['""', ""],
    ["", ""],
    ['"a"b"', 'a"b'],
  ])("reads %j as %j", (text, etag) => {
    expect<string>(parseETag(text)).toBe(etag);
  });

  test("undoes quoteETag", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!#-~]{1,40}$/), (text) => {
        fc.pre(!text.startsWith("W/"));
        expect<string>(parseETag(quoteETag(parseETag(text)))).toBe(text);
      }),
    );
  });
});

describe("etagForm", () => {
  const rows: readonly (readonly [string, ETagForm])[] = [
    [md5, { kind: "md5" }],
    [md5.toUpperCase(), { kind: "md5" }],
    [`${md5}-1`, { kind: "multipart", parts: 1 }],
    [`${md5}-10000`, { kind: "multipart", parts: 10_000 }],
    [`${md5}-0`, { kind: "opaque" }],
    [`${md5}-01`, { kind: "opaque" }],
    [`${md5}-`, { kind: "opaque" }],
    [`${md5}-123456`, { kind: "opaque" }],
    [`${md5}a`, { kind: "opaque" }],
    [md5.slice(1), { kind: "opaque" }],
    [`${md5}\n`, { kind: "opaque" }],
    [`x${md5.slice(1)}`, { kind: "opaque" }],
    ["", { kind: "opaque" }],
  ];
  test.each(rows)("of %j is %j", (text, form) => {
    expect(etagForm(parseETag(text))).toEqual(form);
  });
});
