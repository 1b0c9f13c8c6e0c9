/**
 * `cleanup`: what runs left behind goes, and nothing else.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { CreateMultipartUploadCommand } from "@aws-sdk/client-s3";

import { cleanup, type CleanupInput, type Leftover, Secret } from "../../src/index.ts";
import type { Journal } from "../../src/state/journal.ts";
import { StateDirectory } from "../../src/state/state-directory.ts";
import { canRestrict, runRestricted } from "../e2e/restricted.ts";
import type { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv } from "../support/cli.ts";
import { TempDir } from "../support/temp-dir.ts";
import { Interrupted } from "./interrupted.ts";

const now = (): Date => new Date(Date.now() + 1000);

function inputOf(bucket: TestBucket, more: Partial<CleanupInput> = {}): CleanupInput {
  const { endpoint, accessKeyId, secretAccessKey } = bucket.server;
  return {
    ...{ place: bucket.url(), endpointUrl: endpoint, region: "us-east-1", forcePathStyle: true },
    ...{ accessKey: new Secret(accessKeyId), secretAccessKey: new Secret(secretAccessKey) },
    ...{ olderThan: now(), ...more },
  };
}

async function cleaned(input: CleanupInput): Promise<string[]> {
  const found: Leftover[] = await Array.fromAsync(cleanup(input));
  return found.map(({ kind, outcome, reason }) =>
    [kind, outcome, reason].filter(Boolean).join(" "),
  );
}

/** An upload that was begun by another program. */
async function beginUpload(bucket: TestBucket, key: string): Promise<void> {
  await bucket.client.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: key }));
}

const foreign = "upload left not begun here, as far as is known; --others takes it, too";

/** An upload that was interrupted through the proxy, whose address is part of what it is. */
async function interrupted(): Promise<{
  here: Interrupted;
  input: (more?: object) => CleanupInput;
}> {
  const here = await Interrupted.begin("upload");
  await here.interrupt(2);
  const { endpoint: endpointUrl } = here.proxy;
  const { stateDir } = here;
  return { here, input: (more = {}) => inputOf(here.to, { endpointUrl, stateDir, ...more }) };
}

describe("of a bucket", () => {
  test("an upload of ours is aborted, and its journal goes", async () => {
    const { here, input } = await interrupted();
    await using _here = here;
    expect(await cleaned(input())).toEqual(["upload removed"]);
    expect(await here.leftovers()).toMatchObject({ uploads: 0, journals: 0 });
    expect((await here.run()).kept).toBe(0);
  });

  test("one that is not old enough is left, and goes on", async () => {
    const { here, input } = await interrupted();
    await using _here = here;
    for (const olderThan of [undefined, new Date(Date.now() - 60_000)]) {
      expect(await cleaned(input({ olderThan }))).toEqual(["upload left not old enough"]);
    }
    expect((await here.run()).kept).toBeGreaterThan(0);
  });

  test("a dry run says what would go, and leaves it", async () => {
    const { here, input } = await interrupted();
    await using _here = here;
    expect(await cleaned(input({ dryRun: true }))).toEqual(["upload removed"]);
    expect(await here.leftovers()).toMatchObject({ uploads: 1, journals: 1 });
  });

  test("uploads of others are told, and go only with --others", async () => {
    await using here = await Interrupted.begin("upload");
    for (const key of ["a", "sub/b", "sub/c é+"]) await beginUpload(here.to, key);
    const found = await Array.fromAsync(cleanup(inputOf(here.to)));
    expect(found).toMatchObject(
      ["a", "sub/b", "sub/c é+"].map((key) => ({
        ...{ kind: "upload", name: here.to.url(key), outcome: "left" },
        uploadId: expect.any(String),
      })),
    );
    expect(await cleaned(inputOf(here.to))).toEqual([foreign, foreign, foreign]);
    expect(await cleaned(inputOf(here.to, { others: true }))).toHaveLength(3);
    expect(await here.to.openUploads()).toBe(0);
  });

  test("what lies elsewhere than below the prefix is not looked at", async () => {
    const { here, input } = await interrupted();
    await using _here = here;
    await beginUpload(here.to, "sub/b");
    expect(await cleaned(input({ place: here.to.url("sub/"), others: true }))).toEqual([
      "upload removed",
    ]);
    expect(await here.leftovers()).toMatchObject({ uploads: 1, journals: 1 });
  });

  test("what a run works on is left, also when the server is reached by another address", async () => {
    await using here = await Interrupted.begin("upload");
    const gate = here.proxy.hold("UploadPart", "request");
    const running = here.run();
    await gate.reached;
    const { stateDir } = here;
    expect(await cleaned(inputOf(here.to, { stateDir, others: true }))).toEqual([
      "upload left a run works on it",
    ]);
    gate.open();
    expect(await running).toMatchObject({ summary: { errors: 0 } });
  });

  test("what a run works on is left", async () => {
    await using here = await Interrupted.begin("upload");
    const gate = here.proxy.hold("UploadPart", "request", { skip: 2 });
    const running = here.run();
    await gate.reached;
    const input = inputOf(here.to, { endpointUrl: here.proxy.endpoint, stateDir: here.stateDir });
    expect(await cleaned({ ...input, others: true })).toEqual(["upload left a run works on it"]);
    gate.open();
    expect((await running).summary).toMatchObject({ transferredObjects: 1, errors: 0 });
  });

  test("a journal whose upload is gone goes, too", async () => {
    const { here, input } = await interrupted();
    await using _here = here;
    await here.run({ noResume: true });
    expect(await cleaned(inputOf(here.to, { others: true }))).toEqual(["upload removed"]);
    expect(await cleaned(input())).toEqual(["journal removed"]);
    expect(here.dir.files("state")).toEqual([]);
  });

  test("what cannot be aborted is told", async () => {
    const { here, input } = await interrupted();
    await using _here = here;
    here.proxy.inject("AbortMultipartUpload", {
      kind: "refuse",
      status: 403,
      code: "AccessDenied",
    });
    expect(await cleaned(input())).toEqual([
      expect.stringMatching(/^upload failed .*AccessDenied/),
    ]);
    expect(await here.leftovers()).toMatchObject({ uploads: 1, journals: 1 });
  });
});

