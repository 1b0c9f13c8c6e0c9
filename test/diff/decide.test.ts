/**
 * What is done about a key, given what both sides know of it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import type { Listed } from "../../src/core/entry.ts";
import { asKey } from "../../src/core/key.ts";
import { decide, type Decision, type Policy } from "../../src/diff/decide.ts";
import { defaultCheck, type UpdateCheck } from "../../src/diff/update-check.ts";
import { directoryOf, gapOf, objectOf, specialOf } from "../list/listed.ts";

const key = "k";
const check = defaultCheck;
const flat: Policy = { deletes: false, makesDirectories: false, check };
const flatDeleting: Policy = { deletes: true, makesDirectories: false, check };
const tree: Policy = { deletes: true, makesDirectories: true, check };

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
  const anyPolicy = fc.record({
    deletes: fc.boolean(),
    makesDirectories: fc.boolean(),
    check: fc.constant(check),
  });
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
      target: old,
    });
    expect(decide({ key: old.key, source: undefined, target: old }, tree)).toEqual({
      kind: "delete",
      entry: old,
    });
  });
});

describe("the update check", () => {
  const policyOf = (more: Partial<UpdateCheck>): Policy => ({
    ...flat,
    check: { ...check, ...more },
  });

  test("by itself sends what is newer or of another size", () => {
    expect(decide({ key: old.key, source: fresh, target: old }, flat).kind).toBe("transfer");
    expect(decide({ key: old.key, source: old, target: fresh }, flat).kind).toBe("skip");
  });

  test("that sends only what exists skips what is missing, and says why", () => {
    const existing = policyOf({ sendsMissing: false });
    expect(decide({ key: old.key, source: fresh, target: undefined }, existing)).toEqual({
      kind: "skip",
      reason: "not in the target",
    });
    expect(decide({ key: old.key, source: fresh, target: old }, existing).kind).toBe("transfer");
  });

  test("that never sends what exists says so", () => {
    const never = policyOf({ rule: { kind: "never" } });
    expect(decide({ key: old.key, source: fresh, target: old }, never)).toEqual({
      kind: "skip",
      reason: "exists",
    });
    expect(decide({ key: old.key, source: fresh, target: undefined }, never).kind).toBe("transfer");
  });

  test("that must look at the contents gets both sides", () => {
    const byETag = policyOf({ rule: { kind: "etag", ifNewer: false } });
    expect(decide({ key: old.key, source: fresh, target: old }, byETag)).toEqual({
      kind: "compare",
      entry: fresh,
      target: old,
    });
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
