/**
 * Small decisions of the command line: exit codes, verbosity, the limit of connections, guesses.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { neededLimit } from "../../src/cli/connection-limit.ts";
import {
  type ExitCode,
  exitCode,
  exitCodeHelp,
  exitCodeOf,
  worstOf,
} from "../../src/cli/exit-codes.ts";
import { closest } from "../../src/cli/suggest.ts";
import { verbosityOf } from "../../src/cli/sync-command.ts";
import { emptySummary } from "../support/empty-summary.ts";

describe("the exit code", () => {
  test("is a promise to scripts: these numbers never change", () => {
    expect(exitCode).toEqual({
      fine: 0,
      error: 1,
      usage: 2,
      warning: 3,
      sigint: 130,
      sigterm: 143,
    });
  });

  test("is explained for each case", () => {
    expect(exitCodeHelp.map(([code]) => code)).toEqual(Object.values(exitCode));
  });

  test.each([
    [{}, 0],
    [{ warnings: 1 }, 3],
    [{ errors: 1 }, 1],
    [{ errors: 2, warnings: 5 }, 1],
    [{ notVerified: 4, skipped: 9, deleted: 1, transferredObjects: 3 }, 0],
  ])("after %j is %d", (counted, code) => {
    expect<number>(exitCodeOf({ ...emptySummary, ...counted })).toBe(code);
  });
});

describe("the exit code of several runs", () => {
  test.each<[readonly ExitCode[], ExitCode]>([
    [[], 0],
    [[0, 0], 0],
    [[0, 3, 0], 3],
    [[3, 1, 0], 1],
    [[1, 130], 130],
    // Nothing was done: only if that is so of all of them.
    [[2], 2],
    [[2, 2], 2],
    [[0, 2], 1],
    [[2, 3], 1],
  ])("that end with %j is %d", (codes, code) => {
    expect(worstOf(codes)).toBe(code);
  });
});

describe("verbosity", () => {
  test.each([
    [-9, "off"],
    [-2, "off"],
    [-1, "error"],
    [0, "warn"],
    [1, "info"],
    [2, "debug"],
    [3, "trace"],
    [9, "trace"],
  ] as const)("of %d steps is %s", (steps, level) => {
    expect(verbosityOf(steps, { dryRun: false, reportSyncStatus: false })).toBe(level);
  });

  test("of a dry run is a step more, for one that says nothing is of no use", () => {
    expect(verbosityOf(0, { dryRun: true, reportSyncStatus: false })).toBe("info");
  });

  test("of a dry run that is asked to be quiet, or to say more, is what was asked for", () => {
    expect(
      [-2, -1, 1, 2].map((steps) => verbosityOf(steps, { dryRun: true, reportSyncStatus: false })),
    ).toEqual(["off", "error", "info", "debug"]);
  });
});

describe("the limit of connections", () => {
  const variable = "BUN_CONFIG_MAX_HTTP_REQUESTS";

  test("is good enough for the defaults", () => {
    expect(neededLimit({ workerSize: 16, maxParallelUploads: 16 }, {})).toBeUndefined();
  });

  test("is raised where the options ask for more than Bun's 256", () => {
    expect(neededLimit({ workerSize: 120, maxParallelUploads: 120 }, {})).toBeUndefined();
    expect(neededLimit({ workerSize: 120, maxParallelUploads: 121 }, {})).toBe(257);
    expect(neededLimit({ workerSize: 300, maxParallelUploads: 300 }, {})).toBe(616);
  });

  test("is not raised again after a restart with the higher one", () => {
    const demand = { workerSize: 300, maxParallelUploads: 300 };
    const limit = neededLimit(demand, {});
    expect(neededLimit(demand, { [variable]: String(limit) })).toBeUndefined();
    expect(neededLimit(demand, { [variable]: "400" })).toBe(616);
  });

  test("never exceeds what Bun takes, or the process would be restarted for ever", () => {
    const demand = { workerSize: 65_535, maxParallelUploads: 65_535 };
    expect(neededLimit(demand, {})).toBe(65_535);
    expect(neededLimit(demand, { [variable]: "65535" })).toBeUndefined();
  });

  test.each(["", "many"])("is Bun's own if the variable says %j", (given) => {
    const demand = { workerSize: 300, maxParallelUploads: 300 };
    expect(neededLimit(demand, { [variable]: given })).toBe(616);
  });
});

describe("a guess at what was meant", () => {
  const names = ["--delete", "--dry-run", "--max-keys"];

  test.each([
    ["--delet", "--delete"],
    ["--dleete", "--delete"],
    ["--dry_run", "--dry-run"],
    ["--maxkeys", "--max-keys"],
    ["--delete", "--delete"],
  ])("for %s is %s", (typed, meant) => {
    expect(closest(typed, names)).toBe(meant);
  });

  test.each(["--something-else", "-x", ""])("is not made for %j", (typed) => {
    expect(closest(typed, names)).toBeUndefined();
  });

  test("is always one of the names", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (typed, known) => {
        const guess = closest(typed, known);
        expect(guess === undefined || known.includes(guess)).toBe(true);
      }),
    );
  });
});
