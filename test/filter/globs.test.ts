/**
 * `--include` and `--exclude`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { asKey } from "../../src/core/key.ts";
import { globFilter } from "../../src/filter/globs.ts";

/** Whether a key is left out by `-pattern` and `+pattern`, in their order. */
function leavesOut(rules: readonly string[], key: string): boolean {
  const globs = (sign: string) =>
    rules.flatMap((rule, at) => (rule.startsWith(sign) ? [{ pattern: rule.slice(1), at }] : []));
  return globFilter(globs("+"), globs("-"))?.(asKey(key)) ?? false;
}

describe("an exclude without a slash", () => {
  test.each(["a.tmp", "x/a.tmp", "x/y/.tmp", "a.tmp/below", "日/é.tmp", "new\nline.tmp"])(
    "leaves %p out at any depth",
    (key) => {
      expect(leavesOut(["-*.tmp"], key)).toBe(true);
    },
  );

  test.each(["a.tmpx", "a.tmp2/b", "tmp", "a/tmp"])("does not leave %p out", (key) => {
    expect(leavesOut(["-*.tmp"], key)).toBe(false);
  });
});

describe.each<[glob: string, out: readonly string[], kept: readonly string[]]>([
  ["node_modules", ["node_modules", "a/node_modules/b/c"], ["node_modules2", "a/xnode_modules"]],
  ["/build", ["build", "build/a/b"], ["a/build", "builds"]],
  ["/build/", ["build/a", "build/"], ["build", "a/build/b"]],
  ["build/", ["build/a", "x/build/y"], ["build", "x/build"]],
  ["docs/*.html", ["docs/a.html"], ["docs/x/a.html", "x/docs/a.html", "docs/a.htm"]],
  ["docs/**/*.html", ["docs/a.html", "docs/x/y/a.html"], ["x/docs/a.html"]],
  ["**/x", ["x", "a/x", "a/b/x/c"], ["ax"]],
  ["x/**", ["x/a", "x/a/b"], ["x", "y/x/a"]],
  ["a?c", ["abc", "d/a-c"], ["ac", "a/c", "abbc"]],
  ["[a-c]1", ["a1", "x/c1"], ["d1"]],
  ["[!a-c]1", ["d1", "x/é1"], ["a1"]],
  ["*.{jpg,png}", ["a.jpg", "x/.png"], ["a.gif"]],
  ["a\\*b", ["a*b"], ["axb"]],
  [".*", [".a", "x/.git/config"], ["a.b"]],
  ["{x", ["{x"], ["x"]],
  ["a|b", ["a|b"], ["a", "b"]],
  ["@(a|b)(1)", ["a(1)", "x/b(1)"], ["a", "c(1)"]],
  ["!(a|b).c", ["x.c"], ["a.c", "b.c"]],
  ["a b+c(1)", ["a b+c(1)"], ["a bc1"]],
])("%s", (glob, out, kept) => {
  test.each(out.map((key) => [key]))("leaves %p out", (key) => {
    expect(leavesOut([`-${glob}`], key)).toBe(true);
  });

  test.each(kept.map((key) => [key]))("keeps %p", (key) => {
    expect(leavesOut([`-${glob}`], key)).toBe(false);
  });
});

describe("of several", () => {
  test("the last one that matches decides", () => {
    const rules = ["-*.log", "+keep.log", "-secret/"];
    expect(leavesOut(rules, "a.log")).toBe(true);
    expect(leavesOut(rules, "x/keep.log")).toBe(false);
    expect(leavesOut(rules, "secret/keep.log")).toBe(true);
    expect(leavesOut(rules, "other")).toBe(false);
  });

  test("an include that comes first means: nothing else", () => {
    expect(leavesOut(["+*.jpg"], "a.jpg")).toBe(false);
    expect(leavesOut(["+*.jpg"], "a.png")).toBe(true);
    expect(leavesOut(["+*.jpg", "-raw/"], "raw/a.jpg")).toBe(true);
  });

  test("everything excluded and something included is that something", () => {
    expect(leavesOut(["-*", "+*.jpg"], "x/a.jpg")).toBe(false);
    expect(leavesOut(["-*", "+*.jpg"], "x/a.png")).toBe(true);
  });

  test("without a place, as the library may give them, includes win", () => {
    const filter = globFilter([{ pattern: "a.log" }], [{ pattern: "*.log" }]);
    expect([filter?.(asKey("a.log")), filter?.(asKey("b.log"))]).toEqual([false, true]);
  });
});

test("without globs there is nothing to judge", () => {
  expect(globFilter([], [])).toBeUndefined();
});

test.each([
  ["/", "it names nothing"],
  ["//", "it names nothing"],
  ["[0#[:foo:]", "there is no class [:foo:]"],
])("%s is refused: %s", (pattern, why) => {
  const compile = (): unknown => globFilter([], [{ pattern }]);
  expect(compile).toThrow(`the glob ${JSON.stringify(pattern)} makes no sense: ${why}`);
});

test("globs of any signs are understood, or refused as bad usage", () => {
  const sign = fc.constantFrom(
    ..."ab-*?[]!^(){},|+@\\/.:$#&~ 09".split(""),
    "[:alpha:]",
    "[:foo:]",
  );
  fc.assert(
    fc.property(fc.string({ unit: sign, minLength: 1, maxLength: 10 }), (pattern) => {
      try {
        globFilter([], [{ pattern }]);
      } catch (error) {
        expect(error).toMatchObject({ code: "usage" });
      }
    }),
    { numRuns: 3000 },
  );
});

test("any text is a glob, and one of plain names matches itself", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 20 }), fc.string(), (glob, key) => {
      if (!/^\/+$/.test(glob)) leavesOut([`-${glob}`], key);
    }),
  );
  const name = fc.string({ unit: fc.constantFrom(..."abc.-_ é日".split("")), minLength: 1 });
  fc.assert(
    fc.property(name, (plain) => leavesOut([`-${plain}`], `x/${plain}`) || /^\.{1,2}$/.test(plain)),
  );
});

test("a costly glob is answered at once", () => {
  const long = "a".repeat(1024);
  expect(leavesOut(["-*a*a*a*a*a*a*a*a*b"], long)).toBe(false);
  expect(leavesOut(["-+(a|aa)b"], long)).toBe(false);
});
