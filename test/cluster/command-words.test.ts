/**
 * What `s3sync cluster …` refuses before it asks anybody, and what it says of wrong use.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { runCli } from "../support/cli.ts";
import { keepSecret } from "../support/secrets.ts";

/** Nobody listens there: whoever gets so far fails with 1. */
const nats = ["--nats", "nats://127.0.0.1:1"];
const secret = keepSecret("a-secret-of-this-test");
const key = Buffer.alloc(32, 7).toString("base64");
const md5 = Buffer.alloc(16, 7).toString("base64");
const sseC = ["--source-sse-c", "AES256", "--source-sse-c-key", key, "--source-sse-c-key-md5", md5];

describe("cluster submit refuses", () => {
  test.each([
    [
      "access keys",
      ["--source-access-key", "id", "--source-secret-access-key", secret],
      ["--source-access-key: keys do not travel", "--source-secret-access-key: nothing secret"],
    ],
    [
      "tokens",
      ["--access-key", "id", "--secret-access-key", secret, "--session-token", secret],
      ["--session-token: nothing secret is put into the queue"],
    ],
    ["keys for SSE-C", sseC, ["--source-sse-c-key: nothing secret is put into the queue"]],
    ["a keyring", ["--access-key", "id", "--keyring", "x"], ["--keyring: keys do not travel"]],
    ["callbacks", ["--callback", import.meta.path], ["--callback: code does not travel"]],
    ["a watch", ["--watch"], ["--watch: that needs one run over everything"]],
    ["shards", ["--shard", "1/3"], ["--shard: workers share the keys by themselves"]],
    [
      "what is of one machine",
      ["--temp-dir", "/tmp"],
      ["--temp-dir: it is about one machine: give it to the workers' environment"],
    ],
  ])("%s, with exit code 2 and without a secret", async (_, options, said) => {
    const { exitCode, stdout, stderr } = await submit(options, ["s3://a/", "s3://b/"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    for (const text of said) expect(stderr).toContain(`s3sync: ${text}`);
    expect(stderr).not.toContain(secret);
    expect(stderr).not.toContain(key);
  });

  test.each([
    ["SOURCE", ["/srv/photos", "s3://b/"]],
    ["TARGET", ["s3://a/", "photos"]],
  ])("a local %s that may be another one on each machine", async (_, places) => {
    const { exitCode, stderr } = await submit([], places);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("if it is the same everywhere, add --shared-path");
    // It is past that, and finds something else wrong.
    const args = ["--nats", "http://a", "--shared-path", ...places];
    const shared = await runCli(["cluster", "submit", ...args]);
    expect(shared.stderr).toContain("servers are reached by nats:// or tls://");
  });

  test("an index, where a local path is shared", async () => {
    const options = ["--index", "photos.db", "--shared-path"];
    const { exitCode, stderr } = await submit(options, ["/srv/photos", "s3://b/"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--index: it keeps or reads a file on one machine");
  });

  test("a summary, where nobody waits for one", async () => {
    const { exitCode, stderr } = await submit(
      ["--job", "x", "--summary-json", "summary.json"],
      ["s3://a/", "s3://b/"],
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--summary-json: cluster submit does not wait for the job");
    expect(stderr).toContain("s3sync cluster wait --summary-json FILE x");
  });

  test("no shared path that is missing here, but tells of it", async () => {
    const args = ["--nats", "http://a", "--shared-path", "/no/such/directory", "s3://b/"];
    const { stderr } = await runCli(["cluster", "submit", ...args]);
    expect(stderr).toContain("warning: /no/such/directory is not there on this machine");
    expect(stderr).toContain("servers are reached by nats:// or tls://");
  });

  test("what no run could do", async () => {
    const { exitCode, stderr } = await submit(["--max-delete", "3"], ["s3://a/", "s3://b/"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--max-delete needs --delete");
  });
});

describe("cluster says in a line or two", () => {
  test.each([
    [["cluster"], "cluster needs a word more: submit, worker, wait, status, cancel, retry, forget"],
    [["cluster", "sumbit"], "Is cluster submit meant?"],
    [["cluster", "worker"], "cluster needs --nats: where the servers of NATS are"],
    [["cluster", "worker", ...nats, "x"], "cluster worker takes no arguments"],
    [["cluster", "worker", ...nats, "--slots", "0"], "--slots: a whole number from 1 to 64"],
    [["cluster", "worker", ...nats, "--delete"], "--delete means nothing to cluster worker"],
    [["cluster", "wait", ...nats], "cluster wait needs the name of one job"],
    [["cluster", "wait", ...nats, "a", "b"], "cluster wait needs the name of one job"],
    [["cluster", "cancel", ...nats, "a b"], '"a b" is no name for a job'],
    [["cluster", "status", ...nats, "a", "b"], "cluster status takes one job, or none"],
    [["cluster", "submit", ...nats, "s3://a/"], "cluster submit needs SOURCE and TARGET"],
    [["cluster", "wait", ...nats, "--job", "a", "b"], "--job says a, and the argument b"],
    [["cluster", "status", ...nats, "--job", "a", "b"], "--job says a, and the argument b"],
    [
      ["cluster", "submit", ...nats, "--slots", "3", "s3://a/", "s3://b/"],
      "--slots: cluster submit works on nothing by itself",
    ],
    [
      ["cluster", "submit", ...nats, "--watch", "s3://a/", "s3://b/"],
      "s3sync cluster submit --help",
    ],
    [["cluster", "retry", "--nats", "http://a", "a"], "servers are reached by nats:// or tls://"],
    [["cluster", "retry", ...nats, "--nats-password", secret, "a"], "no user"],
    [["--nats", "nats://a", "s3://a/", "s3://b/"], "--nats belongs to s3sync cluster"],
  ])("what is wrong, case %#", async (args, said) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain(secret);
    expect(stderr.trimEnd().split("\n").length).toBeLessThan(4);
  });

  test("variables of its own mean nothing to other commands", async () => {
    const { stderr } = await runCli(["--max-delete", "3", "s3://a/", "s3://b/"], {
      env: { S3SYNC_NATS: "nats://a", S3SYNC_SLOTS: "3", S3SYNC_JOB: "x", S3SYNC_NATS_TOKEN: "x" },
    });
    expect(stderr).not.toContain("cluster");
  });

  test("SOURCE may be a directory called cluster", async () => {
    const { exitCode, stderr } = await runCli(["--delete", "cluster", "s3://no-such-bucket-here/"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("SOURCE");
    expect(stderr).not.toContain("s3sync cluster");
  });
});

describe("help", () => {
  test.each(["submit", "worker", "wait", "status", "cancel", "retry", "forget"])(
    "of cluster %s has examples and its options",
    async (word) => {
      const [one, other] = await Promise.all([
        runCli(["cluster", word, "--help"]),
        runCli(["help", "cluster", word]),
      ]);
      expect(one).toEqual(other);
      expect(one).toMatchObject({ exitCode: 0, stderr: "" });
      expect(one.stdout).toContain(`Usage: s3sync cluster ${word}`);
      expect(one.stdout).toContain(`  s3sync cluster ${word}`);
      expect(one.stdout).toContain("--nats-creds FILE");
      expect(one.stdout.includes("--slots")).toBe(word === "submit" || word === "worker");
    },
  );

  test("of cluster worker tells what -v shows, and what a second Ctrl-C ends with", async () => {
    const { stdout } = await runCli(["cluster", "worker", "--help"]);
    expect(stdout).toContain("-v: each object as well");
    expect(stdout).toMatch(/^ *130 +a second Ctrl-C ended it at once$/m);
  });

  test("of cluster tells of all of them", async () => {
    const { stdout } = await runCli(["cluster", "--help"]);
    for (const word of ["submit", "worker", "wait", "status", "cancel", "retry", "forget"]) {
      expect(stdout).toContain(`s3sync cluster ${word} [OPTIONS]`);
    }
  });
});

function submit(options: readonly string[], places: readonly string[]) {
  return runCli(["cluster", "submit", ...nats, ...options, ...places]);
}
