/**
 * Pages of listings, as servers write them and as nobody should.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { SyncError } from "../../../../src/core/errors.ts";
import { type ListPage, parseListPage } from "../../../../src/store/s3/wire/list-parser.ts";
import { anyText } from "../support/any-text.ts";
import { awsPage, minioPage, otherPage, renderPage, type Spelling } from "./list-pages.ts";
import { parseApart } from "./parse-apart.ts";

const entries = (page: ListPage): object[] => page.objects.map((object) => ({ ...object }));

describe("a page of MinIO", () => {
  const page = parseListPage(minioPage);

  test("gives all objects, with sizes above 4 GiB, dates with fractions and ETags without quotes", () => {
    expect(entries(page)).toEqual([
      {
        key: "a + b",
        damaged: false,
        size: 3,
        mtimeMs: Date.UTC(2024, 1, 29, 23, 59, 59, 123),
        etag: "900150983cd24fb0d6963f7d28e17f72",
        storageClass: "STANDARD",
      },
      {
        key: "b",
        damaged: false,
        size: 5_497_558_138_880,
        mtimeMs: Date.UTC(2024, 2, 1),
        etag: "d41d8cd98f00b204e9800998ecf8427e-3",
        storageClass: "GLACIER",
      },
    ]);
  });

  test("says how to go on", () => {
    expect(page.nextToken).toBe("YiBbbWluaW9fY2FjaGU6djI=");
  });
});

describe("a page of AWS", () => {
  const page = parseListPage(awsPage);

  test("gives all objects; repeated checksum elements and restore status are passed over", () => {
    expect(entries(page)).toMatchObject([
      { key: "photos/1.jpg", size: 11, storageClass: "STANDARD_IA" },
      { key: "photos/ü.jpg", size: 434_234, storageClass: "GLACIER" },
    ]);
  });

  test("tells which checksum objects have: the first that is named", () => {
    const told = page.objects.map(({ checksumAlgorithm, checksumType }) => [
      checksumAlgorithm,
      checksumType,
    ]);
    expect(told).toEqual([
      ["CRC32", "FULL_OBJECT"],
      [undefined, undefined],
    ]);
  });

  test("gives the common prefixes, decoded", () => {
    expect(page.commonPrefixes).toEqual(["photos/a&b/", "photos/2024 summer/"]);
  });

  test("is the last one", () => {
    expect(page.nextToken).toBeUndefined();
  });
});

describe("a page of another server", () => {
  test("may have children in any order, nested, indented, empty or self-closing", () => {
    expect(entries(parseListPage(otherPage))).toEqual([
      {
        key: "a & b <c>+%41",
        damaged: false,
        size: 0,
        mtimeMs: Date.UTC(2024, 0, 2, 3, 4, 5),
        etag: "abc",
        storageClass: undefined,
      },
      {
        key: "z",
        damaged: false,
        size: 12,
        mtimeMs: Date.UTC(2024, 0, 2, 3, 4, 5),
        etag: undefined,
        storageClass: "STANDARD",
      },
    ]);
  });

  test("may be empty", () => {
    const page = parseListPage(renderPage([], "form"));
    expect(page).toEqual({ objects: [], commonPrefixes: [], nextToken: undefined });
  });

  test("may lack a storage class and say its token before or after the objects", () => {
    const token =
      "<IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken>";
    const contents = "<Contents><Key>k</Key><Size>1</Size></Contents>";
    for (const inner of [token + contents, contents + token]) {
      const page = parseListPage(`<ListBucketResult>${inner}</ListBucketResult>`);
      expect(page.nextToken).toBe("t&1");
      expect(page.objects[0]?.storageClass).toBeUndefined();
    }
  });
});

describe("keys", () => {
  const one = (key: string, encoding = "<EncodingType>url</EncodingType>"): object | undefined =>
    entries(
      parseListPage(
        `<ListBucketResult>${encoding}<Contents><Key>${key}</Key><Size>1</Size></Contents></ListBucketResult>`,
      ),
    )[0];

  test.each([
    ["a+b", "a b"],
    ["a%2Bb", "a+b"],
    ["a%20b", "a b"],
    ["a%252Fb", "a%2Fb"],
    ["a/b%2fc", "a/b/c"],
    ["%0A%00%7F", "\n\u0000\u007f"],
    ["%F0%9F%98%80", "😀"],
    ["&amp;%26&lt;", "&&<"],
  ])("%j is %j when the server encoded it", (text, key) => {
    expect(one(text)).toMatchObject({ key, damaged: false });
  });

  test.each([
    ["a+b", "a+b"],
    ["a%20b", "a%20b"],
    ["&amp;&lt;&gt;&quot;&apos;", `&<>"'`],
    ["&#10;&#x1F600;&#x1f600;", "\n😀😀"],
    ["&unknown;", "&unknown;"],
    ["&amp;lt;", "&lt;"],
  ])("%j is %j when the server ignored the wish to encode", (text, key) => {
    expect(one(text, "")).toMatchObject({ key, damaged: false });
  });

  test.each([
    ["%FF%FE", "\ufffd\ufffd"],
    ["a%C3", "a\ufffd"],
    ["%ED%A0%80", "\ufffd\ufffd\ufffd"],
    ["%C3%BC/%80", "ü/\ufffd"],
    ["100%", "100%"],
    ["%zz", "%zz"],
  ])("%s has no valid UTF-8: it is marked as damaged and shown as %j", (text, key) => {
    expect(one(text)).toMatchObject({ key, damaged: true });
  });

  test("an entity for a number beyond Unicode stays as it is", () => {
    expect(one("&#x110000;", "")).toMatchObject({ key: "&#x110000;" });
  });
});

/** The page, or what was thrown. */
function parsed(xml: string): unknown {
  try {
    return parseListPage(xml);
  } catch (error) {
    return error;
  }
}

