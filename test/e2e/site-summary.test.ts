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

type Surroundings = Readonly<Record<string, string>>;

async function publish(
  more: Surroundings | ((dir: TempDir) => Surroundings),
  args: (dir: TempDir) => readonly string[] = () => [],
): Promise<{ readonly dir: TempDir; readonly exitCode: number; readonly output: string }> {
  await using bucket = await TestBucket.create();
  const dir = new TempDir();
  dir.write("public/index.html", "hello");
  dir.write("step.md", "before\n");
  const env = { ...serverEnv(httpServer()), GITHUB_STEP_SUMMARY: dir.at("step.md") };
  const added = typeof more === "function" ? more(dir) : more;
  const command = ["site", ...args(dir), dir.at("public"), bucket.url()];
  const { exitCode, stdout, stderr } = await runCli(command, { env: { ...env, ...added } });
  return { dir, exitCode, output: stdout + stderr };
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

test("a summary of GitHub Actions that cannot be written is no failure, and is told", async () => {
  const { dir, exitCode, output } = await publish({
    GITHUB_ACTIONS: "true",
    GITHUB_STEP_SUMMARY: "/nowhere/step.md",
  });
  using _ = dir;
  expect(exitCode).toBe(0);
  expect(output).toContain("the summary of what changed is not written: ENOENT");
});

test("a job of GitLab gets it as a file for its artifacts, which is no part of a site there", async () => {
  const { dir, exitCode } = await publish((there) => ({
    GITLAB_CI: "true",
    CI_PROJECT_DIR: there.at("public"),
  }));
  using _ = dir;
  const said = fs.readFileSync(dir.at("public/.s3sync-site.md"), "utf8");
  expect([exitCode, said]).toEqual([0, expect.stringContaining(row)]);
});
