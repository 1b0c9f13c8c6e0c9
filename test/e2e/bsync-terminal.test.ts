/**
 * What a two-way sync shows on a terminal.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { serverEnv } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";
import { inTerminal } from "../support/terminal.ts";

/** Twenty new files, so slow that a line is drawn before all is done: all that was written to a terminal. */
async function shownFor(...args: readonly string[]): Promise<string> {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  for (let at = 0; at < 20; at++) dir.write(`files/f${at}`, "x");
  const places = ["--state", dir.at("state"), dir.at("files"), bucket.url("p/")];
  const command = ["bsync", "--rate-limit-objects", "40", ...args, ...places];
  return await inTerminal(command, serverEnv(bucket.server));
}

describe.skipIf(process.platform === "win32")("on a terminal", () => {
  test("progress is shown, of which nothing remains at the end", async () => {
    const text = await shownFor();
    expect(text).toMatch(/\d+\/20 objects/);
    expect(text).toEndWith("\r\u001b[2K");
    expect(text).not.toContain("transferred");
  });

  test.each(["-q", "--show-no-progress"])("with %s there is nothing", async (flag) => {
    expect(await shownFor(flag)).toBe("");
  });

  test("with -v the summary is the last line, and what is done stands before it", async () => {
    const text = await shownFor("-v");
    expect(text).toContain("sync completed.");
    expect(text).toMatch(/transferred {2}20 objects [^\r\n]+\r\n$/);
  });
});
