/**
 * `--shard`: several runs that do together what one would do, none of it twice.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import fc from "fast-check";

import {
  check,
  type MemoryStore,
  type OptionsInput,
  type RunResult,
  sync,
  type SyncEvent,
} from "../../src/index.ts";
import type { Store } from "../../src/store/store.ts";
import { gapOf } from "../list/listed.ts";
import { Faults } from "../support/memory-faults.ts";
import { TempDir } from "../support/temp-dir.ts";
import { inByteOrder } from "../support/trees.ts";
import { contents, storeOf } from "./run.ts";

/** A run, and the keys of which it told that something was done, each with what. */
interface Told {
  readonly result: RunResult;
  readonly done: readonly string[];
}

async function one(source: Store, target: Store | string, more: OptionsInput): Promise<Told> {
  const done: string[] = [];
  const onEvent = (event: SyncEvent): void => {
    if (["synced", "skipped", "deleted"].includes(event.type) && "key" in event) {
      done.push(`${event.key} ${event.type}`);
    }
    if (event.type === "warning") done.push(`${event.key} ${event.error.code}`);
  };
  return { result: await sync({ source, target, ...more }, { onEvent }), done };
}

/** All shards, one after the other. */
async function all(
  count: number,
  source: Store,
  target: Store | string,
  more: OptionsInput,
): Promise<Told[]> {
  const told: Told[] = [];
  for (let number = 1; number <= count; number++) {
    told.push(await one(source, target, { ...more, shard: { number, count } }));
  }
  return told;
}

/** What is counted, of all together. */
function totals(told: readonly Told[]) {
  const sum = (field: "transferredObjects" | "transferredBytes" | "deleted" | "skipped") =>
    told.reduce((total, { result }) => total + result[field], 0);
  return {
    sent: [sum("transferredObjects"), sum("transferredBytes")],
    deleted: sum("deleted"),
    skipped: sum("skipped"),
    done: told.flatMap(({ done }) => done).toSorted(),
  };
}

function objects(keys: readonly string[], content = ""): Record<string, string> {
  return Object.fromEntries(
    keys.filter((key) => key.isWellFormed()).map((key) => [key, content + key]),
  );
}

function letters(unit: string): string[] {
  return Array.from({ length: 26 }, (_, at) => unit + String.fromCharCode(97 + at));
}

describe("all shards together", () => {
  const keys = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }), {
    maxLength: 40,
  });
  const counts = fc.integer({ min: 1, max: 6 });

  test("do what one run does: the same keys, deletions and counts, and nothing twice", async () => {
    await fc.assert(
      fc.asyncProperty(keys, keys, keys, counts, async (both, mine, theirs, count) => {
        const source = () => storeOf({ ...objects(mine, "new"), ...objects(both) });
        const target = () => storeOf({ ...objects(theirs), ...objects(both) });
        const options = { delete: true, allowEmptySource: true };
        const whole = target();
        const expected = await one(source(), whole, options);
        const pieces = target();
        const told = await all(count, source(), pieces, options);
        expect(contents(pieces)).toEqual(contents(whole));
        expect(totals(told)).toEqual(totals([expected]));
      }),
      { numRuns: 60 },
    );
  });

  test("do so where keys are paths that exclude each other", async () => {
    const path = fc.string({ unit: fc.constantFrom("a", "b", "/"), minLength: 1, maxLength: 5 });
    const paths = fc.uniqueArray(path, { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(paths, paths, counts, async (sources, there, count) => {
        const source = storeOf(objects(sources), 2_000_000_000_000);
        using whole = new TempDir();
        using pieces = new TempDir();
        for (const dir of [whole, pieces]) plantPaths(dir, there);
        await expectSame(source, whole, pieces, (at) => all(count, source, at, fully));
      }),
      { numRuns: 40 },
    );
  });

  test("are tried like one run, and plan each its own", async () => {
    using dir = new TempDir();
    const [source, target] = [storeOf(objects(letters("s"))), storeOf(objects(letters("t")))];
    const options = { delete: true, dryRun: true };
    const planned: string[] = [];
    for (let number = 1; number <= 3; number++) {
      const planFile = dir.at(`${number}`);
      await one(source, target, { ...options, planFile, shard: { number, count: 3 } });
      const lines = fs.readFileSync(planFile, "utf8").trimEnd().split("\n").slice(1);
      planned.push(...lines.map((line) => (JSON.parse(line) as { key: string }).key));
    }
    expect(planned.toSorted()).toEqual([...letters("s"), ...letters("t")]);
    expect(target.keys()).toHaveLength(26);
  });

  test("tell once of what a list names and nobody has, whoever has what lies in a directory of it", async () => {
    using dir = new TempDir();
    const filesFrom = dir.write(
      "list",
      ["sa", "missing", "d/", "none/", ...letters("x")].join("\n"),
    );
    const source = storeOf(objects(["sa", "d/1", "d/2"]));
    const told = await all(4, source, storeOf({}), { filesFrom });
    const warned = totals(told).done.filter((line) => line.endsWith(" not-found"));
    expect(warned).toEqual(["missing", "none/", ...letters("x")].map((key) => `${key} not-found`));
  });

  test("tell once of that in a check, too", async () => {
    using dir = new TempDir();
    const filesFrom = dir.write("list", ["missing", "none/", "d/"].join("\n"));
    const missing: string[] = [];
    for (let number = 1; number <= 4; number++) {
      const places = { source: storeOf(objects(["d/1"])), target: storeOf({}) };
      const { failures } = await check({ ...places, filesFrom, shard: { number, count: 4 } });
      missing.push(...failures.map(({ key = "" }) => key));
    }
    expect(missing.toSorted()).toEqual(["missing", "none/"]);
  });
});

