/**
 * `s3sync run` as a process, between directories: no server is needed for what it says and in which order.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type CliResult, runCli, startCli } from "../../support/cli.ts";
import { TempDir } from "../../support/temp-dir.ts";

/** Jobs that copy from a directory into another one. */
function copies(dir: TempDir, ...names: readonly string[]): string {
  const jobs = names.map((name) => {
    dir.write(`from/${name}/${name}.txt`, name);
    return `[jobs.${name}]\nsource = "from/${name}"\ntarget = "to/${name}"\n`;
  });
  return `[defaults]\nallow-both-local-storage = true\n${jobs.join("")}`;
}

function run(dir: TempDir, args: string, env: Record<string, string> = {}): Promise<CliResult> {
  const environment = { HOME: dir.path, XDG_CONFIG_HOME: "", S3SYNC_CONFIG: "", ...env };
  return runCli(args.split(" "), { cwd: dir.path, env: environment });
}

/** Without the lines of the summary. */
function remarks(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line.startsWith("s3sync: "));
}

describe("s3sync run", () => {
  test("alone lists the jobs as they are written, also where a variable is missing", async () => {
    using dir = new TempDir();
    dir.write(
      "s3sync.toml",
      '[jobs.photos]\nsource = "${NONE}/x"\ntarget = "s3://b/"\n[jobs.b]\nsource = "c"\ntarget = "s3://d"\n',
    );
    expect(await run(dir, "run")).toEqual({
      exitCode: 0,
      stdout: "photos  ${NONE}/x -> s3://b/\nb       c -> s3://d\n",
      stderr: "",
    });
  });

  test("with names runs these, in this order, each with a heading", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "a", "b", "c"));
    const { exitCode, stderr } = await run(dir, "run c a");
    expect(exitCode).toBe(0);
    expect(remarks(stderr)).toEqual([
      "s3sync: job c: from/c -> to/c",
      "s3sync: job a: from/a -> to/a",
    ]);
    expect(stderr.match(/transferred {3}1 objects/g)).toHaveLength(2);
    expect(dir.files("to")).toEqual(["a/a.txt", "c/c.txt"]);
  });

  test("--all runs all, in the order of the file", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "b", "c", "a"));
    const { exitCode, stderr } = await run(dir, "run --all");
    expect(exitCode).toBe(0);
    expect(remarks(stderr).map((line) => line.split(" ")[2])).toEqual(["b:", "c:", "a:"]);
    expect(dir.files("to")).toEqual(["a/a.txt", "b/b.txt", "c/c.txt"]);
  });

  test("applies options of the command line to every job", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "a", "b"));
    const { exitCode, stdout } = await run(dir, "run --all --dry-run");
    expect(exitCode).toBe(0);
    expect(stdout.match(/\[dry-run\] sync completed/g)).toHaveLength(2);
    expect(dir.files("to")).toEqual([]);
  });

  test("finds the file of the user, and that of --config or the variable before it", async () => {
    using dir = new TempDir();
    dir.write(".config/s3sync/s3sync.yaml", "jobs: {home: {source: a, target: b}}");
    dir.write("named.json", '{"jobs": {"named": {"source": "a", "target": "b"}}}');
    dir.write("variable.yml", "jobs: {variable: {source: a, target: b}}");
    const variable = { S3SYNC_CONFIG: "variable.yml" };
    expect((await run(dir, "run")).stdout).toBe("home  a -> b\n");
    expect((await run(dir, "run", variable)).stdout).toBe("variable  a -> b\n");
    expect((await run(dir, "run --config named.json", variable)).stdout).toBe("named  a -> b\n");
  });

  test("--help explains it and shows an example that works", async () => {
    using dir = new TempDir();
    const { exitCode, stdout, stderr } = await run(dir, "run --help");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const word of ["--all", "--config FILE", "--print-schema"]) expect(stdout).toContain(word);
    expect(stdout.split("\n").filter((line) => line.length > 110)).toEqual([]);
    const [, example = ""] = /here as TOML:\n\n([\s\S]*?)\n\n {2}Keys/.exec(stdout) ?? [];
    dir.write("s3sync.toml", example);
    fs.mkdirSync(dir.at("Pictures"));
    const fails = await run(dir, "run photos --endpoint-url http://127.0.0.1:1 --region x -qq");
    expect(fails).toEqual({ exitCode: 1, stdout: "", stderr: "" });
  }, 60_000);
});

