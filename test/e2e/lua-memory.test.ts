/**
 * What a script takes of the machine: twice its limit at most, above what a run takes anyway.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { TempDir } from "../support/temp-dir.ts";
import { MiB } from "../support/trees.ts";
import { canMeasure, type Measured, runMeasured } from "./measured.ts";

const timeoutMs = 60_000;
const dir = new TempDir();
let number = 0;

/** Copies nothing from here to there: all that happens is the script. */
function measure(script: string, limit: number): Promise<Measured> {
  number += 1;
  dir.write("site/a", "a");
  const options = [
    ...["--event-callback-lua-script", dir.write(`${number}.lua`, script)],
    ...["--lua-vm-memory-limit", `${limit}`, "--lua-callback-timeout-milliseconds=20000"],
  ];
  return runMeasured([...options, dir.at("site"), "s3://no-bucket/"], {
    env: {
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
    },
  });
}

describe.skipIf(!canMeasure)("the memory of a script that wants ever more (needs /proc)", () => {
  let base = 0;

  beforeAll(async () => {
    const script = "for i = 1, 3000000 do local x = i * 2 end error('enough')";
    base = (await measure(script, 64 * MiB)).peak;
  }, timeoutMs);
  afterAll(() => dir[Symbol.dispose]());

  test.each([
    ["a string that doubles", 'local s = "x" while true do s = s .. s end'],
    ["strings that are kept", 'local t = {} while true do t[#t + 1] = ("x"):rep(10000) .. #t end'],
    ["short strings that are kept", "local t = {} while true do t[#t + 1] = #t .. '' end"],
    ["numbers in a table", "local t = {} while true do t[#t + 1] = #t end"],
    ["tables in a table", "local t = {} while true do t[#t + 1] = {} end"],
    ["tables with fields", "local t = {} while true do t[#t + 1] = { a = 1, b = 2, c = 3 } end"],
    ["tables in tables", "local t = {} while true do t = { t } end"],
    ["functions", "local t = {} while true do local n = #t t[n + 1] = function() return n end end"],
    ["coroutines", "local t = {} while true do t[#t + 1] = coroutine.wrap(print) end"],
    ["recursion", "local function f(n) return 1 + f(n + 1) end f(0)"],
    [
      "what is thrown away, again and again",
      'for i = 1, 1000 do local s = ("x"):rep(1000):rep(1000) .. i end error("not enough memory")',
    ],
  ])(
    "%s",
    async (what, script) => {
      const limit = 64 * MiB;
      const { exitCode, stderr, peak } = await measure(script, limit);
      const grown = peak - base;
      if (process.env["S3SYNC_TEST_FIGURES"] === "1") {
        console.log(`${what}: ${Math.round(grown / MiB)} MiB above ${Math.round(base / MiB)} MiB`);
      }
      expect(exitCode).toBe(2);
      expect(stderr).toContain("not enough memory");
      expect(grown).toBeLessThan(2 * limit);
    },
    timeoutMs,
  );
});
