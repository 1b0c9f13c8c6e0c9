/**
 * The spelling of keys and queries, by property.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { SyncError } from "../../../../src/core/errors.ts";
import { encodeComponent, encodeKey, encodeQuery } from "../../../../src/store/s3/wire/encode.ts";
import { anyText } from "../support/any-text.ts";

/** Every code point but the halves of surrogate pairs, control characters included. */
const text = anyText({ maxLength: 60 });
const pathLike = fc
  .array(fc.constantFrom(".", "..", "", "a", "%2e", "+", " ", "ü", "\u{1f600}"), { maxLength: 8 })
  .map((parts) => parts.join("/"));

describe("encodeKey", () => {
  test("what it makes decodes to the key", () => {
    fc.assert(
      fc.property(fc.oneof(text, pathLike), (key) => {
        expect(decodeURIComponent(encodeKey(key))).toBe(key);
      }),
    );
  });

  test("it leaves only unreserved characters, escapes in capitals, and slashes", () => {
    fc.assert(
      fc.property(fc.oneof(text, pathLike), (key) => {
        expect(encodeKey(key)).toMatch(/^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*$/);
      }),
    );
  });

  test("it keeps every slash as one and makes no other", () => {
    fc.assert(
      fc.property(fc.oneof(text, pathLike), (key) => {
        expect(encodeKey(key).split("/").map(decodeURIComponent)).toEqual(key.split("/"));
      }),
    );
  });

  test("different keys are spelled differently", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(encodeKey(a) === encodeKey(b)).toBe(a === b);
      }),
    );
  });

  test.each([
    [" ", "%20"],
    ["+", "%2B"],
    ["%", "%25"],
    ["%2F", "%252F"],
    ["!'()*", "%21%27%28%29%2A"],
    ["&$@=;:,?#", "%26%24%40%3D%3B%3A%2C%3F%23"],
    ["a\nb\r\t\u0000\u007f", "a%0Ab%0D%09%00%7F"],
    ["ä€😀\uffff", "%C3%A4%E2%82%AC%F0%9F%98%80%EF%BF%BF"],
    ["/a//b/", "/a//b/"],
    ["a/../b/.", "a/../b/."],
  ])("%j becomes %s", (key, encoded) => {
    expect(encodeKey(key)).toBe(encoded);
  });
});

describe("encodeComponent", () => {
  test("it escapes slashes too, and decodes to the text", () => {
    fc.assert(
      fc.property(text, (value) => {
        const encoded = encodeComponent(value);
        expect(encoded).toMatch(/^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(encoded)).toBe(value);
      }),
    );
  });
});

describe.each([
  ["encodeKey", encodeKey],
  ["encodeComponent", encodeComponent],
])("half a surrogate pair given to %s", (_, encode) => {
  const halves = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code));

  test("is refused as unsafe-key, because it has no UTF-8", () => {
    const plain = fc.string({ unit: "grapheme-ascii" });
    fc.assert(
      fc.property(plain, halves, plain, (before, half, after) => {
        const key = before + half + after;
        let thrown: unknown;
        try {
          encode(key);
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(SyncError);
        expect(thrown).toMatchObject({ code: "unsafe-key", key, retryable: false });
      }),
    );
  });
});

describe("encodeQuery", () => {
  const parameters = fc.dictionary(anyText({ minLength: 1, maxLength: 8 }), text, {
    maxKeys: 6,
    noNullPrototype: true,
  });

  test("the parameters come in the order of their encoded names, as the signature wants", () => {
    fc.assert(
      fc.property(parameters, (query) => {
        const names = encodeQuery(query)
          .split("&")
          .filter((pair) => pair !== "")
          .map((pair) => pair.slice(0, pair.indexOf("=")));
        expect(names).toEqual(Object.keys(query).map(encodeComponent).sort());
      }),
    );
  });

  test("a URL keeps it letter for letter", () => {
    fc.assert(
      fc.property(parameters, (query) => {
        const encoded = encodeQuery(query);
        const { search } = new URL(`https://bucket.example/?${encoded}`);
        expect(search).toBe(encoded === "" ? "" : `?${encoded}`);
      }),
    );
  });

  test("every value can be read back", () => {
    fc.assert(
      fc.property(parameters, (query) => {
        const read = new URLSearchParams(encodeQuery(query));
        expect(Object.fromEntries(read)).toEqual(query);
      }),
    );
  });

  test("absent parameters are left out, empty ones are not", () => {
    expect(encodeQuery({ delete: "", versionId: undefined, prefix: "a/b" })).toBe(
      "delete=&prefix=a%2Fb",
    );
  });

  test("says what has several values once for each", () => {
    const query = { prefix: "a", events: ["s3:ObjectRemoved:*", "s3:ObjectCreated:*"], none: [] };
    expect(encodeQuery(query)).toBe(
      "events=s3%3AObjectCreated%3A%2A&events=s3%3AObjectRemoved%3A%2A&prefix=a",
    );
  });

  test("no parameters make no query", () => {
    expect(encodeQuery({})).toBe("");
    expect(encodeQuery({ versionId: undefined })).toBe("");
  });
});
