/**
 * Options of watches: what goes together, and what is begun by what.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { resolveConfig } from "../../src/config/config.ts";
import { bsync, sync } from "../../src/index.ts";
import { problemsOf } from "../config/problems.ts";
import { rejection } from "../core/rejection.ts";

const places = { source: "./a", target: "s3://bucket/" };

describe("--watch", () => {
  test.each(["dryRun", "enableVersioning", "reportSyncStatus"] as const)(
    "makes no sense with %s",
    (name) => {
      const given = name === "enableVersioning" ? { ...places, source: "s3://other/" } : places;
      expect(problemsOf({ ...given, watch: true, [name]: true })).toContainEqual(
        expect.stringContaining("--watch cannot be combined with"),
      );
    },
  );

  test("is needed by what says how", () => {
    expect(problemsOf({ ...places, debounce: "2s" })).toEqual(["--debounce needs --watch"]);
    expect(problemsOf({ ...places, poll: "2m" })).toEqual(["--poll needs --watch"]);
    expect(problemsOf({ ...places, rescan: "2h" })).toEqual([
      "--rescan needs --trust-index or --watch",
    ]);
    expect(problemsOf({ ...places, rescan: "2h", watch: true })).toEqual([]);
  });

  test.each(["rescan", "poll"])("does not do what --%s says all the time", (name) => {
    expect(problemsOf({ ...places, watch: true, [name]: "0" })).toEqual([
      `--${name} 0 cannot be combined with --watch`,
    ]);
  });

  test("waits for half a second by itself, and asks every minute", () => {
    const config = resolveConfig({ ...places, watch: true });
    expect(config).toMatchObject({ debounce: 500, poll: 60_000, rescan: undefined });
    expect(resolveConfig({ ...places, watch: true, debounce: "200ms" }).debounce).toBe(200);
  });

  test("is nothing for runs that end", async () => {
    const errors = [
      await rejection(sync({ ...places, watch: true })),
      await rejection(bsync({ local: "./a", remote: "s3://bucket/", watch: true })),
    ];
    for (const error of errors) expect(error).toMatchObject({ code: "usage" });
  });
});