test.each([
  ["help", "--help"],
  ["help run", "run --help"],
  ["help doctor", "doctor --help"],
  ["help keyring", "keyring --help"],
  ["help sync", "sync --help"],
])("s3sync %s is s3sync %s, whatever is there", async (words, option) => {
  using dir = new TempDir();
  dir.write("help", "x");
  const { exitCode, stdout, stderr } = await run(dir, words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toBe((await run(dir, option)).stdout);
});

test("a path may be called help", async () => {
  using dir = new TempDir();
  dir.write("help/a", "x");
  const { exitCode } = await run(dir, "help to/a --allow-both-local-storage -qq");
  expect(exitCode).toBe(0);
  expect(dir.files("to")).toEqual(["a/a"]);
});

test("what is wrong with options of a job leads to the help of run", async () => {
  using dir = new TempDir();
  for (const [line, words] of [
    ["max-keys = 0", "run a"],
    ["max-kyes = 1", "run a"],
    ["", "run a --frobnicate"],
  ] as const) {
    dir.write("s3sync.toml", `${copies(dir, "a")}${line}\n`);
    const { exitCode, stderr } = await run(dir, words);
    expect(exitCode).toBe(2);
    expect(remarks(stderr).at(-1)?.toLowerCase()).toStartWith("s3sync: see s3sync run --help");
  }
});

describe("what makes no sense ends with 2, and nothing is run:", () => {
  test.each([
    ["run a x", "there is no job x"],
    ["run --all a", "--all cannot be combined with names of jobs"],
    ["run --all --max-keys 0", '--max-keys: a whole number from 1 to 32767 is allowed, not "0"'],
    ["run --all --frobnicate", "unknown option --frobnicate"],
    ["run --all --config none.toml", "none.toml: there is no such file"],
    ["run --all --summary-json x.json", "is for one job only, not for a, b"],
    ["--all from/a to/a --allow-both-local-storage", "--all belongs to s3sync run"],
    ["from/a to/a --print-schema", "--print-schema belongs to s3sync run"],
  ])("%s", async (args, why) => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "a", "b"));
    const { exitCode, stdout, stderr } = await run(dir, args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(why);
    expect(dir.files("to")).toEqual([]);
  });

  test("a job that comes later", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", `${copies(dir, "a", "b")}max-delete = 5\n`);
    const { exitCode, stderr } = await run(dir, "run --all");
    expect(exitCode).toBe(2);
    expect(remarks(stderr)[0]).toBe("s3sync: s3sync.toml: job b: --max-delete needs --delete");
    expect(dir.files("to")).toEqual([]);
  });

  test("a file without jobs, where all are wanted", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", "");
    expect(await run(dir, "run --all")).toMatchObject({ exitCode: 2 });
    expect(await run(dir, "run")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "s3sync: s3sync.toml has no jobs\n",
    });
  });
});

describe("a job that fails", () => {
  test("does not stop the next, is named, and makes the exit code 1", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "a", "b"));
    fs.rmSync(dir.at("from", "a"), { recursive: true });
    const { exitCode, stderr } = await run(dir, "run --all");
    expect(exitCode).toBe(1);
    expect(remarks(stderr)).toContain("s3sync: job a: SOURCE from/a does not exist");
    expect(dir.files("to")).toEqual(["b/b.txt"]);
  });

  test("with a warning makes it 3, whatever the next one does", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "a", "b"));
    Bun.spawnSync(["mkfifo", dir.at("from", "a", "fifo")]);
    expect((await run(dir, "run --all")).exitCode).toBe(3);
  });
});

describe("there are no headings", () => {
  test.each(["--json-tracing", "-q", "-qq"])("with %s", async (flag) => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "a", "b"));
    const { exitCode, stderr } = await run(dir, `run --all ${flag}`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(dir.files("to")).toEqual(["a/a.txt", "b/b.txt"]);
  });

  test("for a job that says quiet = 2, nor anything else", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", `${copies(dir, "a", "b")}quiet = 2\n`);
    fs.rmSync(dir.at("from", "b"), { recursive: true });
    const { exitCode, stderr } = await run(dir, "run --all");
    expect(exitCode).toBe(1);
    expect(remarks(stderr)).toEqual(["s3sync: job a: from/a -> to/a"]);
  });
});

