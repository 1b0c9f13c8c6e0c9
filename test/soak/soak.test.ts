/**
 * What the soak rests on: its data, its faults, its measure of memory, and that it would notice.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB } from "../support/trees.ts";
import { differences, digestTree } from "./arrived.ts";
import { SoakData } from "./data.ts";
import { randomFrom, SoakFaults } from "./faults.ts";
import { curve, growthOf } from "./memory.ts";
import { readSettings } from "./settings.ts";

const settings = {
  smallObjects: 1200,
  largeObjects: 2,
  largeMiB: 1,
  faultsPerThousand: 20,
  seed: 3,
};

test("by itself moves 200,000 small and 20 large objects", () => {
  expect(readSettings([])).toMatchObject({ smallObjects: 200_000, largeObjects: 20 });
  expect(readSettings(["--short"])?.smallObjects).toBeLessThan(50_000);
  expect(() => readSettings(["--small", "x"])).toThrow("--small");
});

describe("the data", () => {
  test("is the same for the same seed, before and after the change, and no other's", async () => {
    using dir = new TempDir();
    const made = ["one", "same", "other"].map((name) => {
      const seed = name === "other" ? 4 : settings.seed;
      return new SoakData(dir.at(name), { ...settings, seed });
    });
    const all = (): object[] => made.map(({ root }) => fileDigests(root));
    for (const data of made) await data.write();
    const [before] = all();
    expect(all()[1]).toEqual(before as object);
    expect(all()[2]).not.toEqual(before as object);
    for (const data of made) expect(data.change()).toEqual({ sent: 13, removed: 1 });
    const [after] = all();
    expect(all()[1]).toEqual(after as object);
    const changed = Object.entries(after as object).filter(
      ([name, digest]) => (before as Record<string, string>)[name] !== digest,
    );
    expect(changed).toHaveLength(13);
    expect(Object.keys(after as object)).toHaveLength(made[0]?.count ?? 0);
  });

  test("has large objects among the small ones, and one of them changes", async () => {
    using dir = new TempDir();
    const data = new SoakData(dir.path, settings);
    await data.write();
    const large = dir.files().filter((name) => fs.statSync(dir.at(name)).size === MiB);
    expect(large.map((name) => name.slice(0, 4))).toEqual(["0000", "0001"]);
  });
});

describe("the faults", () => {
  /** Asks so often for an object that is not there. */
  async function countsOf(seed: number): Promise<Readonly<Record<string, number>>> {
    await using proxy = await FaultProxy.start(httpServer());
    const faults = new SoakFaults(proxy, 300, seed);
    for (let index = 0; index < 200; index++) {
      const answer = await fetch(`${proxy.endpoint}/nowhere/x`).catch(() => undefined);
      await answer?.arrayBuffer().catch(() => undefined);
    }
    return faults.counts;
  }

  test("are drawn by the seed, of several kinds, about as many as asked for", async () => {
    const counts = await countsOf(1);
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(total).toBeWithin(30, 130);
    expect(Object.values(counts).filter((count) => count > 0).length).toBeGreaterThan(2);
  });

  test("come from numbers that are the same for the same seed", () => {
    const numbers = (seed: number): number[] => Array.from({ length: 5 }, randomFrom(seed));
    expect(numbers(1)).toEqual(numbers(1));
    expect(numbers(2)).not.toEqual(numbers(1));
    expect(Math.max(...numbers(1))).toBeLessThan(1);
  });
});

describe("the memory", () => {
  const steady = Array.from({ length: 100 }, (_, at) => (at < 10 ? at * 10 : 100 + (at % 3)));

  test("that is used up in the beginning has not grown", () => {
    expect(growthOf(steady)).toEqual({ warm: 102, peak: 102, grown: 0 });
  });

  test("that leaks has, by most of what it takes", () => {
    const leaking = steady.map((value, second) => value + second * 5);
    expect(growthOf(leaking).grown).toBeGreaterThan(350);
  });

  test("of a run of some seconds says nothing", () => {
    expect(growthOf([1, 50, 100, 150])).toEqual({ warm: 150, peak: 150, grown: undefined });
  });

  test("is drawn from its foot to its top, no wider than asked for", () => {
    expect(curve([0, 50, 100])).toBe("▁▅█");
    expect(curve(steady, 10)).toHaveLength(10);
    expect(curve([])).toBe("");
  });
});

test("what did not arrive as it was is noticed", () => {
  using dir = new TempDir();
  for (const name of ["one", "other"]) {
    for (const key of ["same", "flipped", "shorter", "missing"]) dir.write(`${name}/${key}`, key);
  }
  dir.write("other/flipped", "flopped");
  dir.write("other/shorter", "short");
  fs.renameSync(dir.at("other", "missing"), dir.at("other", "surplus"));
  const found = differences(digestTree(dir.at("one")), digestTree(dir.at("other")));
  expect(found.count).toBe(4);
  expect(found.some.toSorted()).toEqual([
    "flipped has other bytes",
    "missing is missing",
    "shorter has 5 bytes, not 7",
    "surplus is too much",
  ]);
});
