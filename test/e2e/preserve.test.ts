/**
 * `--preserve` and `--specials` for those who may not do everything.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { canBeUser, userNeeds } from "../store/local/ordinary-user.ts";
import { TestBucket } from "../support/bucket.ts";
import { cliCommand, serverEnv } from "../support/cli.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const isRoot = process.geteuid?.() === 0;
const nobody = 65_534;

/** Runs s3sync as somebody who is not root. */
async function runAsNobody(
  ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly warnings: readonly string[] }> {
  const become = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
  const child = Bun.spawn([...become, ...cliCommand(), ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    env: { ...process.env, ...serverEnv(httpServer()), HOME: "/nonexistent" },
  });
  const stdout = await new Response(child.stdout).text();
  const warnings = stdout.split("\n").filter((line) => line.includes(" WARN "));
  return { exitCode: await child.exited, warnings };
}

describe.skipIf(!isRoot || !canBeUser)(`somebody who is not root (${userNeeds})`, () => {
  const modified = "1600000000123456789ns";

  function metadataOf(owner: number): Record<string, string> {
    const file = { "file-permissions": "0100640", "file-mtime": modified };
    return { ...file, "file-owner": `${owner}`, "file-group": `${owner}` };
  }

  test("gets files with their modes and times, and one warning about their owners", async () => {
    using dir = new TempDir();
    fs.chownSync(dir.path, nobody, nobody);
    await using bucket = await TestBucket.create();
    for (const key of ["a", "b", "c"]) await bucket.put(key, "x", { Metadata: metadataOf(1234) });
    for (const _run of ["first", "second"]) {
      const { exitCode, warnings } = await runAsNobody("--preserve", bucket.url(), dir.path);
      expect(exitCode).toBe(3);
      expect(warnings).toEqual([expect.stringContaining("only root may give files away")]);
    }
    for (const name of ["a", "b", "c"]) {
      const { mode, uid, mtimeNs } = fs.statSync(dir.at(name), { bigint: true });
      expect([mode, uid, mtimeNs]).toEqual([0o100640n, BigInt(nobody), 1600000000123456789n]);
    }
  });

  test("gets no warning where the files are their own, or owners are not asked for", async () => {
    using dir = new TempDir();
    fs.chownSync(dir.path, nobody, nobody);
    await using bucket = await TestBucket.create();
    await bucket.put("own", "x", { Metadata: metadataOf(nobody) });
    expect(await runAsNobody("--preserve", bucket.url(), dir.path)).toMatchObject({
      exitCode: 0,
      warnings: [],
    });
    await bucket.put("other", "x", { Metadata: metadataOf(1234) });
    expect(await runAsNobody("--preserve=mtime,mode", bucket.url(), dir.path)).toMatchObject({
      exitCode: 0,
      warnings: [],
    });
  });

  test("gets one warning for all devices, and everything else", async () => {
    using dir = new TempDir();
    fs.chownSync(dir.path, nobody, nobody);
    await using bucket = await TestBucket.create();
    const device = { "file-permissions": "0020666", "s3sync-device": "1:3" };
    for (const key of ["null", "zero"]) await bucket.put(key, "", { Metadata: device });
    await bucket.put("fifo", "", { Metadata: { "file-permissions": "0010640" } });
    const { exitCode, warnings } = await runAsNobody("--specials", bucket.url(), dir.path);
    expect(exitCode).toBe(3);
    expect(warnings).toEqual([expect.stringContaining("devices are left out")]);
    expect(dir.files()).toEqual(["fifo"]);
  });
});
