/**
 * `check()`: the verdict on every key, whatever the two sides are, and what it takes to find it.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { OptionsInput } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { KiB, plant, plantObjects, randomBytes, secondsAgo } from "../support/trees.ts";
import { checked } from "./check-kit.ts";

const bytes = randomBytes("check", 3 * KiB);
const flipped = Uint8Array.from(bytes);
flipped[1234] = (flipped[1234] ?? 0) ^ 1;

const one = { same: bytes, empty: "", damaged: bytes, shorter: "four", gone: "x", "ü/ä b": "y" };
const other = {
  same: bytes,
  empty: "",
  damaged: flipped,
  shorter: "two",
  extra: "x",
  "ü/ä b": "y",
};
const sameTime = secondsAgo(3600);

let dir: TempDir;
let bucket: TestBucket;

beforeAll(async () => {
  dir = new TempDir();
  bucket = await TestBucket.create();
  for (const [name, tree] of Object.entries({ one, other })) {
    for (const [key, content] of Object.entries(tree)) {
      dir.write(`${name}/${key}`, content, sameTime);
    }
    await plantObjects(bucket, tree, `${name}/`);
  }
});
afterAll(async () => {
  dir[Symbol.dispose]();
  await bucket[Symbol.asyncDispose]();
});

type Kind = "files" | "objects";

function place(kind: Kind, name: string): string {
  return kind === "files" ? dir.at(name) : bucket.url(`${name}/`);
}

const pairs: readonly (readonly [Kind, Kind])[] = [
  ["files", "files"],
  ["files", "objects"],
  ["objects", "files"],
  ["objects", "objects"],
];

/** What is told of both trees, with this proof of what is the same. */
function verdicts(proof: string): string[] {
  return [
    "damaged: differs",
    "empty: empty",
    "extra: only-in-target",
    "gone: only-in-source",
    `same: ${proof}`,
    "shorter: differs",
    `ü/ä b: ${proof}`,
  ];
}

describe.each(pairs)("%s against %s", (from, to) => {
  const areFiles = from === "files" && to === "files";

  test("every key gets its verdict, a flipped byte of an old file too, and no object is read", async () => {
    await using proxy = await FaultProxy.start(httpServer());
    const sides = [place(from, "one"), place(to, "other")] as const;
    const { told, counts } = await checked(...sides, bucket, {}, proxy);
    expect(told).toEqual(verdicts(areFiles ? "bytes" : "etag"));
    expect(counts).toMatchObject({
      ...{ differs: 2, onlyInSource: 1, onlyInTarget: 1, unproven: 0, alike: 0 },
      same: { empty: 1, checksum: 0 },
    });
    expect(proxy.count("GetObject")).toBe(0);
  });

  test("with readData by the bytes of both sides", async () => {
    const sides = [place(from, "one"), place(to, "other")] as const;
    const { told, reasons, counts } = await checked(...sides, bucket, { readData: true });
    expect(told).toEqual(verdicts("bytes"));
    expect(reasons["damaged"]).toBe("other bytes, from offset 1234 on");
    expect(reasons["shorter"]).toBe("4 bytes in SOURCE, 3 in TARGET");
    // Not what differs in size, nor what is empty.
    expect(counts?.readBytes).toBe(2 * (2 * bytes.byteLength + 1));
  });

  test("nothing is written on either side", async () => {
    await using proxy = await FaultProxy.start(httpServer());
    const before = stateOf(dir);
    for (const options of [{}, { readData: true }, { sample: "50%" }] as OptionsInput[]) {
      await checked(place(from, "one"), place(to, "other"), bucket, options, proxy);
    }
    const methods = new Set(proxy.requests.map(({ method }) => method));
    expect([...methods].filter((method) => method !== "GET" && method !== "HEAD")).toEqual([]);
    expect(stateOf(dir)).toEqual(before);
  });
});

/** All files with their times, hidden ones too. */
function stateOf({ path }: TempDir): string[] {
  const all = fs.readdirSync(path, { recursive: true, encoding: "utf8" });
  return all.map((name) => `${name} ${fs.statSync(`${path}/${name}`).mtimeMs}`).toSorted();
}

test.each(pairs)("of one object that both sides name, %s against %s", async (from, to) => {
  const at = (kind: Kind, name: string): string =>
    kind === "files" ? dir.at(name) : bucket.url(name);
  const result = async (name: string): Promise<readonly string[]> =>
    (await checked(at(from, `one/${name}`), at(to, `other/${name}`), bucket)).told;
  expect(await result("same")).toEqual([expect.stringMatching(/^same: (?!differs|only)/)]);
  expect(await result("damaged")).toEqual(["damaged: differs"]);
  // As before, TARGET may be the place that has it.
  const { told } = await checked(at(from, "one/same"), at(to, "other/"), bucket);
  expect(told).toEqual([expect.stringMatching(/^same: (?!differs|only)/)]);
});

test("what a killed run left in the target stays, and is no object", async () => {
  using target = new TempDir();
  plant(target, one);
  const left = target.write(".s3sync-other1-1-abcdef-1.tmp", "half", secondsAgo(10 * 86_400));
  const { counts } = await checked(bucket.url("one/"), target.path, bucket);
  expect(counts).toMatchObject({ onlyInTarget: 0, differs: 0 });
  expect(fs.existsSync(left)).toBe(true);
});

