/**
 * Random cases: what lies on both sides, what is changed there between the runs, and what the runs are told.
 *
 * @module
 */
import fc, { type Arbitrary } from "fast-check";

import { compareKeys } from "../../src/index.ts";
import { MiB, randomBytes } from "../support/trees.ts";
import { type Glob, globs, type Wish } from "./terms.ts";

/** Contents by name: equal sizes with different bytes, nothing at all, and what is moved in parts. */
export const contents = {
  nothing: Buffer.alloc(0),
  a: Buffer.from("a"),
  b: Buffer.from("b"),
  ab: Buffer.from("ab"),
  ba: Buffer.from("ba"),
  longer: randomBytes("longer", 1500),
  "other longer": randomBytes("other longer", 1500),
  large: randomBytes("large", 5 * MiB + 3),
  "other large": randomBytes("other large", 5 * MiB + 3),
} as const;

/**
 * Times, in milliseconds after a moment long ago; `new` is after all runs so far, and before the next one where the test
 * sets the clock.
 */
export const ages = {
  old: 0,
  "hardly newer": 400,
  newer: 1000,
  "much newer": 61_000,
  new: undefined,
};

/** What is put under a key. */
export interface Put {
  readonly content: keyof typeof contents;
  readonly age: keyof typeof ages;
}

/** What happens to a key before a run; a side that is not named is left alone. */
export interface Edit {
  readonly key: string;
  readonly source?: Put | "taken away" | undefined;
  readonly target?: Put | "taken away" | undefined;
}

/** A run, what it is told, and what was changed before it. */
export interface Step {
  readonly edits: readonly Edit[];
  readonly wish: Wish;
  readonly workerSize: number;
}

/** Keys: of files and of what a directory needs, clashing and impossible ones, beyond U+FFFF. */
export const anyKey: Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("a", "b", "a/b", "a/b/c", "a.b", "a-b", "a0", "ab", "b/a", "a/"),
  },
  {
    weight: 4,
    arbitrary: fc
      .array(
        fc.constantFrom(
          ...[
            "a",
            "b",
            "a.b",
            "x.tmp",
            "é",
            "e\u0301",
            "\uffff",
            "😀",
            "\u{10000}",
            " ",
            "+",
            "%41",
          ],
          ...["..", ".", "", "\\", "\n", '"', "A"],
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((names) => names.join("/"))
      .filter((key) => key !== ""),
  },
);

/** Keys that a directory and MinIO can hold all together: no name is that of a file and of a directory. */
export const plainKey: Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom("d", "d.b", "d-b", "é", "\u{10000}", "+ %41"), { maxLength: 2 }),
    fc.oneof(
      {
        weight: 9,
        arbitrary: fc.constantFrom("a", "b", "a.b", "x.tmp", "e\u0301", "\ue000", "😀", "?#"),
      },
      { weight: 1, arbitrary: fc.constant("") },
    ),
  )
  .map(([directories, name]) => [...directories, name].join("/"))
  .filter((key) => key !== "");

/** Seldom something, mostly not. */
function sometimes<T>(arbitrary: Arbitrary<T>, weight = 1): Arbitrary<T | undefined> {
  return fc.oneof({ weight: 10, arbitrary: fc.constant(undefined) }, { weight, arbitrary });
}

/** @param large how often there is something large, in fortieths of the rest */
function anyPut(large: number): Arbitrary<Put> {
  const small = ["a", "b", "ab", "ba", "nothing", "longer", "other longer"] as const;
  return fc.record({
    content: fc.oneof(
      { weight: 40, arbitrary: fc.constantFrom(...small) },
      { weight: large, arbitrary: fc.constantFrom("large", "other large") },
    ),
    age: fc.constantFrom("old", "hardly newer", "newer", "much newer", "new"),
  });
}

/** @param most so many keys are touched */
function anyEdits({ key, large = 1, isBusy = false }: Extras, most: number): Arbitrary<Edit[]> {
  const put = anyPut(large);
  const change = fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: put },
    { weight: 1, arbitrary: fc.constant("taken away" as const) },
  );
  const edit = fc.oneof(
    { weight: isBusy ? 15 : 3, arbitrary: fc.record({ key, source: change, target: change }) },
    // Both sides the same.
    {
      weight: 1,
      arbitrary: fc.tuple(key, put).map(([at, same]) => ({ key: at, source: same, target: same })),
    },
  );
  const minLength = isBusy ? most - 2 : 0;
  return fc.uniqueArray(edit, { selector: (each) => each.key, minLength, maxLength: most });
}

