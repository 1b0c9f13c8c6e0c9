/**
 * Where the values of a job come from, and what is told before anything begins.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import path from "node:path";

import { parseArguments } from "../../../src/cli/arguments.ts";
import { readJobFile } from "../../../src/cli/jobs/job-file.ts";
import { chosenJobs, planJobs, type PlannedJob } from "../../../src/cli/jobs/plan-jobs.ts";
import { SyncError } from "../../../src/index.ts";
import { TempDir } from "../../support/temp-dir.ts";

interface Given {
  readonly file: string;
  readonly argv?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const places = { source: "x", target: "s3://b/" };

/** A file with one job `a`, between two layers on either side. */
function fileOf(defaults: object, job: object): string {
  return JSON.stringify({ defaults, jobs: { a: { ...places, ...job } } });
}

function plan({ file: text, argv = [], environment = {} }: Given): PlannedJob[] {
  using dir = new TempDir();
  const file = readJobFile(dir.write("f.json", text));
  const typed = parseArguments(argv);
  const names = typed.positionals.length > 0 ? typed.positionals : [...file.jobs.keys()];
  return planJobs(chosenJobs(file, names), { file, typed, environment });
}

function configOf(given: Given) {
  const [job] = plan(given);
  if (job === undefined) throw new Error("no job");
  return job.run.config;
}