describe("a plain run", () => {
  const plain = "from/a to/a --dry-run";

  test("takes the defaults of a file that is named, below the command line", async () => {
    using dir = new TempDir();
    dir.write("f.toml", copies(dir, "a"));
    expect((await run(dir, `--config f.toml ${plain}`)).exitCode).toBe(0);
    expect((await run(dir, plain, { S3SYNC_CONFIG: "f.toml" })).exitCode).toBe(0);
    const off = await run(dir, `--config f.toml ${plain} --allow-both-local-storage=false`);
    expect(off).toMatchObject({ exitCode: 2 });
    expect(off.stderr).toContain("both sides are local");
  });

  test("leaves out those that have no effect on it", async () => {
    using dir = new TempDir();
    dir.write("f.toml", copies(dir, "a").replace("[jobs", 'max-delete = "10%"\n[jobs'));
    expect((await run(dir, `--config f.toml ${plain}`)).exitCode).toBe(0);
    expect((await run(dir, `--config f.toml ${plain} --max-delete 1`)).exitCode).toBe(2);
  });

  test("takes them before the variables", async () => {
    using dir = new TempDir();
    dir.write("f.toml", copies(dir, "a"));
    const variable = { ALLOW_BOTH_LOCAL_STORAGE: "false" };
    expect((await run(dir, `--config f.toml ${plain}`, variable)).exitCode).toBe(0);
  });

  test("says as much as they say", async () => {
    using dir = new TempDir();
    dir.write("f.toml", copies(dir, "a").replace("[jobs", "quiet = 2\n[jobs"));
    expect((await run(dir, `--config f.toml from/a to/a`)).stderr).toBe("");
    expect((await run(dir, `--config f.toml from/a to/a -v`)).stderr).not.toBe("");
    expect(await run(dir, "--config f.toml from/none to/a")).toEqual({
      exitCode: 2,
      stdout: "",
      stderr: "",
    });
  });

  test("knows nothing of files that are not named", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "a"));
    dir.write(".config/s3sync/s3sync.toml", copies(dir, "a"));
    expect((await run(dir, plain)).stderr).toContain("both sides are local");
  });
});

test("a completion script is printed whatever file is named", async () => {
  using dir = new TempDir();
  const variable = { S3SYNC_CONFIG: "none.toml" };
  const { exitCode, stderr } = await run(dir, "run --auto-complete-shell bash", variable);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});

describe("a directory named run", () => {
  test("is SOURCE where TARGET is a bucket", async () => {
    using dir = new TempDir();
    dir.write("run/a");
    dir.write("s3sync.toml", copies(dir, "a"));
    const { exitCode, stderr } = await run(
      dir,
      "run s3://b/ --endpoint-url http://127.0.0.1:1 --region x --aws-max-attempts 1 --force-retry-count 0",
    );
    expect(exitCode).toBe(1);
    expect(stderr).toContain("127.0.0.1:1");
  }, 60_000);

  test("does not keep jobs from being run", async () => {
    using dir = new TempDir();
    dir.write("run/a");
    dir.write("s3sync.toml", copies(dir, "a"));
    expect((await run(dir, "run a")).exitCode).toBe(0);
    expect((await run(dir, "run")).stdout).toBe("a  from/a -> to/a\n");
  });

  test("is ./run where TARGET is a word, and the way is told", async () => {
    using dir = new TempDir();
    dir.write("run/a");
    const { exitCode, stderr } = await run(dir, "run bucket");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("A directory is written ./run.");
  });

  test("may be SOURCE by the variable", async () => {
    using dir = new TempDir();
    const environment = { S3SYNC_SOURCE: "run", S3SYNC_TARGET: "to" };
    const { stderr } = await run(dir, "--dry-run", environment);
    expect(stderr).toContain("both sides are local");
  });
});

describe("a run that is stopped", () => {
  test.skipIf(process.platform === "win32")(
    "by SIGTERM begins no other job and ends with 143",
    async () => {
      using dir = new TempDir();
      const text = copies(dir, "a", "b").replace("[jobs.b]", "rate-limit-objects = 1\n[jobs.b]");
      dir.write("s3sync.toml", text);
      for (let at = 0; at < 60; at++) dir.write(`from/a/${at}`, "x");
      const child = startCli(["run", "--all", "-v"], { cwd: dir.path });
      let err = "";
      const reading = (async () => {
        const decoder = new TextDecoder();
        for await (const chunk of child.stderr) err += decoder.decode(chunk);
      })();
      let isUnderWay = false;
      for await (const chunk of child.stdout) {
        if (isUnderWay || !new TextDecoder().decode(chunk).includes("sync completed")) continue;
        isUnderWay = true;
        child.kill("SIGTERM");
      }
      await reading;
      expect(await child.exited).toBe(143);
      expect(remarks(err)).toEqual([
        "s3sync: job a: from/a -> to/a",
        "s3sync: job b: not begun, because the one before was stopped",
      ]);
      expect(dir.files("to/b")).toEqual([]);
    },
    30_000,
  );

  test("because nobody reads the log begins no other job, and ends with 0", async () => {
    using dir = new TempDir();
    dir.write("s3sync.toml", copies(dir, "a", "b"));
    for (let at = 0; at < 500; at++) dir.write(`from/a/${at}`, "x");
    const child = startCli(["run", "--all", "-v"], { cwd: dir.path });
    await child.stdout.cancel();
    const err = await new Response(child.stderr).text();
    expect(await child.exited).toBe(0);
    expect(remarks(err).at(-1)).toContain("job b: not begun");
    expect(dir.files("to/b")).toEqual([]);
  }, 30_000);
});
