/**
 * What was left behind, as lines.
 *
 * @module
 */
import { expect, test } from "bun:test";

import type { Leftover } from "../../src/core/leftover.ts";
import { leftoverCounts } from "../../src/report/leftover-lines.ts";

function leftover(outcome: Leftover["outcome"], dryRun: boolean): Leftover {
  return { kind: "file", name: "f", sinceMs: 0, outcome, dryRun };
}

test.each([
  [false, "2 removed, 1 left"],
  [true, "[dry-run] 2 would be removed, 1 left"],
])("the last line of a dry run (%p) does not say that something is gone: %s", (dryRun, line) => {
  const found = (["removed", "left", "removed"] as const).map((each) => leftover(each, dryRun));
  expect(leftoverCounts(found)).toBe(line);
});
