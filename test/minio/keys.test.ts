/**
 * Keys that break tools: every one arrives under its own name, in every direction, and can be deleted.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import {
  fileDigests,
  inByteOrder,
  objectDigests,
  plant,
  plantObjects,
  secondsAgo,
  treeDigests,
} from "../support/trees.ts";

const component = "k".repeat(255);

/** Each is a file name, too. */
const names = [
  "with space",
  " leading and trailing ",
  "two  blanks",
  "a+b",
  "100%",
  "%41",
  "%2F%zz",
  "a&b",
  "&amp;",
  "a<b>c",
  "]]>",
  "single'quote",
  'double"quote',
  "tab\there",
  "new\nline",
  "carriage\rreturn",
  "delete\u007f",
  "back\\slash",
  "question?mark",
  "hash#mark",
  "semi;colon:equals=at@",
  "$dollar `tick` ^caret |pipe",
  "*star*[x]{y}",
  "..starts with dots",
  "ends with dots..",
  "...",
  "-rf",
  "--delete",
  "emoji 😀/family 👩‍👩‍👧.png",
  "composed \u00e9 and decomposed e\u0301",
  "right\u202eto left",
  "replacement \ufffd",
  "private \ue000",
  "\u{10000}",
  "\ue000",
  "\ufb01",
  "deep/er/and/deeper/still/file",
  `${component}/${component}/${component}`,
  "plain",
];
const tree = Object.fromEntries(names.map((name) => [name, `content of ${name}`]));
const count = names.length;
const done = { transferredObjects: count, etagVerified: count, errors: 0, warnings: 0 };
const anyName = needing("keeps line breaks in keys", "keeps backslashes in keys");
const escaping = needing(
  "escapes keys in listings",
  "keeps line breaks in keys",
  "keeps backslashes in keys",
);
const sorting = needing(
  "escapes keys in listings",
  "keeps line breaks in keys",
  "keeps backslashes in keys",
  "lists keys in the order of their bytes",
);
const marking = needing("keeps data in directory markers");
const nothing = { transferredObjects: 0, skipped: count, errors: 0, warnings: 0 };

escaping.test("odd names go up under exactly their own keys", async () => {
  using dir = new TempDir();
  plant(dir, tree);
  await using bucket = await TestBucket.create();
  const input = { source: dir.path, target: bucket.url("p/"), ...bucket.side("target") };
  expect(await sync(input)).toMatchObject(done);
  expect(await objectDigests(bucket, "p/")).toEqual(treeDigests(tree));
  expect(await sync(input)).toMatchObject(nothing);
});

escaping.test("odd keys come down as files of exactly these names", async () => {
  await using bucket = await TestBucket.create();
  await plantObjects(bucket, tree, "p/");
  using dir = new TempDir();
  const input = { source: bucket.url("p/"), target: dir.path, ...bucket.side("source") };
  expect(await sync(input)).toMatchObject(done);
  expect(fileDigests(dir.path)).toEqual(treeDigests(tree));
  expect(await sync(input)).toMatchObject(nothing);
});

escaping.test.each([
  { how: "through this machine", serverSideCopy: false },
  { how: "by server-side copy", serverSideCopy: true },
])("odd keys are copied $how", async ({ serverSideCopy }) => {
  await using from = await TestBucket.create();
  await plantObjects(from, tree);
  await using to = await TestBucket.create();
  const sides = { ...from.side("source"), ...to.side("target"), serverSideCopy };
  const input = { source: from.url(), target: to.url("q+&/"), ...sides };
  expect(await sync(input)).toMatchObject(done);
  expect(await objectDigests(to, "q+&/")).toEqual(treeDigests(tree));
  expect(await sync(input)).toMatchObject(nothing);
});

anyName.test("odd keys are deleted when only the target has them, in S3", async () => {
  using dir = new TempDir();
  dir.write("plain", tree["plain"], secondsAgo(60));
  await using bucket = await TestBucket.create();
  await plantObjects(bucket, tree, "p/");
  const input = { source: dir.path, target: bucket.url("p/"), ...bucket.side("target") };
  const summary = await sync({ ...input, delete: true });
  expect(await bucket.keys()).toEqual(["p/plain"]);
  expect(summary).toMatchObject({ deleted: count - 1, errors: 0, warnings: 0 });
});

