/**
 * Which objects are sent at all, and what is safe from deletion.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import { type FilterRules, objectFilter } from "../../src/filter/object-filter.ts";
import { compileRegex } from "../../src/regex/regex.ts";
import { objectOf } from "../list/listed.ts";
import { contents, run, storeOf } from "../sync/run.ts";

const none: FilterRules = {
  beforeMs: undefined,
  fromMs: undefined,
  belowBytes: undefined,
  fromBytes: undefined,
  include: [],
  exclude: [],
  names: [],
  deletesExcluded: false,
};
const [images, drafts] = [compileRegex("\\.(jpg|png)$"), compileRegex("^drafts/")];

describe("a filter", () => {
  const entry = objectOf("drafts/a.jpg", { size: 100, mtimeMs: 5000 });
  test.each<[Partial<FilterRules>, string | undefined]>([
    [{ beforeMs: 5001 }, undefined],
    [{ beforeMs: 5000 }, "--filter-mtime-before"],
    [{ fromMs: 5000 }, undefined],
    [{ fromMs: 5001 }, "--filter-mtime-after"],
    [{ belowBytes: 101 }, undefined],
    [{ belowBytes: 100 }, "--filter-smaller-size"],
    [{ fromBytes: 100 }, undefined],
    [{ fromBytes: 101 }, "--filter-larger-size"],
    [{ include: [images] }, undefined],
    [{ include: [compileRegex("^other/")] }, "--filter-include-regex"],
    [{ include: [compileRegex("^other/"), images] }, undefined],
    [{ exclude: [drafts] }, "--filter-exclude-regex"],
    [{ exclude: [compileRegex("^other/")] }, undefined],
    [{ include: [images], exclude: [drafts] }, "--filter-exclude-regex"],
    [{ beforeMs: 0, exclude: [drafts] }, "--filter-mtime-before"],
  ])("of %j hides an object: %p", (rules, reason) => {
    expect(objectFilter({ ...none, ...rules })?.hides(entry)).toBe(reason);
  });

  test("without a condition is none", () => {
    expect(objectFilter(none)).toBeUndefined();
  });

  test("protects what is excluded, and nothing else", () => {
    const filter = objectFilter({ ...none, include: [images], exclude: [drafts], belowBytes: 5 });
    expect(filter?.protects(asKey("drafts/old"))).toBe(true);
    expect(filter?.protects(asKey("other"))).toBe(false);
  });
});

describe("a run with filters", () => {
  const source = () => storeOf({ "a.jpg": "1", "drafts/b.jpg": "1", "notes.txt": "1" });
  const target = () =>
    storeOf({ "notes.txt": "old!", "drafts/old.jpg": "1", "gone.txt": "1", "gone.jpg": "1" });

  test("sends what they leave, and says why the rest is skipped", async () => {
    const to = storeOf({});
    const filter = objectFilter({ ...none, include: [images], exclude: [drafts] });
    const told = await run(source(), to, { filter });
    expect(contents(to)).toEqual({ "a.jpg": "1" });
    const reasons = told.events.flatMap((event) =>
      event.type === "skipped" ? [`${event.key} ${event.reason}`] : [],
    );
    expect(reasons).toEqual([
      "drafts/b.jpg --filter-exclude-regex",
      "notes.txt --filter-include-regex",
    ]);
  });

  test("never deletes what they hide in the source, nor what is excluded", async () => {
    const to = target();
    const filter = objectFilter({ ...none, include: [images], exclude: [drafts] });
    await run(source(), to, { filter, deletes: true });
    expect(contents(to)).toEqual({ "a.jpg": "1", "drafts/old.jpg": "1", "notes.txt": "old!" });
  });

  test("deletes what is excluded where that is said", async () => {
    const to = target();
    const filter = objectFilter({ ...none, exclude: [drafts], deletesExcluded: true });
    await run(source(), to, { filter, deletes: true });
    expect(Object.keys(contents(to))).toEqual(["a.jpg", "notes.txt"]);
  });

  test("ends with an error, and deletes nothing, where a pattern is too costly", async () => {
    const to = storeOf({ old: "1" });
    const costly = compileRegex("(?=(a+)+$)b");
    const filter = objectFilter({ ...none, exclude: [costly] });
    const told = await run(storeOf({ [`${"a".repeat(60)}!`]: "1" }), to, { filter, deletes: true });
    expect(told.summary).toMatchObject({ errors: 1, deleted: 0, transferredObjects: 0 });
  });
});
