/**
 * Which objects are sent although the target has them.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import type { Entry } from "../../src/core/entry.ts";
import { parseETag } from "../../src/core/etag.ts";
import { judgeUpdate, type PublishedRule, type UpdateRule } from "../../src/diff/update-check.ts";
import { objectOf } from "../list/listed.ts";

const sizeOrNewer: UpdateRule = { kind: "size-or-newer" };
const newer: UpdateRule = { kind: "newer" };
const size: UpdateRule = { kind: "size" };
const etag: UpdateRule = { kind: "etag", ifNewer: false };
const newerAndETag: UpdateRule = { kind: "etag", ifNewer: true };

const [one, two] = [parseETag("1".repeat(32)), parseETag("2".repeat(32))];

function objectAt(mtimeMs: number, more: Partial<Entry> = {}): Entry {
  return { ...objectOf("k", { mtimeMs }), ...more };
}

describe("by time", () => {
  test.each([
    { what: "newer by a second", source: 2000, target: 1000, isNewer: true },
    { what: "newer within the same second", source: 1999.9, target: 1000, isNewer: false },
    { what: "newer, but not by a second", source: 2000, target: 1999.9, isNewer: true },
    { what: "of the same time", source: 1500, target: 1500, isNewer: false },
    { what: "older", source: 1000, target: 9000, isNewer: false },
    { what: "newer, both before 1970", source: -1000, target: -1000.5, isNewer: true },
  ])("what is $what is sent: $isNewer", ({ source, target, isNewer }) => {
    for (const rule of [sizeOrNewer, newer]) {
      const judgement = judgeUpdate(objectAt(source), objectAt(target), rule);
      expect(judgement).toBe(isNewer ? "send" : "keep");
    }
  });

  test("nothing is sent twice: what was just written is not older", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e12, max: 1e13 }), (mtimeMs) => {
        const source = objectAt(mtimeMs);
        // S3 keeps whole seconds of its own clock, a file the time of the object.
        expect(judgeUpdate(source, objectAt(mtimeMs), sizeOrNewer)).toBe("keep");
        expect(judgeUpdate(source, objectAt(mtimeMs + 5000), sizeOrNewer)).toBe("keep");
      }),
    );
  });
});

describe("what is known to have changed", () => {
  const doubtMs = 10_000;
  test.each([
    { what: "newer", source: 3000, target: 1000, judgement: "send" },
    { what: "of the same second", source: 1999, target: 1000, judgement: "look" },
    {
      what: "older by less than clocks may differ",
      source: 1000,
      target: 11_999,
      judgement: "look",
    },
    { what: "older by more", source: 1000, target: 12_000, judgement: "keep" },
  ] as const)("and looks $what: $judgement", ({ source, target, judgement }) => {
    const pair = [objectAt(source), objectAt(target)] as const;
    for (const rule of [sizeOrNewer, newer]) {
      expect(judgeUpdate(...pair, { ...rule, doubtMs })).toBe(judgement);
    }
    // Listings show both ETags.
    const [of, to] = [objectAt(source, { etag: one }), objectAt(target, { etag: two })];
    const byETag = judgement === "keep" ? "keep" : "send";
    expect(judgeUpdate(of, to, { ...newerAndETag, doubtMs })).toBe(byETag);
  });
});

describe("another size", () => {
  const [small, large] = [objectAt(1000, { size: 1 }), objectAt(2000, { size: 2 })];
  test.each([
    { rule: sizeOrNewer, wanted: "send" },
    { rule: size, wanted: "send" },
    { rule: etag, wanted: "send" },
    { rule: newer, wanted: "keep" },
    { rule: newerAndETag, wanted: "keep" },
  ] as const)("of an older object: $rule.kind says $wanted", ({ rule, wanted }) => {
    expect(judgeUpdate(small, large, rule)).toBe(wanted);
  });

  test("is all that counts where sizes are compared", () => {
    expect(judgeUpdate(objectAt(9e12), objectAt(0), size)).toBe("keep");
  });
});

describe("by ETag", () => {
  const withETag = (value: typeof one | undefined, mtimeMs = 1000): Entry =>
    objectAt(mtimeMs, { etag: value });

  test("equal ones are kept however new the source is, others are sent however old it is", () => {
    expect(judgeUpdate(withETag(one, 9e12), withETag(one), etag)).toBe("keep");
    expect(judgeUpdate(withETag(one, 0), withETag(two), etag)).toBe("send");
  });

  test("with the time before it, only newer ones are compared", () => {
    expect(judgeUpdate(withETag(one, 0), withETag(two), newerAndETag)).toBe("keep");
    expect(judgeUpdate(withETag(one, 9e12), withETag(two), newerAndETag)).toBe("send");
    expect(judgeUpdate(withETag(one, 9e12), withETag(one), newerAndETag)).toBe("keep");
  });

  test("a side that has none must be looked at, unless its size tells", () => {
    expect(judgeUpdate(withETag(undefined), withETag(one), etag)).toBe("look");
    expect(judgeUpdate(withETag(one), withETag(undefined), etag)).toBe("look");
    const other = objectAt(1000, { size: 77, etag: one });
    expect(judgeUpdate(withETag(undefined), other, etag)).toBe("send");
  });
});

test("always sends, and never does not, whatever stands there", () => {
  const any = fc.record({ size: fc.nat(), mtimeMs: fc.integer() });
  fc.assert(
    fc.property(any, any, (a, b) => {
      const [source, target] = [objectOf("k", a), objectOf("k", b)];
      expect(judgeUpdate(source, target, { kind: "always" })).toBe("send");
      expect(judgeUpdate(source, target, { kind: "never" })).toBe("keep");
    }),
  );
});

describe("of a site that is published already", () => {
  const at = 1_000_000;
  function judged(
    source: Partial<Entry>,
    target: Partial<Entry>,
    more: Partial<PublishedRule> = {},
  ) {
    const usual = { hashes: "newer", madeUntilMs: Infinity, toleranceMs: 0 } as const;
    const rule = { kind: "published", ...usual, clockOffsetMs: () => 0, ...more } as const;
    return judgeUpdate(objectAt(at, source), objectAt(at, { etag: one, ...target }), rule);
  }

  test("another size is sent, whatever the times", () => {
    expect(judged({ size: 1, mtimeMs: 0 }, { size: 2 })).toBe("send");
  });

  test.each([
    { hashes: "newer", ifNewer: "look", ifOlder: "keep" },
    { hashes: "none", ifNewer: "send", ifOlder: "keep" },
    { hashes: "all", ifNewer: "look", ifOlder: "look" },
  ] as const)(
    "hashing $hashes: what is newer is $ifNewer, the rest $ifOlder",
    ({ hashes, ifNewer, ifOlder }) => {
      expect(judged({ mtimeMs: at + 1 }, {}, { hashes })).toBe(ifNewer);
      expect(judged({}, {}, { hashes })).toBe(ifOlder);
    },
  );

  test("what is newer counts by the clock of the service, and by more than the tolerance", () => {
    expect(judged({ mtimeMs: at - 500 }, {}, { clockOffsetMs: () => 501 })).toBe("look");
    expect(judged({ mtimeMs: at + 500 }, {}, { clockOffsetMs: () => -500 })).toBe("keep");
    expect(judged({ mtimeMs: at + 500 }, {}, { toleranceMs: 500 })).toBe("keep");
    expect(judged({ mtimeMs: at + 501 }, {}, { toleranceMs: 500 })).toBe("look");
  });

  test("what is made has no size before, and is looked at where it may be made otherwise", () => {
    expect(judged({ isMade: true, size: 1 }, { size: 2 })).toBe("keep");
    expect(judged({ isMade: true }, {}, { madeUntilMs: -Infinity })).toBe("look");
    expect(judged({}, {}, { madeUntilMs: -Infinity })).toBe("keep");
  });

  test("what is made of a file that was put there since is looked at, however old the file is", () => {
    const made = { isMade: true, mtimeMs: 0 };
    expect(judged({ ...made, ctimeMs: at + 1 }, {})).toBe("look");
    expect(judged({ ...made, ctimeMs: at }, {})).toBe("keep");
    expect(judged({ mtimeMs: 0, ctimeMs: at + 1 }, {})).toBe("keep");
  });

  test("what has an ETag is judged by that, unless the target's is of another kind", () => {
    expect(judged({ etag: one, mtimeMs: at + 1 }, {})).toBe("keep");
    expect(judged({ etag: two }, {})).toBe("look");
    expect(judged({ etag: two, size: 1 }, { size: 2 })).toBe("send");
  });
});