function expectProtocolError(xml: string): void {
  const error = parsed(xml);
  expect(error).toBeInstanceOf(SyncError);
  expect(error).toMatchObject({ code: "protocol", operation: "ListObjectsV2" });
}

describe("what makes no sense is a protocol error, never a shorter list", () => {
  test.each([["minio", minioPage] as const, ["aws", awsPage] as const])(
    "a %s page that is cut anywhere",
    (_, page) => {
      fc.assert(
        fc.property(fc.nat({ max: page.length - 1 }), (length) => {
          expectProtocolError(page.slice(0, length));
        }),
      );
    },
  );

  test("a cut page is worth another try", () => {
    expect(parsed(awsPage.slice(0, 900))).toMatchObject({ retryable: true });
  });

  test.each([
    ["an empty answer", ""],
    ["a web page", "<html><body>It works!</body></html>"],
    ["an error document", "<Error><Code>SlowDown</Code></Error>"],
    ["JSON", `{"keys":[]}`],
  ])("%s", (_, text) => {
    expectProtocolError(text);
  });

  test("IsTruncated without a token, or with an empty one", () => {
    expectProtocolError("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>");
    expectProtocolError(
      "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken></ListBucketResult>",
    );
  });

  const first = "<Key>a</Key><Size>1</Size>";
  const second = "<Contents><Key>b</Key><Size>1</Size></Contents>";

  test("an element that is not closed", async () => {
    const page = `<ListBucketResult><Contents>${first}<Owner><ID>x</Contents>${second}</ListBucketResult>`;
    expect(await parseApart(page)).toEqual({ thrown: "protocol" });
  });

  test.each([
    ["no key", "<Size>1</Size>"],
    ["no size", "<Key>a</Key>"],
    ["a size that is no number", "<Key>a</Key><Size>many</Size>"],
    ["a date that is none", `${first}<LastModified>yesterday</LastModified>`],
  ])("an object with %s", (_, inner) => {
    expectProtocolError(`<ListBucketResult><Contents>${inner}</Contents></ListBucketResult>`);
  });
});

test("an element with attributes costs no object", async () => {
  const owner = `<Owner xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x</ID></Owner>`;
  const page = renderPage(["a", "b"], "form").replace("<Size>0", `${owner}<Size>0`);
  expect(await parseApart(page)).toEqual({ keys: ["a", "b"] });
});

describe("any keys come back from a page", () => {
  const key = anyText({ minLength: 1, maxLength: 12 });

  test.each<[Spelling]>([["form"], ["component"], ["plain"]])("in the %s spelling", (spelling) => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 8 }), (keys) => {
        const page = parseListPage(renderPage(keys, spelling));
        expect(page.objects.map((object) => [object.key, object.size, object.damaged])).toEqual(
          keys.map((each, index) => [each, index, false]),
        );
      }),
    );
  });
});

test("a full page is read in a few milliseconds", () => {
  const keys = Array.from({ length: 1000 }, (_, index) => `some/longer/prefix/ü ${index}`);
  const page = renderPage(keys, "form");
  parseListPage(page);
  const startedAt = performance.now();
  for (let round = 0; round < 10; round++) expect(parseListPage(page).objects).toHaveLength(1000);
  // Ten times what it takes here, so that a busy machine does not matter and a quadratic parser does.
  expect(performance.now() - startedAt).toBeLessThan(500);
});