test("a server that shows the right ETags and gives other bytes is found by readData alone", async () => {
  await using proxy = await FaultProxy.start(httpServer());
  const lie = proxy.inject(
    ({ operation, target }) => operation === "GetObject" && target.includes("other/same"),
    { kind: "rewrite", rewrite: (answer) => ({ ...answer, body: Buffer.from(flipped) }) },
  );
  const sides = [bucket.url("one/"), bucket.url("other/")] as const;
  expect((await checked(...sides, bucket, {}, proxy)).told).toContain("same: etag");
  expect(lie.hits).toBe(0);
  const { told } = await checked(...sides, bucket, { readData: true }, proxy);
  expect(told).toContain("same: differs");
  expect(lie.hits).toBe(1);
});

describe("filters", () => {
  test.each([
    ["exclude", { exclude: ["gone", "extra", "ü/"] }],
    ["a regular expression", { filterIncludeRegex: ["^(same|empty|damaged|shorter)$"] }],
    ["a range of keys", { keyStart: "gone", keyEnd: "shorter" }],
  ] as const)("by %s are for both sides", async (_, options) => {
    const sides = [bucket.url("one/"), dir.at("other")] as const;
    const all = await checked(...sides, bucket);
    const some = await checked(...sides, bucket, options);
    const isOut = /^(?:gone|extra|ü)/;
    const inRange = /^(?:same|shorter)/;
    const wanted = (line: string): boolean =>
      "keyStart" in options ? inRange.test(line) : !isOut.test(line);
    expect(some.told).toEqual(all.told.filter(wanted));
  });

  test("by size look at what only the target has, too", async () => {
    const { told } = await checked(dir.at("one"), bucket.url("other/"), bucket, {
      filterLargerSize: "2KiB",
    });
    expect(told).toEqual(["damaged: differs", "same: etag"]);
  });

  test("by what objects tell are asked of the side that has them", async () => {
    await bucket.put("typed/text", "x", { ContentType: "text/plain" });
    await bucket.put("typed/image", "x", { ContentType: "image/png" });
    const nothing = bucket.url("nothing/");
    const options = { filterIncludeContentTypeRegex: ["^text/"] };
    for (const [source, target, verdict] of [
      [bucket.url("typed/"), nothing, "only-in-source"],
      [nothing, bucket.url("typed/"), "only-in-target"],
    ] as const) {
      expect((await checked(source, target, bucket, options)).told).toEqual([`text: ${verdict}`]);
    }
  });
});

describe("what cannot be read", () => {
  test("is not proven, and the others are checked all the same", async () => {
    await using proxy = await FaultProxy.start(httpServer());
    proxy.inject(
      ({ operation, target }) => operation === "GetObject" && target.includes("other/same"),
      { kind: "refuse", status: 403, code: "AccessDenied" },
    );
    const sides = [bucket.url("one/"), bucket.url("other/")] as const;
    const { told, reasons, errors } = await checked(...sides, bucket, { readData: true }, proxy);
    expect(told).toEqual(
      verdicts("bytes").map((line) => line.replace("same: bytes", "same: unproven")),
    );
    expect(reasons["same"]).toContain("AccessDenied");
    expect(errors).toBe(0);
  });

  test("because the server is gone is an error of the check", async () => {
    const options = { targetEndpointUrl: "http://127.0.0.1:1", awsMaxAttempts: 1 };
    const { errors } = await checked(dir.at("one"), bucket.url("other/"), bucket, options);
    expect(errors).toBe(1);
  });
});

describe("a sample", () => {
  const keys = Array.from({ length: 40 }, (_, index) => `file ${index}`);
  const tree = Object.fromEntries(keys.map((key) => [key, randomBytes(key, 100)]));
  let files: TempDir;

  beforeAll(async () => {
    files = new TempDir();
    plant(files, tree);
    await plantObjects(bucket, tree, "sample/");
  });
  afterAll(() => files[Symbol.dispose]());

  const read = (told: readonly string[]): string[] =>
    told.flatMap((line) => (line.endsWith(": bytes") ? line.replace(": bytes", "") : []));

  test.each(["25%", 10] as const)("of %s is drawn again by its seed", async (sample) => {
    const sides = [files.path, bucket.url("sample/")] as const;
    const first = await checked(...sides, bucket, { sample });
    const seed = first.counts?.sample?.seed;
    const second = await checked(...sides, bucket, { sample, sampleSeed: seed });
    expect(second.told).toEqual(first.told);
    expect(second.counts).toEqual(first.counts);
    const { length } = read(first.told);
    expect({ seed, length }).toEqual({ seed, length: sample === 10 ? 10 : expect.any(Number) });
    // Neither proof nor difference: files that are not in the sample are not even read.
    expect(first.counts?.alike).toBe(keys.length - length);
    expect(first.counts?.readBytes).toBe(2 * 100 * length);
  });

  test("takes only its objects from the server", async () => {
    await using proxy = await FaultProxy.start(httpServer());
    const sides = [
      bucket.url("sample/"),
      bucket.url("sample/").replace(/sample\/$/, "sample2/"),
    ] as const;
    await plantObjects(bucket, tree, "sample2/");
    const { told, counts } = await checked(...sides, bucket, { sample: 5 }, proxy);
    expect(read(told)).toHaveLength(5);
    expect(proxy.count("GetObject")).toBe(10);
    // The others are proven by what the listings show.
    expect(counts?.same).toMatchObject({ etag: 35, bytes: 5 });
  });
});