escaping.test("a key that XML cannot express goes up and comes down", async () => {
  const odd = { "a\u0001": "1", "b\uffff": "2" };
  using dir = new TempDir();
  plant(dir, odd);
  await using bucket = await TestBucket.create();
  expect(
    await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target") }),
  ).toMatchObject({ transferredObjects: 2, etagVerified: 2 });
  using back = new TempDir();
  await sync({ source: bucket.url(), target: back.path, ...bucket.side("source") });
  expect(fileDigests(back.path)).toEqual(treeDigests(odd));
});

escaping.test(
  "a key that XML cannot express does not keep the others from being deleted",
  async () => {
    using dir = new TempDir();
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { "a\u0001": "1", b: "2", "c\uffff": "3" });
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    const summary = await sync({ ...input, delete: true, allowEmptySource: true });
    const left = await bucket.keys();
    expect(left).not.toContain("b");
    expect(summary.deleted).toBe(3 - left.length);
    expect(summary.errors + summary.warnings > 0).toBe(left.length > 0);
  },
);

test("odd files are deleted when only the target has them, locally", async () => {
  await using bucket = await TestBucket.create();
  await bucket.put("plain", "content of plain");
  using dir = new TempDir();
  plant(dir, tree);
  const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
  expect(await sync({ ...input, delete: true })).toMatchObject({ deleted: count - 1, errors: 0 });
  expect(dir.files()).toEqual(["plain"]);
});

escaping.test(
  "odd keys come down and go up under encoded names, which every system takes",
  async () => {
    const odd = {
      ...tree,
      "back\\up": "1",
      "C:\\x": "2",
      "C:/x": "3",
      "con/aux.txt": "4",
      "dot./blank ": "5",
      "esc\u001b[2J\u0085": "6",
      "%41:": "7",
    };
    const all = Object.keys(odd).length;
    await using from = await TestBucket.create();
    await plantObjects(from, odd, "p/");
    using dir = new TempDir();
    const encodeNames = true;
    const down = { source: from.url("p/"), target: dir.path, ...from.side("source"), encodeNames };
    expect(await sync(down)).toMatchObject({ ...done, transferredObjects: all, etagVerified: all });
    expect(dir.files().join("/")).not.toMatch(/[\p{Cc}\p{Bidi_Control}<>:"|?*\\]|[. ](?:\/|$)/u);
    await using to = await TestBucket.create();
    const up = { source: dir.path, target: to.url("q/"), ...to.side("target"), encodeNames };
    expect(await sync(up)).toMatchObject({ ...done, transferredObjects: all, etagVerified: all });
    expect(await objectDigests(to, "q/")).toEqual(treeDigests(odd));
    for (const again of [down, up]) {
      const summary = await sync({ ...again, delete: true });
      expect(summary).toMatchObject({ ...nothing, skipped: all, deleted: 0 });
    }
  },
);

/** The keys in the order in which a run comes upon them. */
async function orderOf(input: Parameters<typeof sync>[0]): Promise<string[]> {
  const keys: string[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (event.type === "queued") keys.push(event.key);
  };
  await sync({ ...input, dryRun: true }, { onEvent });
  return keys;
}

sorting.test(
  "keys come in the order of their UTF-8 bytes on both sides, as the server lists them",
  async () => {
    using dir = new TempDir();
    plant(dir, tree);
    using empty = new TempDir();
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, tree);
    const expected = inByteOrder(names);
    expect(await bucket.keys()).toEqual(expected);
    const down = { source: bucket.url(), target: empty.path, ...bucket.side("source") };
    expect(await orderOf(down)).toEqual(expected);
    await using other = await TestBucket.create();
    const up = { source: dir.path, target: other.url(), ...other.side("target") };
    expect(await orderOf(up)).toEqual(expected);
  },
);

sorting.test(
  "characters beyond U+FFFF sort after U+E000–U+FFFF: no key is missed on either side",
  async () => {
    const astral = ["\u{10000}", "\u{10ffff}", "\ue000", "\uffff", "\ud7ff", "a"];
    using dir = new TempDir();
    for (const name of astral) dir.write(name, name, secondsAgo(60));
    await using bucket = await TestBucket.create();
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
    await sync({ ...input, maxKeys: 1 });
    const again = await sync({ ...input, maxKeys: 1, delete: true });
    expect(again).toMatchObject({ transferredObjects: 0, deleted: 0, skipped: astral.length });
  },
);

test("a key of 1,024 bytes goes up and comes down", async () => {
  const key = Array.from({ length: 4 }, () => "ü".repeat(127)).join("/") + "/1234";
  expect(Buffer.byteLength(key)).toBe(1024);
  using dir = new TempDir();
  dir.write(key, "deep");
  await using bucket = await TestBucket.create();
  expect(
    await sync({ source: dir.path, target: bucket.url(), ...bucket.side("target") }),
  ).toMatchObject({ transferredObjects: 1, etagVerified: 1, errors: 0 });
  expect(await bucket.keys()).toEqual([key]);
  using back = new TempDir();
  await sync({ source: bucket.url(), target: back.path, ...bucket.side("source") });
  expect(fileDigests(back.path)).toEqual(treeDigests({ [key]: "deep" }));
});

needing("refuses keys of more than 1,024 bytes").test(
  "a key that is too long for the service gives one warning, and the others go",
  async () => {
    const long = Array.from({ length: 5 }, () => "l".repeat(250)).join("/");
    using dir = new TempDir();
    plant(dir, { [long]: "too long", short: "fine" });
    await using bucket = await TestBucket.create();
    const events: SyncEvent[] = [];
    const summary = await sync(
      { source: dir.path, target: bucket.url(), ...bucket.side("target") },
      { onEvent: (event) => events.push(event) },
    );
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 1 });
    expect(await bucket.keys()).toEqual(["short"]);
  },
);

