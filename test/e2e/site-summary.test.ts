/**
 * What continuous integration shows of a site that was published.
 *
 * @module
 */
import { expect, test } from "bun:test";
import fs from "node:fs";

import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

async function publish(
  more: Readonly<Record<string, string>>,
  args: (dir: TempDir) => readonly string[] = () => [],
): Promise<{ readonly dir: TempDir; readonly exitCode: number }> {
  await using bucket = await TestBucket.create();
  const dir = new TempDir();
  dir.write("public/index.html", "hello");
  dir.write("step.md", "before\n");
  const env = { ...serverEnv(httpServer()), GITHUB_STEP_SUMMARY: dir.at("step.md"), ...more };
  const command = ["site", ...args(dir), dir.at("public"), bucket.url()];
  const { exitCode } = await runCli(command, { env });
  return { dir, exitCode };
}

const row = "| sent | <code>index&#46;html</code> | 5 B |  |";

test("GitHub Actions gets a table of what changed, after what the step has said before", async () => {
  const { dir, exitCode } = await publish({ GITHUB_ACTIONS: "true" });
  using _ = dir;
  const said = fs.readFileSync(dir.at("step.md"), "utf8");
  expect([exitCode, said]).toEqual([0, expect.stringContaining(row)]);
  expect(said).toStartWith("before\n### ");
});

test("elsewhere nobody gets it who has not asked", async () => {
  const { dir, exitCode } = await publish({});
  using _ = dir;
  expect([exitCode, fs.readFileSync(dir.at("step.md"), "utf8")]).toEqual([0, "before\n"]);
});

test("--summary-markdown writes it to a file, for artifacts", async () => {
  const { dir, exitCode } = await publish({}, (there) => ["--summary-markdown", there.at("a.md")]);
  using _ = dir;
  expect([exitCode, fs.readFileSync(dir.at("a.md"), "utf8")]).toEqual([
    0,
    expect.stringContaining(row),
  ]);
});

test("--summary-markdown that cannot be written is told before anything is published", async () => {
  const { dir, exitCode } = await publish({}, (there) => ["--summary-markdown", there.path]);
  using _ = dir;
  expect(exitCode).toBe(2);
});

test("a summary of GitHub Actions that cannot be written is no failure", async () => {
  const { dir, exitCode } = await publish({
    GITHUB_ACTIONS: "true",
    GITHUB_STEP_SUMMARY: "/nowhere/step.md",
  });
  using _ = dir;
  expect(exitCode).toBe(0);
});
