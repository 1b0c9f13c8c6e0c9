/**
 * What a bucket held at a time, found out from all versions.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { S3Api } from "../../../src/store/s3/api.ts";
import { versionAt, versionsByKey } from "../../../src/store/s3/versions.ts";
import type { ListedVersion, VersionsPage } from "../../../src/store/s3/wire/versions-parser.ts";
import { parseVersionsPage } from "../../../src/store/s3/wire/versions-parser.ts";
import { never, rejection } from "../../support/stub-s3.ts";

function version(key: string, versionId: string, mtimeMs = 0, isMarker = false): ListedVersion {
  const none = { damaged: false, size: 0, etag: undefined, storageClass: undefined };
  return { ...none, key, versionId, mtimeMs, isMarker, isLatest: false };
}

/** A bucket whose listings are these pages. */
function bucketOf(pages: readonly (readonly ListedVersion[])[]): S3Api {
  return {
    bucket: "bucket",
    listVersions({ mark }): Promise<VersionsPage> {
      const at = mark?.versionId === undefined ? 0 : Number(mark.versionId);
      const next = at + 1 < pages.length ? { key: "x", versionId: String(at + 1) } : undefined;
      return Promise.resolve({ versions: pages[at] ?? [], next });
    },
  } as Partial<S3Api> as S3Api;
}

async function groups(
  pages: readonly (readonly ListedVersion[])[],
  after?: string,
): Promise<string[]> {
  const range = { prefix: "", after, maxKeys: 1000 };
  const found = await Array.fromAsync(versionsByKey(bucketOf(pages), range, never()));
  return found
    .flat()
    .map((all) => `${all[0]?.key}: ${all.map((each) => each.versionId).join(" ")}`);
}

describe("versions", () => {
  test("of a key come together, wherever pages are cut", async () => {
    const all = ["a 3", "a 2", "a 1", "b 1", "c 2", "c 1"].map((text) => {
      const [key = "", id = ""] = text.split(" ");
      return version(key, id);
    });
    for (let size = 1; size <= all.length; size++) {
      const pages = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
        all.slice(index * size, (index + 1) * size),
      );
      expect(await groups(pages)).toEqual(["a: 3 2 1", "b: 1", "c: 2 1"]);
    }
  });

  test("of the key to begin after do not count", async () => {
    expect(await groups([[version("a", "1"), version("b", "1")]], "a")).toEqual(["b: 1"]);
  });

  test("of nothing are none, also on pages without any", async () => {
    expect(await groups([[]])).toEqual([]);
    expect(await groups([[], [version("a", "1")], []])).toEqual(["a: 1"]);
  });

  test("in no order are an error, not a wrong answer", async () => {
    const error = await rejection(groups([[version("b", "1"), version("a", "1")]]));
    expect(error).toMatchObject({ code: "protocol" });
  });

  test("that a server lists on two pages count once", async () => {
    const pages = [
      [version("a", "3"), version("a", "2")],
      [version("a", "2"), version("a", "1")],
    ];
    expect(await groups(pages)).toEqual(["a: 3 2 1"]);
  });

  test("of two keys may have the same ids", async () => {
    expect(await groups([[version("a", "null"), version("b", "null")]])).toEqual([
      "a: null",
      "b: null",
    ]);
  });

  test("behind a mark that leads back to itself are an error, not an endless run", async () => {
    const next = { key: "a", versionId: "1" };
    const api = {
      bucket: "bucket",
      listVersions: () => Promise.resolve({ versions: [], next }),
    } as Partial<S3Api> as S3Api;
    const range = { prefix: "", after: undefined, maxKeys: 1000 };
    const error = await rejection(Array.fromAsync(versionsByKey(api, range, never())));
    expect(error).toMatchObject({ code: "protocol", operation: "ListObjectVersions" });
  });
});

