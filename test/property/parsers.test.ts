/**
 * Whatever comes from outside is read, or refused with an error of ours: never a crash, never a loop without
 * end. (Options, places and keys have the same test in their own rooms.)
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { SyncError } from "../../src/core/errors.ts";
import { etagForm, parseETag } from "../../src/core/etag.ts";
import { type ListPage, parseListPage } from "../../src/store/s3/wire/list-parser.ts";

const anyText = fc.string({ unit: "binary", maxLength: 30 });

/** Lets a text be searched so often and no more, as long as it is there: a loop without end is found. */
class SearchLimit implements Disposable {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the `this` of each call
  private readonly original = String.prototype.indexOf;

  constructor(most: number) {
    const { original } = this;
    let searches = 0;
    // oxlint-disable-next-line no-extend-native -- it is given back at the end
    String.prototype.indexOf = function indexOf(this: string, ...args: [string, number?]): number {
      searches += 1;
      if (searches > most) throw new Error("it does not come to an end");
      return original.apply(this, args);
    };
  }

  [Symbol.dispose](): void {
    // oxlint-disable-next-line no-extend-native -- see above
    String.prototype.indexOf = this.original;
  }
}

/** Reads a page, or gives the error of ours with which it was refused. */
function read(xml: string): ListPage | SyncError {
  using _limit = new SearchLimit(5000);
  try {
    return parseListPage(xml);
  } catch (thrown) {
    if (thrown instanceof SyncError) return thrown;
    throw thrown;
  }
}

const page = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p%2F</Prefix><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>t&amp;1</NextContinuationToken><Contents><Key>p%2Fa+b</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;9e107d9d372bb6826bd81d3542a419d6&quot;</ETag><Size>5</Size><Owner><ID>i</ID></Owner><StorageClass>STANDARD</StorageClass></Contents><Contents><Key>p%2Fc</Key><LastModified>2026-01-02T03:04:06.000Z</LastModified><ETag>&quot;x-2&quot;</ETag><Size>7</Size></Contents></ListBucketResult>`;
const tokens = page.split(/(?=<)|(?<=>)/);

describe("a page of a listing", () => {
  test("that is whole is read", () => {
    expect(read(page)).toMatchObject({
      objects: [
        { key: "p/a b", size: 5, mtimeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), damaged: false },
        { key: "p/c", size: 7, etag: "x-2" },
      ],
      nextToken: "t&1",
    });
  });

  test("with anything in any place is read or refused", () => {
    const place = fc.nat({ max: page.length });
    const odd = fc.oneof(
      anyText,
      fc.constantFrom(...tokens, "<", ">", "&#x41;", "&#99999999;", "%", "%ff"),
    );
    fc.assert(
      fc.property(place, fc.nat({ max: 30 }), odd, (at, removed, added) => {
        const result = read(page.slice(0, at) + added + page.slice(at + removed));
        if (result instanceof SyncError) expect(result.code).toBe("protocol");
      }),
      { numRuns: 3000 },
    );
  });
});

describe("ETags", () => {
  test("of any text have a form", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(["md5", "multipart", "opaque"]).toContain(etagForm(parseETag(text)).kind);
      }),
    );
  });
});
