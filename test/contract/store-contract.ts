/**
 * What every store promises, as tests. The promises are the comments of `src/store/store.ts`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { keysOfAllKinds } from "./keys.ts";
import { listings } from "./listing.ts";
import { partAborts, partWrites, writerTickets } from "./parts.ts";
import { absentObjects, readers, readerTickets } from "./reading.ts";
import { removals } from "./removing.ts";
import { takenUpWrites } from "./resuming.ts";
import { type Exceptions, Rules, type Subject } from "./subject.ts";
import { allOrNothing, conditions, wholeWrites } from "./writing.ts";

const chapters: Readonly<Record<string, (rules: Pick<Rules, "rule">) => void>> = {
  "absent objects": absentObjects,
  listings,
  readers,
  "readers of other threads": readerTickets,
  "writes at once": wholeWrites,
  "all or nothing": allOrNothing,
  "writes with conditions": conditions,
  "writes in parts": partWrites,
  "writes in parts that are given up": partAborts,
  "writers of other threads": writerTickets,
  "writes that are taken up again": takenUpWrites,
  removals,
  keys: keysOfAllKinds,
};

/**
 * Makes the tests for one store.
 *
 * @param open gives an empty store for each test
 * @param exceptions rules that this store does not keep, with the reason
 */
export function storeContract(
  name: string,
  open: () => Promise<Subject>,
  exceptions: Exceptions = {},
): void {
  const rules = new Rules(open, exceptions);
  const bound = { rule: rules.rule.bind(rules) };
  describe(name, () => {
    for (const [chapter, makeTests] of Object.entries(chapters)) {
      describe(chapter, () => makeTests(bound));
    }

    test("every exception is one to a rule that exists", () => {
      expect(Object.keys(exceptions).filter((rule) => !rules.names.has(rule))).toEqual([]);
    });
  });
}