/** What is wrong, with the file named `f.json`. */
function refusal(given: Given): { readonly lines: readonly string[]; readonly hint?: string } {
  try {
    plan(given);
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== "usage") throw error;
    const lines = error.message
      .split("\n")
      .map((line) => line.replace(/^\/.*?\/f\.json/, "f.json"));
    return { lines, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
  return { lines: [] };
}

describe("the first that says something wins:", () => {
  const [argv, job, defaults] = [["--max-keys", "1"], { "max-keys": 2 }, { "max-keys": 3 }];
  const environment = { S3SYNC_MAX_KEYS: "4", MAX_KEYS: "5" };
  const maxKeys = (given: Given): number => configOf(given).maxKeys;

  test("the command line before the job", () => {
    expect(maxKeys({ file: fileOf(defaults, job), argv, environment })).toBe(1);
  });

  test("the job before the defaults of the file", () => {
    expect(maxKeys({ file: fileOf(defaults, job), environment })).toBe(2);
  });

  test("the defaults of the file before the variables", () => {
    expect(maxKeys({ file: fileOf(defaults, {}), environment })).toBe(3);
  });

  test("the variables before what is built in", () => {
    expect(maxKeys({ file: fileOf({}, {}), environment })).toBe(4);
    expect(maxKeys({ file: fileOf({}, {}), environment: { MAX_KEYS: "5" } })).toBe(5);
    expect(maxKeys({ file: fileOf({}, {}) })).toBe(1000);
  });

  test("the command line before the defaults and the variables, where the job is silent", () => {
    expect(maxKeys({ file: fileOf(defaults, {}), argv, environment })).toBe(1);
    expect(maxKeys({ file: fileOf({}, {}), argv, environment })).toBe(1);
  });

  test("the job before the variables, where the defaults are silent", () => {
    expect(maxKeys({ file: fileOf({}, job), environment })).toBe(2);
  });

  test("also where it switches a flag off", () => {
    const on = { delete: true };
    const off = { delete: false };
    const variable = { DELETE: "true" };
    expect(configOf({ file: fileOf(on, {}) }).delete).toBe(true);
    expect(configOf({ file: fileOf(on, off) }).delete).toBe(false);
    expect(configOf({ file: fileOf(off, {}), environment: variable }).delete).toBe(false);
    expect(configOf({ file: fileOf(on, on), argv: ["--delete=false"] }).delete).toBe(false);
    expect(configOf({ file: fileOf(on, off), argv: ["--delete"] }).delete).toBe(true);
  });

  test("a list as a whole, also an empty one", () => {
    const patterns = (given: Given) => configOf(given).exclude.map(({ pattern }) => pattern);
    const lists = { exclude: ["a", "b"] };
    expect(patterns({ file: fileOf(lists, {}) })).toEqual(["a", "b"]);
    expect(patterns({ file: fileOf(lists, { exclude: "c" }) })).toEqual(["c"]);
    expect(patterns({ file: fileOf(lists, { exclude: [] }) })).toEqual([]);
    expect(patterns({ file: fileOf(lists, lists), argv: ["--exclude", "d"] })).toEqual(["d"]);
  });

  test("whatever a value further down is like", () => {
    const file = fileOf({ "max-keys": "${NONE}" }, job);
    expect(maxKeys({ file, environment: { MAX_KEYS: "x" } })).toBe(2);
  });

  test("for how much is said, too", () => {
    const verbosity = (given: Given) => plan(given)[0]?.run.verbosity;
    expect(verbosity({ file: fileOf({}, {}) })).toBe(0);
    expect(verbosity({ file: fileOf({ verbose: 2 }, {}) })).toBe(2);
    expect(verbosity({ file: fileOf({ verbose: 2 }, { quiet: 1 }) })).toBe(-1);
    expect(verbosity({ file: fileOf({ verbose: 2 }, { verbose: 0 }) })).toBe(0);
    expect(verbosity({ file: fileOf({ verbose: 2 }, { verbose: 1 }), argv: ["-q"] })).toBe(-1);
  });
});

describe("a default of the file that has no effect on a job", () => {
  const down = { source: "s3://b/", target: "x" };

  test("is left out, if it needs another option", () => {
    const defaults = { "max-delete": "10%", "delete-excluded": true, "plan-file": "p" };
    const { maxDelete, deleteExcluded, planFile } = configOf({ file: fileOf(defaults, {}) });
    expect({ maxDelete, deleteExcluded, planFile }).toEqual({
      ...{ maxDelete: undefined, deleteExcluded: false, planFile: undefined },
    });
    const percent = { kind: "percent", most: 10 } as const;
    expect(configOf({ file: fileOf(defaults, { delete: true }) }).maxDelete).toEqual(percent);
    expect(configOf({ file: fileOf(defaults, {}), argv: ["--delete"] }).maxDelete).toEqual(percent);
  });

  test("is left out, if it is about the other kind of place", () => {
    const defaults = {
      ...{ "storage-class": "STANDARD_IA", fsync: true, "target-profile": "p" },
      ...{ "additional-checksum-algorithm": "SHA256", "disable-additional-checksum-verify": true },
    };
    const up = configOf({ file: fileOf(defaults, {}) });
    expect(up).toMatchObject({ storageClass: "STANDARD_IA", fsync: false, targetProfile: "p" });
    expect(configOf({ file: fileOf(defaults, down) })).toMatchObject({
      ...{ storageClass: undefined, fsync: true, targetProfile: undefined },
      ...{ additionalChecksumAlgorithm: undefined, disableAdditionalChecksumVerify: false },
    });
  });

  test("is an error in the job's own table and on the command line", () => {
    const own = { "max-delete": 1 };
    const lines = ["f.json: job a: --max-delete needs --delete"];
    expect(refusal({ file: fileOf({}, own) }).lines).toEqual(lines);
    expect(refusal({ file: fileOf(own, own) }).lines).toEqual(lines);
    expect(refusal({ file: fileOf(own, {}), argv: ["--max-delete", "2"] }).lines).toEqual(lines);
  });

  test.each([
    ["which objects are sent", { "filter-exclude-tag-regex": "x=1" }, {}, "needs an S3 SOURCE"],
    ["what is not replaced", { "if-none-match": true }, down, "needs an S3 TARGET"],
    ["how it is encrypted", { "sse-kms-key-id": "k" }, {}, "--sse-kms-key-id needs --sse"],
  ])("is an error, if it decides %s", (_, defaults, job, why) => {
    expect(refusal({ file: fileOf(defaults, job) }).lines.join("\n")).toContain(why);
  });
});

describe("globs have their order", () => {
  test("by the lines of a table, after the variables and before the command line", () => {
    const file = fileOf({ include: ["d"] }, { exclude: ["a", "b"], "ignore-file": "x" });
    const environment = { S3SYNC_INCLUDE: "never", S3SYNC_EXCLUDE: "never" };
    const { include, exclude } = configOf({ file, environment });
    const all = [...include, ...exclude].toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
    expect(all.map(({ pattern }) => pattern)).toEqual(["d", "a", "b"]);
    const typed = configOf({ file, argv: ["--include", "e"] });
    expect(typed.include[0]?.at ?? 0).toBeGreaterThanOrEqual(1);
    expect(Math.max(...typed.exclude.map(({ at }) => at ?? 9))).toBeLessThan(1);
    expect(configOf({ file: fileOf({}, {}), environment }).include[0]?.at).toBeUndefined();
  });

  test("within a table as it is written", () => {
    const { include, exclude } = configOf({
      file: fileOf({}, { exclude: ["*.log", "x"], include: ["audit.log"] }),
    });
    const [at = 0] = include.map((glob) => glob.at);
    for (const glob of exclude) expect(glob.at ?? 9).toBeLessThan(at);
  });
});

describe("variables", () => {
  test("are put into places and values", () => {
    const file = fileOf(
      { "secret-access-key": "${KEY}", "access-key": "k" },
      { source: "${HOME}/x", target: "s3://${B:-b}/$$/", exclude: ["${X}.tmp", "a$"] },
    );
    const config = configOf({ file, environment: { KEY: "hush", HOME: "/h", X: "y" } });
    expect(config.source).toEqual({ kind: "local", path: "/h/x" });
    expect(config.target).toEqual({ kind: "s3", bucket: "b", prefix: "$/" });
    expect(config.secretAccessKey?.reveal()).toBe("hush");
    expect(config.exclude.map(({ pattern }) => pattern)).toEqual(["y.tmp", "a$"]);
  });

  test("that are empty leave a value to the next layer", () => {
    const file = fileOf({ profile: "p" }, { profile: "${NAME:-}", exclude: ["${NAME:-}", "a"] });
    expect(configOf({ file }).profile).toBe("p");
    expect(configOf({ file, environment: { NAME: "n" } }).profile).toBe("n");
    expect(configOf({ file }).exclude.map(({ pattern }) => pattern)).toEqual(["a"]);
  });

  test("that are not set are told for each key", () => {
    const file = fileOf({ profile: "${P}" }, { source: "${HOME}", "key-start": "${A}${B}" });
    expect(refusal({ file }).lines).toEqual([
      "f.json: defaults: profile: the variable P is not set",
      "f.json: job a: key-start: the variables A, B are not set",
      "f.json: job a: source: the variable HOME is not set",
    ]);
  });

  test("that only another job wants are not missed", () => {
    const text = JSON.stringify({
      jobs: { a: places, b: { ...places, source: "${NONE}" } },
    });
    expect(refusal({ file: text, argv: ["a"] }).lines).toEqual([]);
    expect(refusal({ file: text, argv: ["b"] }).lines).toHaveLength(1);
  });
});

describe("told before anything begins:", () => {
  test("jobs that there are not, with a guess and with those that there are", () => {
    const file = JSON.stringify({ jobs: { photos: places, mirror: places } });
    expect(refusal({ file, argv: ["fotos", "mirror", "xyzzy-plugh"] })).toEqual({
      lines: [
        "f.json: there is no job fotos; did you mean photos?",
        "f.json: there is no job xyzzy-plugh",
      ],
      hint: "There are: photos, mirror",
    });
    expect(refusal({ file: "{}", argv: ["a"] }).hint).toBe("The file has no jobs.");
  });

  test("a job that is named twice", () => {
    const file = fileOf({}, {});
    expect(refusal({ file, argv: ["a", "a"] }).lines).toEqual(["the job a is named twice"]);
  });

  test("values that make no sense, in the words of the command line", () => {
    const wrong = { "max-keys": 0, sse: "none", "source-endpoint-url": "hush://hush" };
    const { lines } = refusal({ file: fileOf({ "worker-size": "x" }, wrong) });
    expect(lines).toEqual([
      "f.json: job a: source-endpoint-url: an http or https URL is allowed, such as https://s3.example.com",
      "f.json: defaults: worker-size: a whole number from 1 to 65535 is allowed",
      "f.json: job a: sse: AES256, aws:kms or aws:kms:dsse is allowed",
      "f.json: job a: max-keys: a whole number from 1 to 32767 is allowed",
    ]);
    expect(lines.join("\n")).not.toContain("hush");
  });

  test("rules that are broken, in every job", () => {
    const file = JSON.stringify({
      jobs: { a: { ...places, "max-delete": 1 }, b: { source: "s3://b", target: "s3://b" } },
    });
    expect(refusal({ file }).lines).toEqual([
      "f.json: job a: --max-delete needs --delete",
      "f.json: job b: SOURCE and TARGET are the same",
    ]);
  });

  test("once only what is wrong for all jobs", () => {
    const file = JSON.stringify({ jobs: { a: places, b: places } });
    const environment = { WORKER_SIZE: "x" };
    expect(refusal({ file, argv: ["--max-keys", "0", "a", "b"], environment }).lines).toHaveLength(
      2,
    );
  });

  test.each([
    ["report-file", { "report-sync-status": true }],
    ["plan-file", { "dry-run": true }],
  ])("a file that several jobs would write with --%s", (option, more) => {
    const job = { ...places, ...more, [option]: "out" };
    const other = { ...job, [option]: "other" };
    const file = JSON.stringify({ jobs: { a: job, b: other, c: job } });
    expect(refusal({ file, argv: ["a", "b", "c"] }).lines).toEqual([
      `--${option} ${path.resolve("out")} is for one job only, not for a, c`,
    ]);
  });

  test("a summary file or standard input that several jobs want", () => {
    const more = { "summary-json": "out.json", "files-from": "-" };
    const file = JSON.stringify({ jobs: { a: places, b: places, c: { ...places, ...more } } });
    expect(refusal({ file }).lines).toEqual([]);
    const argv = ["--summary-json", "./out.json", "--files-from", "-", "a", "c"];
    expect(refusal({ file, argv }).lines).toEqual([
      `--summary-json ${path.resolve("out.json")} is for one job only, not for a, c`,
      "standard input is for one job only, not for a, c",
    ]);
  });
});

test("a path that begins with ~ is refused where it is a path", () => {
  const file = fileOf({}, { source: "~/x", "temp-dir": "~/tmp", "key-start": "~/x" });
  expect(refusal({ file }).lines).toEqual([
    "f.json: job a: temp-dir: ~ means nothing here; write ${HOME}",
    "f.json: job a: source: ~ means nothing here; write ${HOME}",
  ]);
});
