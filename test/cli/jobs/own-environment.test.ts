/**
 * What one job leaves in the environment does not reach the next.
 *
 * @module
 */
import { afterEach, describe, expect, test } from "bun:test";

import { withOwnEnvironment } from "../../../src/cli/jobs/own-environment.ts";

const names = ["S3SYNC_TEST_NEW", "S3SYNC_TEST_OLD", "S3SYNC_TEST_GONE"] as const;

function seen(): (string | undefined)[] {
  return names.map((name) => process.env[name]);
}

afterEach(() => {
  for (const name of names) delete process.env[name];
});

describe("variables", () => {
  const change = (): void => {
    process.env["S3SYNC_TEST_NEW"] = "new";
    process.env["S3SYNC_TEST_OLD"] = "changed";
    delete process.env["S3SYNC_TEST_GONE"];
  };

  test.each([false, true])("are as before, whether it fails: %p", async (fails) => {
    process.env["S3SYNC_TEST_OLD"] = "old";
    process.env["S3SYNC_TEST_GONE"] = "there";
    const work = withOwnEnvironment(async () => {
      change();
      await Promise.resolve();
      expect(seen()).toEqual(["new", "changed", undefined]);
      if (fails) throw new Error("why");
      return 5;
    });
    const outcome = await work.catch((error: unknown) => String(error));
    expect(outcome).toBe(fails ? "Error: why" : 5);
    expect(seen()).toEqual([undefined, "old", "there"]);
  });
});
