/**
 * What is done about a key, given what both sides know of it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import type { Listed } from "../../src/core/entry.ts";
import { asKey } from "../../src/core/key.ts";
import { decide, type Decision, isStale, type Policy } from "../../src/diff/decide.ts";
import { directoryOf, gapOf, objectOf, specialOf } from "../list/listed.ts";

const key = "k";
const flat: Policy = { deletes: false, hierarchical: false };
const flatDeleting: Policy = { deletes: true, hierarchical: false };
const tree: Policy = { deletes: true, hierarchical: true };

const old = objectOf(key, { mtimeMs: 1_000_000 });
const fresh = objectOf(key, { mtimeMs: 2_000_000 });

/** Every kind of thing that a listing can say about a key. */
const [gap, around] = [gapOf(key), gapOf("")];
const kinds: Readonly<Record<string, Listed | undefined>> = {
  absent: undefined,
  object: old,
  directory: directoryOf(`${key}/`),
  fifo: specialOf(key, "fifo"),
  socket: specialOf(key, "socket"),
  device: specialOf(key, "device"),
  link: specialOf(key, "link"),
  gap,
  "gap-around": around,
};

function kindOf(source: Listed | undefined, target: Listed | undefined, policy: Policy): string {
  return decide({ key: asKey(key), source, target }, policy).kind;
}

/** One row for each kind of source, one column for each kind of target. */
const table = `
              absent    object   directory  fifo     socket   device   link      gap      gap-around
  absent      nothing   delete   nothing    nothing  nothing  nothing  nothing   warn     nothing
  object      transfer  skip     transfer   warn     warn     warn     transfer  warn     skip
  directory   nothing   nothing  nothing    nothing  nothing  nothing  nothing   warn     nothing
  fifo        warn      warn     warn       warn     warn     warn     warn      warn     nothing
  socket      warn      warn     warn       warn     warn     warn     warn      warn     nothing
  device      warn      warn     warn       warn     warn     warn     warn      warn     nothing
  link        nothing   nothing  nothing    nothing  nothing  nothing  nothing   warn     nothing
  gap         warn      warn     warn       warn     warn     warn     warn      warn     warn
  gap-around  nothing   nothing  nothing    nothing  nothing  nothing  nothing   nothing  nothing`;

describe("with deletions, a source that shows", () => {
  const [columns = [], ...rows] = table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/ +/));
  const cases = rows.flatMap(([source = "", ...cells]) =>
    cells.map((wanted, index) => ({ source, target: columns[index] ?? "", wanted })),
  );

  test("each kind, against each kind of target, has a row in the table", () => {
    expect(columns).toEqual(Object.keys(kinds));
    expect(rows.map(([source]) => source)).toEqual(Object.keys(kinds));
  });

  test.each(cases)("$source, against a target that shows $target: $wanted", (row) => {
    for (const policy of [flatDeleting, tree]) {
      expect(kindOf(kinds[row.source], kinds[row.target], policy)).toBe(row.wanted);
    }
  });

  test.each(cases)("$source, against $target, deletes nothing without --delete", (row) => {
    expect(kindOf(kinds[row.source], kinds[row.target], flat)).not.toBe("delete");
  });
});

describe("unknown is not absent", () => {
  const anything = fc.constantFrom(...Object.values(kinds));
  const anyPolicy = fc.record({ deletes: fc.boolean(), hierarchical: fc.boolean() });
  test("where a side is a gap, nothing is transferred or deleted", () => {
    const gaps = fc.constantFrom(gap, around);
    fc.assert(
      fc.property(gaps, anything, anyPolicy, (unknown, other, policy) => {
        for (const kind of [kindOf(unknown, other, policy), kindOf(other, unknown, policy)]) {
          expect(["transfer", "delete"]).not.toContain(kind);
        }
      }),
    );
  });

  test("a gap is told once, with its own error", () => {
    const warning: Decision = { kind: "warn", error: gap.error };
    expect(decide({ key: gap.key, source: gap, target: old }, tree)).toEqual(warning);
    expect(decide({ key: gap.key, source: old, target: gap }, tree)).toEqual(warning);
  });

  test("only objects are ever deleted, and only where the source has nothing at all", () => {
    fc.assert(
      fc.property(anything, anything, anyPolicy, (source, target, policy) => {
        if (kindOf(source, target, policy) !== "delete") return;
        expect([source, target?.kind, policy.deletes]).toEqual([undefined, "object", true]);
      }),
    );
  });

  test("what is transferred is the source's object, what is deleted the target's", () => {
    expect(decide({ key: old.key, source: fresh, target: old }, flat)).toEqual({
      kind: "transfer",
      entry: fresh,
    });
    expect(decide({ key: old.key, source: undefined, target: old }, tree)).toEqual({
      kind: "delete",
      entry: old,
    });
  });
});

