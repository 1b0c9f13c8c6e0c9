/**
 * The attributes of files, as user metadata and back.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import {
  areOther,
  fileAspects,
  type FileAttributes,
  isSameTime,
  keptOf,
  modeOf,
  nanosecondsOf,
  secondsOf,
  typeOfMode,
  usualAspects,
} from "../../src/core/file-attributes.ts";
import { attributesIn, metadataOf, withFileMetadata } from "../../src/core/file-metadata.ts";

const everything = new Set(fileAspects);
const usual = new Set(usualAspects);
const ids = fc.integer({ min: 0, max: 2 ** 32 - 2 });
const times = fc.bigInt({ min: -(2n ** 61n), max: 2n ** 61n });
const types = fc.constantFrom("file", "directory", "link", "fifo", "socket") satisfies fc.Arbitrary<
  FileAttributes["type"]
>;

const anyAttributes: fc.Arbitrary<FileAttributes> = fc.record({
  type: types,
  permissions: fc.integer({ min: 0, max: 0o7777 }),
  mtimeNs: times,
  atimeNs: times,
  uid: ids,
  gid: ids,
  userName: fc.string({ minLength: 1, unit: "grapheme" }),
  groupName: fc.string({ minLength: 1, unit: "grapheme" }),
  device: fc.record({
    major: fc.integer({ min: 0, max: 4095 }),
    minor: fc.integer({ min: 0, max: 99_999 }),
  }),
  hardLink: fc.constantFrom("1.2.3", "a"),
  isSparse: fc.constant(true),
  xattrs: fc
    .uniqueArray(fc.tuple(fc.string({ minLength: 1, unit: "grapheme" }), fc.uint8Array()), {
      minLength: 1,
      selector: ([name]) => name,
    })
    .map((pairs) => new Map(pairs)),
});

describe("attributes", () => {
  test("are the same after they were metadata", () => {
    fc.assert(
      fc.property(anyAttributes, (attributes) => {
        const read = attributesIn(metadataOf(attributes));
        expect(areOther(attributes, read, everything)).toBe(false);
        expect({ ...read, xattrs: 0 }).toEqual({ ...attributes, xattrs: 0 });
      }),
    );
  });

  test("are plain ASCII without line breaks as metadata: they become headers", () => {
    fc.assert(
      fc.property(anyAttributes, (attributes) => {
        const texts = Object.entries(metadataOf(attributes)).flat();
        expect(texts.filter((text) => !/^[\x21-\x7e]+$/.test(text))).toEqual([]);
      }),
    );
  });

  test("are written as FSx for Lustre and DataSync write them", () => {
    const attributes = {
      type: "file",
      permissions: 0o644,
      mtimeNs: 1_595_002_920_000_000_001n,
      atimeNs: 5n,
      uid: 1000,
      gid: 100,
    } as const;
    expect(metadataOf(attributes)).toEqual({
      "file-mtime": "1595002920000000001ns",
      "file-atime": "5ns",
      "file-permissions": "0100644",
      "file-owner": "1000",
      "file-group": "100",
    });
    expect(metadataOf({ type: "link" })).toEqual({ "file-permissions": "0120777" });
    expect(metadataOf({ type: "file" })).toEqual({});
  });
});

describe("metadata of others is read:", () => {
  test.each([
    [
      "FSx's times without unit are milliseconds",
      { "file-mtime": "1500" },
      { mtimeNs: 1_500_000_000n },
    ],
    [
      "a mode without type",
      { "file-permissions": "0755" },
      { permissions: 0o755, type: undefined },
    ],
    [
      "rclone's",
      { mtime: "1354040105.123456789", mode: "100640", uid: "7", gid: "8" },
      { mtimeNs: 1_354_040_105_123_456_789n, permissions: 0o640, type: "file", uid: 7, gid: 8 },
    ],
    [
      "rclone's times in RFC 3339",
      { mtime: "2006-01-02T15:04:05.5+01:00" },
      { mtimeNs: BigInt(Date.UTC(2006, 0, 2, 14, 4, 5)) * 1_000_000n + 500_000_000n },
    ],
    [
      "s3cmd's",
      {
        "s3cmd-attrs":
          "atime:1/ctime:2/gid:3/gname:users/md5:abc/mode:33188/mtime:4/uid:5/uname:ann",
      },
      {
        atimeNs: 1_000_000_000n,
        mtimeNs: 4_000_000_000n,
        permissions: 0o644,
        type: "file",
        uid: 5,
        gid: 3,
        userName: "ann",
        groupName: "users",
      },
    ],
    ["and ours wins", { "file-owner": "1", uid: "2" }, { uid: 1 }],
  ] as const)("%s", (_what, metadata, expected) => {
    expect(attributesIn(metadata)).toMatchObject(expected);
  });

  test.each([
    { "file-mtime": "soon" },
    { "file-mtime": `${2n ** 63n}ns` },
    { "file-permissions": "rw-r--r--" },
    { "file-permissions": "0888" },
    { "file-permissions": "0777777" },
    { "file-owner": "-1" },
    { "file-owner": "4294967295" },
    { "file-group": "root" },
    { mtime: "2006-13-45T99:00:00Z" },
    { "s3cmd-attrs": "///:::" },
    { "s3sync-device": "1" },
    { "s3sync-owner-name": "%E0%A4%A" },
  ])("what makes no sense is unknown: %j", (metadata: Record<string, string>) => {
    const known = Object.values(attributesIn(metadata)).filter((value) => value !== undefined);
    expect(known).toEqual([]);
  });

  test("that there are no extended attributes is another thing than that nothing is said of them", () => {
    expect(attributesIn(metadataOf({ xattrs: new Map() })).xattrs).toEqual(new Map());
    expect(attributesIn(metadataOf({})).xattrs).toBeUndefined();
  });

  test("any text does no harm", () => {
    const names = [
      "file-mtime",
      "file-permissions",
      "s3cmd-attrs",
      "mtime",
      "s3sync-xattrs",
      "mode",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string(), (name, text) => {
        attributesIn({ [name]: text });
      }),
    );
  });
});

describe("times are compared", () => {
  const whole = 1_700_000_000_000_000_000n;

  test.each([
    ["by whole seconds, if one knows no more", whole, whole + 999_999_999n, true],
    ["by whole seconds, and another second is another time", whole, whole + 1_000_000_000n, false],
    ["to the microsecond, if both know more", whole + 1_000_001n, whole + 1_000_500n, true],
    ["and else are others", whole + 1_000_001n, whole + 1_002_001n, false],
    ["before 1970, too", -500_000_000n, -1_000_000_000n, true],
  ])("%s", (_how, a, b, same) => {
    expect(isSameTime(a, b)).toBe(same);
    expect(isSameTime(b, a)).toBe(same);
  });

  test("and split into seconds and the rest, which is never negative", () => {
    fc.assert(
      fc.property(times, (ns) => {
        expect(secondsOf(ns) * 1_000_000_000n + nanosecondsOf(ns)).toBe(ns);
        expect(nanosecondsOf(ns) >= 0n && nanosecondsOf(ns) < 1_000_000_000n).toBe(true);
      }),
    );
  });
});

describe("what is kept", () => {
  const attributes = { type: "file", permissions: 0o6755, uid: 1, atimeNs: 5n } as const;

  test("has no setuid and setgid, unless these are asked for", () => {
    expect(keptOf(attributes, usual).permissions).toBe(0o755);
    expect(keptOf(attributes, everything).permissions).toBe(0o6755);
    expect(areOther(attributes, { ...attributes, permissions: 0o755 }, usual)).toBe(false);
    expect(areOther(attributes, { ...attributes, permissions: 0o755 }, everything)).toBe(true);
  });

  test("is compared, and nothing else", () => {
    expect(areOther({ uid: 1 }, { uid: 2 }, usual)).toBe(true);
    expect(areOther({ uid: 1 }, { uid: 2 }, new Set(["mode"]))).toBe(false);
    expect(areOther({}, { uid: 2 }, usual)).toBe(false);
    expect(areOther({ mtimeNs: 1n }, {}, usual)).toBe(true);
    const some = { xattrs: new Map([["user.a", new Uint8Array(1)]]) };
    expect(areOther({}, some, everything)).toBe(false);
    expect(areOther({ xattrs: new Map() }, some, everything)).toBe(true);
    expect(areOther({ atimeNs: 1n }, { atimeNs: 5_000_000_000n }, everything)).toBe(false);
  });

  test("tells types apart by their modes", () => {
    for (const type of ["file", "directory", "link", "fifo", "socket"] as const) {
      expect(typeOfMode(modeOf(type, 0o7777))).toBe(type);
    }
    expect(typeOfMode(0o644)).toBeUndefined();
  });
});

test("other metadata stays where that of files is replaced", () => {
  const now = { colour: "red", "file-owner": "1", "file-atime": "5ns", mtime: "7" };
  const wanted = { "file-owner": "2", "file-mtime": "9ns", colour: "blue" };
  expect(withFileMetadata(now, wanted)).toEqual({
    colour: "red",
    mtime: "7",
    "file-owner": "2",
    "file-mtime": "9ns",
  });
});
