/**
 * Patterns mean what they mean to Rust, and none hangs a run.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { SyncError } from "../../src/core/errors.ts";
import { caseless, setOf } from "../../src/regex/code-points.ts";
import { parse } from "../../src/regex/parse.ts";
import { PatternError } from "../../src/regex/reader.ts";
import { compileRegex } from "../../src/regex/regex.ts";
import { isSafe } from "../../src/regex/safety.ts";
import rust from "./rust.json";

/** Rust takes them, and we refuse them: what cannot be kept is never taken for something else. */
const refused = new Set([
  ...["\\G", "\\R", "\\K", "\\Z", "a\\Z", "(?R)a$"],
  // It takes these for something that nobody can have meant.
  ...["a{2", "a{3,2}", "(?P<n>a)(?P<n>b)", "[[:foo:]]"],
]);
const rows = rust.patterns as [pattern: string, matches: string | null][];
/** As long as a key can be. */
const long = "a".repeat(1024);

describe("a pattern", () => {
  test.each(rows.filter(([pattern, matches]) => matches !== null && !refused.has(pattern)))(
    "%p matches what it matches in Rust",
    (pattern, matches) => {
      const regex = compileRegex(pattern);
      const found = rust.texts.map((text) => (regex.test(text) ? "1" : "0")).join("");
      expect(found).toBe(matches ?? "");
    },
  );

  test.each(rows.filter(([pattern, matches]) => matches === null || refused.has(pattern)))(
    "%p is refused",
    (pattern) => {
      expect(() => compileRegex(pattern)).toThrow(PatternError);
    },
  );

  test("says what is wrong with it, and where", () => {
    expect(() => compileRegex("photos/(2024|2025")).toThrow(
      'a ) is missing (at 17 of "photos/(2024|2025")',
    );
  });

  test("made of anything is understood or refused", () => {
    const piece = fc.constantFrom(..."ab.*+?()[]{}|^$\\d,1-:&~<>=!Pksx#\n é😀".split(""));
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 30 }), fc.string(), (pattern, text) => {
        try {
          compileRegex(pattern).test(text);
        } catch (error) {
          if (error instanceof PatternError) return;
          expect(error).toBeInstanceOf(SyncError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([["("], ["["], ["(?:"], ["(?="]])(
    "with a hundred thousand %p in each other is refused",
    (open) => {
      expect(() => compileRegex(open.repeat(100_000))).toThrow(PatternError);
    },
  );
});

describe("a costly pattern", () => {
  test.each([
    [".*.*.*.*b"],
    ["(a+)+b"],
    ["^(a|a)*b$"],
    ["(a|aa){10}(a|aa){10}(a|aa){10}b"],
    ["^((((a*)*)*)*)*b"],
    ["(a?){500}b"],
    ["(?:a|aa|aaa)+b"],
  ])("%p is answered at once", (pattern) => {
    expect(isSafe(parse(pattern))).toBe(false);
    const regex = compileRegex(pattern);
    expect(regex.test(long)).toBe(false);
    expect(regex.test(`${long}b`)).toBe(true);
  });

  test.each([["(?=(a+)+b)c"], ["(.*)*\\1b"], ["^(?:a*?)*\\bb"], ["(?<=(a|aa){30})b"]])(
    "%p that only trying can answer ends with an error, never with an answer",
    (pattern) => {
      expect(() => compileRegex(pattern).test(long)).toThrow("in too many ways to try them all");
    },
  );

  test("too large for RE2 is tried step by step", () => {
    const regex = compileRegex("^(\\pL{1,1000}){1,1000}$");
    expect(regex.test(long)).toBe(true);
  });

  test.each([["\\.jpg$"], ["^photos/\\d{4}/.*\\.(jpg|png)$"], ["(foo|bar)/.*\\.tmp"], ["^\\w+$"]])(
    "is not %p: JavaScript's own engine is fast enough",
    (pattern) => {
      expect(isSafe(parse(pattern))).toBe(true);
    },
  );

  test("is answered by each engine alike", () => {
    const node = fc.letrec((tie) => ({
      atom: fc.constantFrom("a", "b", "[ab]", ".", "^", "$"),
      repeat: fc
        .tuple(tie("any"), fc.constantFrom("*", "+", "?", "{0,3}", "*?"))
        .map(([item, times]) => `(?:${String(item)})${times}`),
      pair: fc.tuple(tie("any"), tie("any")).map(([a, b]) => `${String(a)}${String(b)}`),
      choice: fc.tuple(tie("any"), tie("any")).map(([a, b]) => `(${String(a)}|${String(b)})`),
      any: fc.oneof({ maxDepth: 3 }, tie("atom"), tie("repeat"), tie("pair"), tie("choice")),
    })).any;
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
    fc.assert(
      fc.property(node, text, (pattern, subject) => {
        const plain = new RegExp(String(pattern), "u").test(subject);
        expect(compileRegex(String(pattern)).test(subject)).toBe(plain);
        // An atomic group asks for the engine that counts.
        expect(compileRegex(`(?:${String(pattern)})(?>)`).test(subject)).toBe(plain);
      }),
      { numRuns: 1000 },
    );
  });
});

test("case is folded as Unicode folds it, one character to one", () => {
  for (const point of [0x69, 0x131, 0x130, 0x17f, 0x212a, 0x3c2, 0xdf, 0x1e9e, 0x10400]) {
    const native = new RegExp(`^\\u{${point.toString(16)}}$`, "iu");
    const folded = caseless(setOf([[point, point]]));
    for (let other = 0; other < 0x11000; other++) {
      if (other >= 0xd800 && other < 0xe000) continue;
      const isIn = folded.some(([from, to]) => from <= other && other <= to);
      if (isIn !== native.test(String.fromCodePoint(other))) {
        throw new Error(`U+${point.toString(16)} and U+${other.toString(16)}`);
      }
    }
  }
});
