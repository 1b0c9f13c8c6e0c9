/**
 * How much is done at the same time where few files may be open.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Config } from "../../src/config/shape.ts";
import { openFilesLimit, withinOpenFiles } from "../../src/sync/deletions/open-files.ts";

const usual = { workerSize: undefined, maxParallelUploads: 16, maxParallelListings: 16 };

function limited(limit: number | undefined, more: Partial<Config> = {}): [Partial<Config>, number] {
  const said: string[] = [];
  const config = { ...usual, ...more } as Config;
  const { workerSize, maxParallelUploads, maxParallelListings } = withinOpenFiles(
    config,
    limit,
    (message) => said.push(message),
  );
  return [{ workerSize, maxParallelUploads, maxParallelListings }, said.length];
}

describe("the limit of open files", () => {
  test.skipIf(process.platform === "win32")("is known (needs POSIX)", () => {
    expect(openFilesLimit()).toBeGreaterThan(0);
  });

  test.each([undefined, 544, 1024, 1_048_576])("of %p changes nothing", (limit) => {
    expect(limited(limit)).toEqual([usual, 0]);
  });

  test("that would be met lowers everything, and is told once", () => {
    expect(limited(64)).toEqual([
      { workerSize: 4, maxParallelUploads: 12, maxParallelListings: 4 },
      1,
    ]);
  });

  test.each([0, 8, 32])("of %d leaves one of each", (limit) => {
    expect(limited(limit)).toEqual([
      { workerSize: 1, maxParallelUploads: 1, maxParallelListings: 1 },
      1,
    ]);
  });

  test("raises no number that was given", () => {
    const given = { workerSize: 1, maxParallelUploads: 2, maxParallelListings: 1 };
    expect(limited(64, given)).toEqual([given, 0]);
  });

  test("holds for a number that was given, too", () => {
    expect(limited(128, { workerSize: 200 })[0]).toMatchObject({ workerSize: 12 });
  });

  test("is kept by the sum of what may be open", () => {
    for (let limit = 64; limit < 600; limit++) {
      const [{ workerSize = 64, maxParallelUploads = 0, maxParallelListings = 0 }] = limited(limit);
      const most = 3 * workerSize + maxParallelUploads + 2 * maxParallelListings;
      expect(most + 32).toBeLessThanOrEqual(limit);
    }
  });
});