describe("an object is transferred", () => {
  test.each([
    { what: "newer by a second", source: 2000, target: 1000, stale: true },
    { what: "newer within the same second", source: 1999.9, target: 1000, stale: false },
    {
      what: "newer by less than a second, in the next one",
      source: 2000,
      target: 1999.9,
      stale: true,
    },
    { what: "of the same time", source: 1500, target: 1500, stale: false },
    { what: "older", source: 1000, target: 9000, stale: false },
    { what: "newer, both before 1970", source: -1000, target: -1000.5, stale: true },
  ])("if it is $what: $stale", ({ source, target, stale }) => {
    const [a, b] = [objectOf(key, { mtimeMs: source }), objectOf(key, { mtimeMs: target })];
    expect(isStale(a, b)).toBe(stale);
    expect(kindOf(a, b, flat)).toBe(stale ? "transfer" : "skip");
  });

  test("if its size differs, however old it is", () => {
    const sizes = fc.tuple(fc.nat(), fc.nat());
    fc.assert(
      fc.property(sizes, fc.integer(), fc.integer(), ([a, b], sourceTime, targetTime) => {
        fc.pre(a !== b);
        const source = objectOf(key, { size: a, mtimeMs: sourceTime });
        const target = objectOf(key, { size: b, mtimeMs: targetTime });
        expect(kindOf(source, target, flat)).toBe("transfer");
      }),
    );
  });

  test("never twice: what was just written is not stale", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ noNaN: true, min: -1e12, max: 1e13 }), (size, mtimeMs) => {
        const source = objectOf(key, { size, mtimeMs });
        // S3 keeps whole seconds of its own clock, a file the time of the object.
        expect(isStale(source, objectOf(key, { size, mtimeMs }))).toBe(false);
        expect(isStale(source, objectOf(key, { size, mtimeMs: mtimeMs + 5000 }))).toBe(false);
      }),
    );
  });
});

describe("a directory marker", () => {
  const marker = objectOf("d/");
  const full = objectOf("d/", { size: 1 });
  const pairOf = (source: Listed | undefined, target: Listed | undefined) => ({
    key: asKey("d/"),
    source,
    target,
  });

  test("makes a directory where keys are paths, if there is none", () => {
    expect(decide(pairOf(marker, undefined), tree).kind).toBe("transfer");
    expect(decide(pairOf(marker, directoryOf("d/")), tree).kind).toBe("skip");
  });

  test("that holds data cannot be a directory, and is warned about", () => {
    expect(decide(pairOf(full, undefined), tree)).toMatchObject({ kind: "warn" });
    expect(decide(pairOf(full, directoryOf("d/")), tree)).toMatchObject({ kind: "warn" });
  });

  test("is an object like any other where keys are not paths", () => {
    expect(decide(pairOf(full, undefined), flat).kind).toBe("transfer");
    expect(decide(pairOf(marker, marker), flat).kind).toBe("skip");
    expect(decide(pairOf(undefined, marker), flatDeleting).kind).toBe("delete");
  });

  test("in the target is not deleted while the source has a directory of that name", () => {
    expect(decide(pairOf(directoryOf("d/"), marker), flatDeleting).kind).toBe("nothing");
  });
});

test("the reasons name what stands there", () => {
  const blocked = decide({ key: old.key, source: fresh, target: specialOf(key, "socket") }, tree);
  expect(blocked).toMatchObject({
    kind: "warn",
    error: { code: "path-clash", message: '"k" is not written: a socket stands there' },
  });
  const skipped = decide({ key: old.key, source: specialOf(key), target: undefined }, tree);
  expect(skipped).toMatchObject({
    kind: "warn",
    error: { code: "special-file", message: '"k" is skipped: it is a fifo, not a file' },
  });
});