const fully = { delete: true, allowEmptySource: true };

/**
 * Runs at once, and again. A file that is to go keeps what needs a directory there from being written, in one run; of
 * several, one of the later ones may find it gone. The next one does in any case.
 */
async function expectSame(
  source: MemoryStore,
  whole: TempDir,
  pieces: TempDir,
  inPieces: (target: string) => Promise<Told[]>,
): Promise<void> {
  const isInTheWay = whole
    .files()
    .some((at) => source.keys().some((key) => key.startsWith(`${at}/`)));
  for (const round of [1, 2]) {
    const expected = await one(source, whole.path, fully);
    const told = await inPieces(pieces.path);
    if (isInTheWay && round === 1) continue;
    expect(inByteOrder(pieces.files())).toEqual(inByteOrder(whole.files()));
    if (!isInTheWay) expect(totals(told)).toEqual(totals([expected]));
  }
}

/** Those that can be files beside those before. */
function plantPaths(dir: TempDir, paths: readonly string[]): void {
  for (const name of paths.filter((each) => !/^\/|\/\/|\/$/.test(each))) {
    try {
      dir.write(name, "old");
    } catch {
      // A file is in the way of a directory, or the other way round.
    }
  }
}

describe("all shards by ranges together", () => {
  test("do what one run does, wherever they are cut, also where keys are paths", async () => {
    const path = fc.string({ unit: fc.constantFrom("a", "-", "/"), minLength: 1, maxLength: 5 });
    const paths = fc.uniqueArray(path, { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(paths, paths, paths, async (sources, there, cuts) => {
        const source = storeOf(objects(sources), 2_000_000_000_000);
        using dir = new TempDir();
        using whole = new TempDir();
        using pieces = new TempDir();
        for (const each of [whole, pieces]) plantPaths(each, there);
        const shardRanges = dir.write(
          "cuts",
          inByteOrder(cuts)
            .map((cut) => `${cut}\n`)
            .join(""),
        );
        const more = { ...fully, shardRanges };
        await expectSame(source, whole, pieces, (at) => all(cuts.length + 1, source, at, more));
      }),
      { numRuns: 40 },
    );
  });

  test("tell once of what a list names and nobody has", async () => {
    using dir = new TempDir();
    const filesFrom = dir.write("list", ["sa", "missing", "d/", "none/"].join("\n"));
    const shardRanges = dir.write("cuts", "d/1\nm\nz\n");
    const source = storeOf(objects(["sa", "d/1", "d/2"]));
    const told = await all(4, source, storeOf({}), { filesFrom, shardRanges });
    const warned = totals(told).done.filter((line) => line.endsWith(" not-found"));
    expect(warned).toEqual(["missing not-found", "none/ not-found"]);
  });

  test("each tell their range, and what tells their file from others", async () => {
    using dir = new TempDir();
    const notices = async (number: number, text: string): Promise<string[]> => {
      const shardRanges = dir.write("cuts", text);
      const told: string[] = [];
      const onEvent = (event: SyncEvent): void => {
        if (event.type === "notice") told.push(event.message);
      };
      const shard = { number, count: 3 };
      await sync({ source: storeOf({}), target: storeOf({}), shard, shardRanges }, { onEvent });
      return told;
    };
    const file = dir.at("cuts");
    const [second = ""] = await notices(2, "a\nb\n");
    expect(second).toMatch(
      /^shard 2\/3: keys after "a" up to "b"; cut by .*, digest [0-9a-f]{12}$/,
    );
    const digest = second.slice(-12);
    expect(await notices(1, '"a"\r\n"\\u0062"')).toEqual([
      `shard 1/3: keys up to "a"; cut by ${file}, digest ${digest}`,
    ]);
    expect((await notices(3, "a\nc\n"))[0]).toStartWith('shard 3/3: keys after "c"; cut by ');
    expect((await notices(3, "a\nc\n"))[0]).not.toContain(digest);
  });

  test.each([
    ["a\n", "3 shards need 2 keys, and FILE has 1"],
    ["a\nb\nc\n", "3 shards need 2 keys, and FILE has 3"],
    ["", "3 shards need 2 keys, and FILE has 0"],
    ["b\na\n", "line 2 does not come after line 1, by UTF-8 bytes"],
    ["a\na\n", "line 2 does not come after line 1, by UTF-8 bytes"],
    ["\u{1f600}\n\uffee\n", "line 2 does not come after line 1, by UTF-8 bytes"],
    ["a\n\nb\n", "line 2 is empty"],
    ['"a\nb\n', "line 1 begins with a quotation mark, and is no key as a JSON string"],
    ['""\nb\n', "line 1 begins with a quotation mark, and is no key as a JSON string"],
  ])("are refused with a file of %j", async (text, said) => {
    using dir = new TempDir();
    const shardRanges = dir.write("cuts", text);
    const places = { source: storeOf({}), target: storeOf({}) };
    const run = sync({ ...places, shard: "1/3", shardRanges });
    const message = await run.catch((error: Error) => error.message);
    expect(message).toBe(`--shard-ranges: ${said.replace("FILE", shardRanges)}`);
  });
});

describe("a shard", () => {
  test("deletes nothing while any part of a listing is missing, also one of another shard", async () => {
    for (let number = 1; number <= 4; number++) {
      using faults = new Faults();
      const source = faults.hasGaps(storeOf(objects(letters("s"))), gapOf("d/"));
      const target = storeOf(objects([...letters("s"), ...letters("t")]));
      const told = await one(source, target, { delete: true, shard: { number, count: 4 } });
      expect(told.result.deleted).toBe(0);
      expect(target.keys()).toHaveLength(52);
    }
  });

  test("without objects of its own deletes what is to go, as others show that the source is not empty", async () => {
    const target = storeOf(objects(letters("t")));
    const told = await all(8, storeOf({ only: "" }), target, { delete: true });
    expect(totals(told).deleted).toBe(26);
    expect(target.keys() as string[]).toEqual(["only"]);
  });

  test("deletes nothing if the source is empty", async () => {
    const target = storeOf(objects(letters("t")));
    const told = await all(3, storeOf({}), target, { delete: true });
    expect(totals(told).deleted).toBe(0);
    expect(told.map(({ result }) => result.warnings)).toEqual([1, 1, 1]);
  });

  test("finds the marker of --require-marker, whosever key it is", async () => {
    const source = storeOf(objects([".mounted", ...letters("s")]));
    const told = await all(3, source, storeOf({}), { requireMarker: ".mounted" });
    expect(totals(told).sent[0]).toBe(27);
    const none = all(3, storeOf(objects(letters("s"))), storeOf({}), { requireMarker: ".mounted" });
    expect(await none.catch((error: Error) => error.message)).toContain("nothing is done");
  });

  test("takes --max-delete for its own part", async () => {
    const deleted = async (maxDelete: number): Promise<number> => {
      const source = storeOf({ only: "" });
      const told = await all(2, source, storeOf(objects(letters("t"))), {
        delete: true,
        maxDelete,
      });
      return totals(told).deleted;
    };
    expect([await deleted(1), await deleted(20)]).toEqual([0, 26]);
  });

  test("has a lock of its own, so that all can run at the same time, and each only once", async () => {
    using dir = new TempDir();
    const lock = dir.at("lock");
    const source = storeOf(objects(letters("s")));
    const open = source.open.bind(source);
    const refusals: string[] = [];
    let others: Promise<unknown>[] = [];
    const begin = (number: number): Promise<unknown> =>
      sync({ source: storeOf({}), target: storeOf({}), lock, shard: { number, count: 3 } });
    source.open = (...args) => {
      if (others.length === 0) {
        const again = begin(1).catch((error: Error) => refusals.push(error.message));
        others = [begin(2), begin(3), again];
      }
      return open(...args);
    };
    const target = storeOf({});
    await sync({ source, target, lock, shard: { number: 1, count: 3 } });
    await Promise.all(others);
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toContain(`${lock}.1-of-3`);
    expect(dir.files()).toEqual([]);
  });

  test("is one of a directory or a prefix, not of one file", async () => {
    using dir = new TempDir();
    const run = sync({ source: dir.write("a", "x"), target: "s3://bucket/", shard: "1/2" });
    expect(await run.catch((error: Error) => error.message)).toBe(
      "--shard needs a directory or a prefix as SOURCE",
    );
  });
});