needing("stores nothing under another key").test(
  "a prefix with an empty segment is taken literally, or is an honest failure",
  async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    await using bucket = await TestBucket.create();
    const target = bucket.url("double//slash/");
    const summary = await sync({ source: dir.path, target, ...bucket.side("target") });
    const keys = await bucket.keys();
    expect(keys.filter((key) => key !== "double//slash/a")).toEqual([]);
    expect(summary).toMatchObject({ transferredObjects: keys.length, etagVerified: keys.length });
    expect(summary.errors + summary.warnings > 0).toBe(keys.length === 0);
  },
);

needing("stores nothing under another key").test(
  "a target prefix with `..` is taken literally or refused, never resolved",
  async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    await using bucket = await TestBucket.create();
    await bucket.put("victim/keep", "y");
    const target = bucket.url("other/../victim/");
    const input = { source: dir.path, target, ...bucket.side("target"), delete: true };
    const summary = await sync(input).catch(() => undefined);
    const literal = "other/../victim/a";
    expect((await bucket.keys()).filter((key) => key !== literal)).toEqual(["victim/keep"]);
    expect(summary?.deleted ?? 0).toBe(0);
  },
);

test("directory markers become directories, and come back as nothing to do", async () => {
  await using bucket = await TestBucket.create();
  await plantObjects(bucket, { "empty/": "", "full/": "", "full/file": "x" });
  using dir = new TempDir();
  const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
  expect(await sync(input)).toMatchObject({ transferredObjects: 3, errors: 0, warnings: 0 });
  expect(dir.files()).toEqual(["full/file"]);
  expect(await Bun.file(dir.at("empty")).stat()).toMatchObject({ mode: expect.any(Number) });
  expect(await sync({ ...input, delete: true })).toMatchObject({
    transferredObjects: 0,
    skipped: 3,
    deleted: 0,
  });
});

marking.test(
  "a directory marker that holds data is skipped with a warning, because no directory can hold it",
  async () => {
    await using bucket = await TestBucket.create();
    await plantObjects(bucket, { "odd/": "data", plain: "x" });
    using dir = new TempDir();
    const input = { source: bucket.url(), target: dir.path, ...bucket.side("source") };
    expect(await sync(input)).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
    expect(dir.files()).toEqual(["plain"]);
  },
);

marking.test.each([false, true])(
  "directory markers with and without data are copied from S3 to S3 (server side: %p)",
  async (serverSideCopy) => {
    const markers = { "empty/": "", "odd/": "data", "odd/below": "x" };
    await using from = await TestBucket.create();
    await plantObjects(from, markers);
    await using to = await TestBucket.create();
    const sides = { ...from.side("source"), ...to.side("target"), serverSideCopy };
    const input = { source: from.url(), target: to.url(), ...sides };
    const listed = await from.keys();
    expect(await sync(input)).toMatchObject({ transferredObjects: listed.length, errors: 0 });
    expect(await objectDigests(to)).toEqual(await objectDigests(from));
    expect(await sync(input)).toMatchObject({ transferredObjects: 0, errors: 0, warnings: 0 });
  },
);
