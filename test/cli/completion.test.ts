/**
 * Completion scripts, in the shells that are there.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { completionScript, type Shell } from "../../src/cli/completion.ts";
import { type Option, optionNames, options } from "../../src/index.ts";
import { runCli } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";

const shells: readonly Shell[] = ["bash", "zsh", "fish", "powershell", "elvish"];

/** What a shell prints that runs a program after the script was read. */
async function run(argv: readonly string[], bin = ""): Promise<string> {
  const child = Bun.spawn([...argv], {
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env["PATH"] ?? ""}` },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 20_000,
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(err).toBe("");
  expect(await child.exited).toBe(0);
  return out;
}

describe.each([...shells])("for %s", (shell) => {
  const script = completionScript(shell);

  test("offers every option that works, and no other", () => {
    for (const name of optionNames) {
      const { hidden } = (options[name] as Option).traits;
      const isThere = new RegExp(`(?:--|-l )${name}(?![\\w-])`).test(script);
      expect([name, isThere]).toEqual([name, hidden !== true]);
    }
  });

  test("is printed by --auto-complete-shell, without SOURCE and TARGET", async () => {
    const { exitCode, stdout, stderr } = await runCli(["--auto-complete-shell", shell]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toBe(script);
  });
});

test.skipIf(Bun.which("bash") === null)("bash completes options and their values", async () => {
  using dir = new TempDir();
  dir.write("s3sync.bash", completionScript("bash"));
  const complete = (words: string, index: number): string =>
    `COMP_WORDS=(s3sync ${words}); COMP_CWORD=${index}; _s3sync 2>&1; echo "\${COMPREPLY[@]}";`;
  const program = `source ${dir.at("s3sync.bash")}; ${complete("--dry", 1)} ${complete("--acl public", 2)} ${complete("doc", 1)} ${complete("a doc", 2)}`;
  expect(await run(["bash", "--norc", "-c", program])).toBe(
    "--dry-run\npublic-read public-read-write\ndoctor\n\n",
  );
});

test.skipIf(Bun.which("zsh") === null)("zsh reads the script (needs zsh)", async () => {
  using dir = new TempDir();
  dir.write("_s3sync", completionScript("zsh"));
  const program = `compdef() { :; }; source ${dir.at("_s3sync")}; _arguments() { print -rl -- "$@"; }; _s3sync`;
  const lines = (await run(["zsh", "-f", "-c", program])).split("\n");
  expect(lines).toContain("*:place:_s3sync_place");
  expect(lines).toContain("--dry-run[Say what would be done, and do nothing]");
  expect(lines).toContain(
    "--sse[How the server is to encrypt what is written]:value:(AES256 aws\\:kms aws\\:kms\\:dsse)",
  );
});

test.skipIf(Bun.which("fish") === null)("fish completes (needs fish)", async () => {
  using dir = new TempDir();
  dir.write("s3sync.fish", completionScript("fish"));
  const program = `source ${dir.at("s3sync.fish")}; complete -C "s3sync --dry"; complete -C "s3sync --acl public-read-"; complete -C "s3sync doct"`;
  const lines = (await run(["fish", "--no-config", "-c", program])).trim().split("\n");
  expect(lines.map((line) => line.split("\t")[0])).toEqual([
    ...["--dry-run", "public-read-write", "doctor"],
  ]);
});

test.skipIf(Bun.which("elvish") === null)("elvish completes (needs elvish)", async () => {
  using dir = new TempDir();
  // The module for editing is there on a terminal only.
  const script = completionScript("elvish")
    .replace("set edit:completion:arg-completer[s3sync] =", "var complete =")
    .replaceAll("edit:complex-candidate", "candidate")
    .replace("edit:complete-filename", "echo file");
  const show = (words: string): string => `$complete s3sync ${words} | each {|word| echo $word }`;
  const define = "fn candidate {|name &display=''| put $name }";
  const lines = [define, script, show("--dry"), show("--acl pub"), show("a"), show("doc")];
  dir.write("s3sync.elv", lines.join("\n"));
  const words = (await run(["elvish", "-norc", dir.at("s3sync.elv")])).split("\n");
  expect(words).toContain("--dry-run");
  expect(words).toContain("public-read");
  expect(words).toContain("file a");
  expect(words).toContain("doctor");
});

test.skipIf(Bun.which("pwsh") === null)("PowerShell completes (needs pwsh)", async () => {
  using dir = new TempDir();
  dir.write("s3sync.ps1", completionScript("powershell"));
  const program = `. ${dir.at("s3sync.ps1")}; (TabExpansion2 's3sync --dry' 12).CompletionMatches.CompletionText`;
  expect((await run(["pwsh", "-NoProfile", "-Command", program])).trim()).toBe("--dry-run");
});

describe("run and the names of jobs are completed", () => {
  /** A program that lists two jobs, and nothing else. */
  function withJobs(dir: TempDir): string {
    const list = `#!/bin/sh\n[ "$*" = run ] && echo 'photos  a -> b' && echo 'mirror  c -> d'\n`;
    fs.chmodSync(dir.write("bin/s3sync", list), 0o755);
    return dir.at("bin");
  }

  test.skipIf(Bun.which("bash") === null)("in bash", async () => {
    using dir = new TempDir();
    dir.write("s3sync.bash", completionScript("bash"));
    const complete = (words: string, index: number): string =>
      `COMP_WORDS=(s3sync ${words}); COMP_CWORD=${index}; _s3sync 2>&1; echo "\${COMPREPLY[@]}";`;
    const lines = [
      ...[complete("r", 1), complete("''", 1), complete("run ''", 2), complete("run a m", 3)],
      // Where the program is not in PATH, but named by its own.
      `PATH=/usr/bin:/bin HOME=${dir.path};`,
      complete("run p", 2).replace("(s3sync", `(${dir.at("bin/s3sync")}`),
      complete("run m", 2).replace("(s3sync", "('~/bin/s3sync'"),
    ];
    const program = `source ${dir.at("s3sync.bash")}; ${lines.join(" ")} ${complete("a r", 2)}`;
    expect(await run(["bash", "--norc", "-c", program], withJobs(dir))).toBe(
      "ranges restore run\nbsync check cleanup cluster doctor help keyring ls prune ranges restore run site status undo versions\nphotos mirror\nmirror\nphotos\nmirror\n\n",
    );
  });

  test.skipIf(Bun.which("zsh") === null)("in zsh (needs zsh)", async () => {
    using dir = new TempDir();
    dir.write("_s3sync", completionScript("zsh"));
    const stubs = `compdef() { :; }; compadd() { print -r -- "$@"; }; _files() { print files; }`;
    const complete = (words: string, index: number): string =>
      `words=(s3sync ${words}); CURRENT=${index}; _s3sync_place;`;
    const program = `${stubs}; source ${dir.at("_s3sync")}; ${complete("r", 2)} ${complete("run ''", 3)} ${complete("a ''", 3)}`;
    expect(await run(["zsh", "-f", "-c", program], withJobs(dir))).toBe(
      "-- bsync check cleanup cluster doctor help keyring ls prune ranges restore run site status undo versions\nfiles\n-- photos mirror\nfiles\n",
    );
  });

  test.skipIf(Bun.which("fish") === null)("in fish (needs fish)", async () => {
    using dir = new TempDir();
    dir.write("s3sync.fish", completionScript("fish"));
    const program = `source ${dir.at("s3sync.fish")}; complete -C "s3sync ru"; complete -C "s3sync run "`;
    const text = await run(["fish", "--no-config", "-c", program], withJobs(dir));
    const words = text
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0]);
    expect(new Set(words)).toEqual(new Set(["mirror", "photos", "run"]));
  });

  test.skipIf(Bun.which("elvish") === null)("in elvish (needs elvish)", async () => {
    using dir = new TempDir();
    // The module for editing is there on a terminal only.
    const script = completionScript("elvish")
      .replace("set edit:completion:arg-completer[s3sync] =", "var complete =")
      .replaceAll("edit:complex-candidate", "candidate")
      .replace("edit:complete-filename", "file-name");
    const show = (words: string): string => `$complete s3sync ${words} | each {|word| echo $word }`;
    // Values and lines have ways of their own, which keep no order between them.
    const define = `fn candidate {|name &display=''| put $name }\nfn file-name {|word| put 'file '$word }`;
    dir.write("s3sync.elv", [define, script, show("r"), show("run ''")].join("\n"));
    const words = await run(["elvish", "-norc", dir.at("s3sync.elv")], withJobs(dir));
    expect(words).toBe(
      "bsync\ncheck\ncleanup\ncluster\ndoctor\nhelp\nkeyring\nls\nprune\nranges\nrestore\nrun\nsite\nstatus\nundo\nversions\nfile r\nphotos\nmirror\n",
    );
  });
});