const updates: readonly Wish[] = [
  ...[{}, {}, { update: true }, { ignoreExisting: true }, { existing: true }],
  ...[{ checkSize: true }, { checkEtag: true }, { checkMtimeAndEtag: true }],
  ...[{ removeModifiedFilter: true }, { headEachTarget: true }],
  { removeModifiedFilter: true, existing: true },
  { removeModifiedFilter: true, headEachTarget: true, checkSize: true },
  { removeModifiedFilter: true, headEachTarget: true, existing: true },
  { existing: true, checkSize: true },
  { existing: true, update: true, headEachTarget: true },
];
const deletions: readonly Wish[] = [
  ...[{}, {}, { delete: true }, { delete: true }, { delete: true, deleteExcluded: true }],
  ...["1", "2", "0%", "34%", "50%"].map((maxDelete) => ({ delete: true, maxDelete })),
  ...[{}, { deleteExcluded: true }].map((more) => ({
    delete: true,
    allowEmptySource: true,
    ...more,
  })),
];
const severities: readonly Wish[] = [
  ...[{}, {}, {}, { continueOnError: true }],
  ...[{ warnAsError: true }, { warnAsError: true, continueOnError: true }],
];

const anyRegexes = fc.array(fc.constantFrom("^a", "b$", "/", "\\.", "^[^a]", "😀", "é", "never"), {
  minLength: 1,
  maxLength: 2,
});
const anyGlobs = fc.array(fc.constantFrom(...(Object.keys(globs) as Glob[])), {
  minLength: 1,
  maxLength: 2,
});
const anySize = fc.constantFrom(0, 1, 2, 1500, 1501);
const anyTime = fc.nat({ max: 2000 }).map((offset) => new Date(longAgo + offset));

/** Where the times of a case begin. */
export const longAgo = Date.UTC(2024, 0, 1);

/** @param key of the tree, for options that name some */
function anyFilters(key: Arbitrary<string>): Arbitrary<Wish> {
  const inList = key.filter((name) => !/\n|^\.\//.test(name));
  const filters = fc.record({
    keyStart: sometimes(key),
    keyEnd: sometimes(key),
    filterMtimeBefore: sometimes(anyTime),
    filterMtimeAfter: sometimes(anyTime),
    filterSmallerSize: sometimes(anySize),
    filterLargerSize: sometimes(anySize),
    filterIncludeRegex: sometimes(anyRegexes),
    filterExcludeRegex: sometimes(anyRegexes, 2),
    include: sometimes(anyGlobs),
    exclude: sometimes(anyGlobs, 2),
    names: sometimes(fc.uniqueArray(inList, { minLength: 1, maxLength: 4 })),
  });
  return filters
    .map(({ keyEnd, ...others }) => {
      const { keyStart } = others;
      const isEmpty =
        keyStart !== undefined && keyEnd !== undefined && compareKeys(keyStart, keyEnd) >= 0;
      return isEmpty ? others : { keyEnd, ...others };
    })
    .map(given);
}

/** Without what is not said. */
function given(wish: { readonly [Name in keyof Wish]: Wish[Name] | undefined }): Wish {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined));
}

/** What only some runs can be told. */
export interface Extras {
  readonly key: Arbitrary<string>;
  /** Options beside those that every run knows. */
  readonly also?: readonly Wish[];
  /** How often there is something large; 1 is seldom. */
  readonly large?: number;
  /** The runs have much to do: for those that are to end in the middle. */
  readonly isBusy?: boolean;
}

/** Everything that a run is told. */
export function anyWish({ key, also = [{}], isBusy = false }: Extras): Arbitrary<Wish> {
  const nothing: Arbitrary<Wish> = fc.constant({});
  const mostly = { weight: isBusy ? 15 : 1, arbitrary: nothing };
  return fc
    .tuple(
      fc.constantFrom(...updates),
      fc.constantFrom(...deletions),
      fc.constantFrom(...severities),
      fc.oneof(mostly, { weight: 2, arbitrary: anyFilters(key) }),
      fc.constantFrom(...also),
      fc.constantFrom({}, {}, {}, {}, isBusy ? {} : { dryRun: true }),
    )
    .map((parts) => Object.assign({}, ...parts) as Wish);
}

/** @param most steps */
export function anySteps(extras: Extras, most: number): Arbitrary<Step[]> {
  const step = (edits: number): Arbitrary<Step> =>
    fc.record({
      edits: anyEdits(extras, edits),
      wish: anyWish(extras),
      workerSize: fc.constantFrom(4, 1, 2),
    });
  return fc
    .tuple(step(extras.isBusy === true ? 12 : 9), fc.array(step(4), { maxLength: most - 1 }))
    .map(([first, others]) => [first, ...others]);
}

/** How far a run is to come before it is ended. */
export const anyShare: Arbitrary<number> = fc.nat({ max: 100 }).map((percent) => percent / 100);