/** The id of a process that has ended. */
const deadPid = (): number => Bun.spawnSync([process.execPath, "--version"]).pid;
const host = "zzzzzz";

describe("of a directory", () => {
  test("unfinished files go, with their journals, and other files stay", async () => {
    await using here = await Interrupted.begin("download");
    await here.interrupt(2);
    here.dir.write("to/sub/data", "x");
    here.dir.write(`to/sub/.s3sync-${host}-${deadPid()}-abcdef-1.tmp`, "x");
    const { stateDir } = here;
    const input = { place: here.dir.at("to"), stateDir, olderThan: now() };
    expect(await cleaned({ ...input, dryRun: true })).toEqual(["file removed", "file removed"]);
    expect(here.dir.files("to")).toHaveLength(3);
    expect(await cleaned(input)).toEqual(["file removed", "file removed"]);
    expect([here.dir.files("to"), here.dir.files("state")]).toEqual([["sub/data"], []]);
  });

  test("what is young or in work is left", async () => {
    await using here = await Interrupted.begin("download");
    await here.interrupt(2);
    const { stateDir } = here;
    const input = { place: here.dir.at("to"), stateDir };
    expect(await cleaned(input)).toEqual(["file left not old enough"]);
    const gate = here.proxy.hold("GetObject", "request");
    const running = here.run();
    await gate.reached;
    expect(await cleaned({ ...input, olderThan: now() })).toEqual(["file left a run works on it"]);
    gate.open();
    expect((await running).kept).toBeGreaterThan(0);
  });

  test("a journal whose file is gone goes, too", async () => {
    await using here = await Interrupted.begin("download");
    await here.interrupt(2);
    for (const name of here.dir.files("to")) fs.rmSync(here.dir.at("to", name));
    const { stateDir } = here;
    expect(await cleaned({ place: here.dir.at("to"), stateDir, olderThan: now() })).toEqual([
      "journal removed",
    ]);
    expect(here.dir.files("state")).toEqual([]);
  });

  test("what a run works on under another name of the directory is left", async () => {
    using dir = new TempDir();
    const [name, work] = unfinished(dir);
    fs.symlinkSync(dir.at("to"), dir.at("link"));
    const input = { place: dir.at("link"), stateDir: dir.at("state"), olderThan: now() };
    expect(await cleaned(input)).toEqual(["file left a run works on it"]);
    work.state.leave(work.journal);
    expect(await cleaned(input)).toEqual(["file removed"]);
    expect(fs.existsSync(dir.at("to", name))).toBe(false);
  });

  test.skipIf(!canRestrict)(
    "what cannot be looked into is an error, and what is noted about it stays (needs a plain user, or setpriv)",
    async () => {
      using dir = new TempDir();
      const [, { state, journal }] = unfinished(dir, "to/closed");
      state.leave(journal);
      orphan({ dir });
      dir.write(`to/.s3sync-${host}-${deadPid()}-abcdef-1.tmp`, "x");
      fs.chmodSync(dir.at("to/closed"), 0);
      const args = ["--state-dir", dir.at("state"), "--older-than", "now", dir.at("to")];
      const result = await runRestricted(["cleanup", ...args]);
      fs.chmodSync(dir.at("to/closed"), 0o700);
      expect(result).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^removed/) });
      expect(result.stderr).toMatch(/cannot list .*to\/closed: permission denied/);
      expect([dir.files("to"), dir.files("state")]).toMatchObject([{ length: 1 }, { length: 1 }]);
    },
  );

  test("nothing is removed behind a link", async () => {
    using dir = new TempDir();
    const name = `.s3sync-${host}-1-abcdef-1.tmp`;
    dir.write(`outside/${name}`, "x");
    dir.write("root/data", "x");
    fs.symlinkSync(dir.at("outside"), dir.at("root/link"));
    fs.symlinkSync(dir.at("outside", name), dir.at("root", name));
    const stateDir = dir.at("state");
    expect(await cleaned({ place: dir.at("root"), stateDir, olderThan: now() })).toEqual([]);
    expect(fs.existsSync(dir.at("outside", name))).toBe(true);
  });
});