describe("the version at a time", () => {
  const history = [
    version("a", "4", 400),
    version("a", "3", 300, true),
    version("a", "2b", 200),
    version("a", "2a", 200),
    version("a", "1", 100),
  ];

  test.each([
    [99, undefined],
    [100, "1"],
    [199, "1"],
    [200, "2b"],
    [299, "2b"],
    [300, undefined],
    [399, undefined],
    [400, "4"],
    [1e15, "4"],
  ])("%d is %p", (timeMs, id) => {
    expect(versionAt(history, timeMs)?.versionId).toBe(id);
  });

  test("is the newest by its time, where the server's order is another", () => {
    expect(versionAt([version("a", "old", 1), version("a", "new", 2)], 5)?.versionId).toBe("new");
  });
});

describe("a page of versions", () => {
  const page = (inner: string): string =>
    `<?xml version="1.0"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><EncodingType>url</EncodingType>${inner}</ListVersionsResult>`;
  const time = "<LastModified>2026-01-02T03:04:05.678Z</LastModified>";

  test("has versions and delete markers in their order", () => {
    const xml = page(
      `<IsTruncated>true</IsTruncated><NextKeyMarker>a%2Bb+c</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>
       <DeleteMarker><Key>a%2Bb+c</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest>${time}<Owner><ID>o</ID></Owner></DeleteMarker>
       <Version><Key>a%2Bb+c</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest>${time}<ETag>&quot;900150983cd24fb0d6963f7d28e17f72&quot;</ETag><Size>3</Size><StorageClass>STANDARD</StorageClass><Owner><ID>o</ID></Owner></Version>`,
    );
    const common = { key: "a+b c", damaged: false, mtimeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
    expect(parseVersionsPage(xml)).toMatchObject({
      versions: [
        { ...common, versionId: "v2", isLatest: true, isMarker: true, size: 0, etag: undefined },
        {
          ...common,
          ...{
            versionId: "v1",
            isLatest: false,
            isMarker: false,
            size: 3,
            storageClass: "STANDARD",
          },
        },
      ],
      next: { key: "a+b c", versionId: "v1" },
    });
  });

  test.each([false, true])("that has all markers apart is put in order (first: %p)", (first) => {
    const element = (name: string, key: string, id: string, second: number): string =>
      `<${name}><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${id.endsWith("!")}</IsLatest>
       <LastModified>2026-01-02T03:04:0${second}Z</LastModified><Size>1</Size></${name}>`;
    const groupsOfPage = [
      // Within a second nothing but `IsLatest` tells a marker on top.
      element("Version", "a", "2", 2) + element("Version", "a", "1", 1),
      element("DeleteMarker", "a", "3!", 2) + element("DeleteMarker", "b", "2", 2),
    ];
    groupsOfPage[0] += element("Version", "b", "3!", 3) + element("Version", "b", "1", 1);
    const inner = (first ? groupsOfPage.toReversed() : groupsOfPage).join("");
    const { versions } = parseVersionsPage(page(inner));
    expect(versions.map(({ key, versionId }) => key + versionId)).toEqual([
      ...["a3!", "a2", "a1"],
      ...["b3!", "b2", "b1"],
    ]);
  });

  test("of an empty bucket is empty", () => {
    expect(parseVersionsPage(page("<IsTruncated>false</IsTruncated>"))).toEqual({
      versions: [],
      next: undefined,
    });
  });

  test.each([
    ["is cut", page("<Version><Key>a</Key>").slice(0, -5)],
    ["is something else", "<html></html>"],
    ["has a version without an id", page(`<Version><Key>a</Key><Size>1</Size>${time}</Version>`)],
    [
      "has a version without a size",
      page(`<Version><Key>a</Key><VersionId>1</VersionId>${time}</Version>`),
    ],
    ["says there is more, and not where", page("<IsTruncated>true</IsTruncated>")],
  ])("that %s is an error", (_, xml) => {
    expect(() => parseVersionsPage(xml)).toThrow(expect.objectContaining({ code: "protocol" }));
  });
});
