/**
 * Users of NATS with few rights: those that the README gives to workers and to who only looks are enough, each of them is
 * needed, and what is missing is named.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { Ground } from "../../src/cluster/ground.ts";
import { openNatsGround } from "../../src/cluster/nats/nats-ground.ts";
import { Secret } from "../../src/index.ts";
import { rejection } from "../core/rejection.ts";
import { TestBucket } from "../support/bucket.ts";
import { type CliResult, runCli, serverEnv, startCli } from "../support/cli.ts";
import { hasNats, NatsServer } from "../support/nats-server.ts";
import { readmeFile } from "../support/option-reference.ts";
import { keepSecret } from "../support/secrets.ts";
import { never } from "./job-kit.ts";

/** What the README puts into a server's configuration. */
const [, rights = ""] =
  /#### What a user of NATS may do\n.*?```text\n(.*?)```/s.exec(
    fs.readFileSync(readmeFile, "utf8"),
  ) ?? [];

/** The subjects that a user may publish to. */
function subjectsOf(user: string): string[] {
  const [, list = ""] = new RegExp(`user: ${user},.*?publish: \\[(.*?)\\]`, "s").exec(rights) ?? [];
  return [...list.matchAll(/"(.*?)"/g)].flatMap(([, subject]) => subject ?? []);
}

const passwords = {
  worker: keepSecret("a long random text", "the password of a worker"),
  viewer: keepSecret("another long random text", "the password of who only looks"),
} as const;
type User = keyof typeof passwords;

describe.skipIf(!hasNats)(
  `with the rights of the README${hasNats ? "" : " (needs nats-server)"}`,
  () => {
    let nats: NatsServer;
    let source: TestBucket;
    let target: TestBucket;

    beforeAll(async () => {
      nats = await NatsServer.start({ config: rights });
      source = await TestBucket.create();
      target = await TestBucket.create();
      for (const key of ["a", "b", "c"]) await source.put(key, key);
      await target.put("old", "old");
    }, 60_000);
    afterAll(async () => {
      await nats[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    }, 60_000);

    const env = (user: User): Record<string, string> => ({
      ...serverEnv(source.server),
      ...{ S3SYNC_NATS: nats.url, S3SYNC_NATS_USER: user, S3SYNC_NATS_PASSWORD: passwords[user] },
    });
    const run = (user: User, ...words: readonly string[]): Promise<CliResult> =>
      runCli(["cluster", ...words], { env: env(user) });

    test("workers do whole jobs, and whoever looks sees them", async () => {
      const submit = ["submit", "--job", "nightly", "--delete", source.url(), target.url()];
      expect(await run("worker", ...submit)).toMatchObject({ exitCode: 0, stderr: "" });
      const worker = startCli(["cluster", "worker"], { env: env("worker") });
      const waited = await run("viewer", "wait", "nightly");
      expect(waited).toMatchObject({ exitCode: 0 });
      expect(waited.stderr).toContain("deleted 1 objects");
      expect(await target.list()).toEqual(await source.list());
      const status = await run("viewer", "status");
      expect(status).toMatchObject({ exitCode: 0, stderr: "" });
      expect(status.stdout).toMatch(/^nightly {2}done .*\nworker /s);
      expect((await run("viewer", "status", "nightly")).stdout).toContain("state    done, ");
      // One that gives way, and one that is cancelled.
      expect(await run("worker", ...submit)).toMatchObject({ exitCode: 0, stderr: "" });
      expect(await run("worker", "wait", "nightly")).toMatchObject({ exitCode: 0 });
      expect(await run("worker", "retry", "nightly")).toMatchObject({ exitCode: 0 });
      expect(await run("worker", "cancel", "nightly")).toMatchObject({ exitCode: 0 });
      worker.kill("SIGTERM");
      expect(await worker.exited).toBe(0);
    }, 90_000);

    test.each([
      ["submit", ["submit", "s3://a/", "s3://b/"], "$KV.S3SYNC_RECORDS."],
      ["work", ["worker"], "$"],
      ["cancel", ["cancel", "known"], "$KV.S3SYNC_RECORDS.jobs.known"],
    ] as const)(
      "whoever looks cannot %s, and is told so",
      async (_, words, subject) => {
        const known = ["submit", "--job", "known", source.url(), target.url()];
        expect(await run("worker", ...known)).toMatchObject({ exitCode: 0 });
        const { exitCode, stderr } = await run("viewer", ...words);
        expect({ exitCode, stderr }).toMatchObject({ exitCode: 1 });
        const [line, hint, ...more] = stderr.trimEnd().split("\n");
        expect(line).toStartWith(
          `s3sync: the NATS servers ${nats.url} do not let us use ${subject}`,
        );
        expect(hint).toContain("README");
        expect(more).toEqual([]);
      },
      60_000,
    );
  },
);

/** All that is done with what a cluster looks at. */
async function look({ records, presence, notes }: Ground): Promise<void> {
  await records.get("jobs.some");
  for await (const _ of records.all("jobs.")) break;
  for await (const _ of records.watch("jobs.", never)) break;
  for await (const _ of presence.all("worker.")) break;
  for await (const _ of notes.read("run", 0)) break;
}

/** All that is done with a cluster. */
async function work(ground: Ground): Promise<void> {
  const { records, presence, notes, tasks } = ground;
  await records.put("jobs.some", 1);
  await presence.put("worker.some", 1);
  await notes.add("run", "note", 1);
  await look(ground);
  await tasks.add("run", ["task"]);
  await tasks.count("run");
  const lease = await tasks.take(never);
  await lease.done();
  await tasks.clear("run");
  await notes.clear("run");
  await records.clear("jobs.");
}

describe.skipIf(!hasNats)("each right is needed, and named where it is missing", () => {
  const password = keepSecret("a password of many users");
  const user = (name: string, subjects: readonly string[]): string =>
    `{ user: ${name}, password: ${JSON.stringify(password)}, permissions: { publish: ${JSON.stringify(subjects)}, subscribe: ["_INBOX.>"] } }`;
  /** All users but for one right each. */
  const poorer = (kind: User): string[] =>
    subjectsOf(kind).map((missing, index) =>
      user(
        `${kind}${index}`,
        subjectsOf(kind).filter((subject) => subject !== missing),
      ),
    );
  let nats: NatsServer;
  const open = (name: string): Promise<Ground> =>
    openNatsGround({ servers: nats.url, user: name, password: new Secret(password) }, never);

  beforeAll(async () => {
    const users = [user("all", subjectsOf("worker")), ...poorer("worker"), ...poorer("viewer")];
    nats = await NatsServer.start({ config: `authorization { users: [${users.join("\n")}] }` });
    await using ground = await open("all");
    await work(ground);
    await ground.notes.add("run", "another", 1);
  }, 60_000);
  afterAll(() => nats[Symbol.asyncDispose]());

  const cases = (["worker", "viewer"] as const).flatMap((kind) =>
    subjectsOf(kind).map((subject, index) => [kind, subject, index] as const),
  );
  test.each(cases)(
    "of a %s: %s",
    async (kind, subject, index) => {
      const used = async (): Promise<void> => {
        await using ground = await open(`${kind}${index}`);
        await (kind === "worker" ? work : look)(ground);
      };
      const words: Readonly<Record<string, string>> = { "*": "[^.]+", ">": ".+" };
      const pattern = subject
        .split(".")
        .map((word) => words[word] ?? RegExp.escape(word))
        .join("\\.");
      expect(await rejection(used())).toMatchObject({
        code: "access-denied",
        message: expect.stringMatching(new RegExp(`do not let us use ${pattern}$`)),
      });
    },
    20_000,
  );
});