/** A file that a run works on, which another one has begun that is no more. */
function unfinished(
  dir: TempDir,
  directory = "to",
): [string, { state: StateDirectory; journal: Journal }] {
  const name = `.s3sync-${host}-${deadPid()}-abcdef-1.part`;
  dir.write(`${directory}/${name}`, "x");
  const state = new StateDirectory(dir.at("state"));
  const target = dir.at(directory, "a");
  const journal = state.begin("transfer", target, { target });
  journal.append({ note: { kind: "part-file", name } });
  return [name, { state, journal }];
}

/** As if the process that was interrupted had ended. */
function orphan({ dir }: Pick<Interrupted, "dir">): void {
  for (const name of dir.files("state")) {
    const gone = name.replace(`-${process.pid}-`, `-${deadPid()}-`);
    fs.renameSync(dir.at("state", name), dir.at("state", gone));
  }
}

describe("the command", () => {
  test("prints a line each and the counts, and ends with 0", async () => {
    const { here } = await interrupted();
    await using _here = here;
    await beginUpload(here.to, "of others");
    const env = { ...serverEnv(here.to.server), AWS_ENDPOINT_URL: here.proxy.endpoint };
    const args = ["cleanup", "--state-dir", here.stateDir, here.to.url()];
    orphan(here);
    const young = await runCli(args, { env });
    expect(young).toMatchObject({ exitCode: 0, stderr: "" });
    expect(young.stdout).toMatch(/left {2}upload s3:.*not old enough\n(?:.*\n)?2 left\n$/);
    const dry = await runCli([...args, "--older-than", "now", "--dry-run"], { env });
    expect(dry.stdout).toMatch(/^would be removed {2}upload s3:\/\/\S+large, begun .* ago/m);
    expect(dry.stdout).toMatch(/\[dry-run\] 1 would be removed, 1 left\n$/);
    const json = await runCli([...args, "--older-than=now", "--json-tracing"], { env });
    const lines = json.stdout.trimEnd().split("\n");
    expect(json.exitCode).toBe(0);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { kind: "upload", name: here.to.url("large"), outcome: "removed", dry_run: false },
      { kind: "upload", name: here.to.url("of others"), outcome: "left" },
    ]);
  });

  test("ends with 1 when something could not be removed", async () => {
    const { here } = await interrupted();
    await using _here = here;
    here.proxy.inject("AbortMultipartUpload", {
      kind: "refuse",
      status: 403,
      code: "AccessDenied",
    });
    const env = { ...serverEnv(here.to.server), AWS_ENDPOINT_URL: here.proxy.endpoint };
    orphan(here);
    const args = ["cleanup", "--state-dir", here.stateDir, "--older-than", "now", here.to.url()];
    expect(await runCli(args, { env })).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^failed {2}upload .*AccessDenied/),
    });
  });

  test.each([
    [["cleanup", "./no such directory"], "does not exist"],
    [["cleanup", "--delete", "s3://bucket"], "--delete means nothing to cleanup"],
    [["cleanup", "--older-than", "soon", "s3://bucket"], "--older-than: "],
    [
      ["--older-than", "1d", "./a", "s3://bucket"],
      "--older-than belongs to s3sync cleanup and status",
    ],
    [["--others", "./a", "s3://bucket"], "--others belongs to s3sync cleanup"],
    [["bsync", "--others", "./a", "s3://bucket/a/"], "--others means nothing to bsync"],
    [["check", "--others", "./a", "s3://bucket"], "--others means nothing to check"],
  ])("%j is refused with 2", async (args, text) => {
    const { exitCode, stderr } = await runCli(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(text);
  });

  test("explains itself, with what counts as ours", async () => {
    const { exitCode, stdout } = await runCli(["cleanup", "--help"]);
    expect(exitCode).toBe(0);
    for (const text of [
      "--older-than TIME",
      "--others",
      "--dry-run",
      "--state-dir DIR",
      "Ours are",
    ]) {
      expect(stdout).toContain(text);
    }
  });
});
