/**
 * Runs that must not overlap: `--lock`.
 *
 * @module
 */
import { expect, spyOn, test } from "bun:test";
import fs from "node:fs";
import os from "node:os";

import { sync } from "../../src/index.ts";
import { Lock } from "../../src/state/lock.ts";
import { rejection } from "../core/rejection.ts";
import { TestBucket } from "../support/bucket.ts";
import { runCli, serverEnv, startCli } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

test("while another run holds the lock a run does nothing, says so in one line and ends with 1", async () => {
  using dir = new TempDir();
  dir.write("from/a", "a");
  await using bucket = await TestBucket.create();
  const lock = dir.at("lock");
  using _held = Lock.take(lock, "it");
  const args = ["--lock", lock, dir.at("from"), bucket.url()];
  const { exitCode, stdout, stderr } = await runCli(args, { env: serverEnv(httpServer()) });
  expect(exitCode).toBe(1);
  expect(stdout).toBe("");
  expect(stderr.trim().split("\n")[0]).toBe(
    `s3sync: the lock ${lock} is in use by process ${process.pid} on ${os.hostname()}`,
  );
  expect(await bucket.keys()).toEqual([]);
});

test("with --lock-wait it begins when the other one has ended, and lets go at its own end", async () => {
  using dir = new TempDir();
  dir.write("from/a", "a");
  await using bucket = await TestBucket.create();
  const lock = dir.at("lock");
  const held = Lock.take(lock, "it");
  const args = ["-v", "--lock", lock, "--lock-wait", "5m", dir.at("from"), bucket.url()];
  const child = startCli(args, { env: serverEnv(httpServer()) });
  let said = "";
  for await (const piece of child.stdout) {
    said += Buffer.from(piece).toString();
    if (said.includes("waiting for up to 5m")) held[Symbol.dispose]();
  }
  expect(await child.exited).toBe(0);
  expect(await bucket.keys()).toEqual(["a"]);
  expect(fs.existsSync(lock)).toBe(false);
});

test("a run whose lock somebody else has taken ends with an error", async () => {
  using dir = new TempDir();
  dir.write("from/a", "a");
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  const gate = proxy.hold("PutObject", "request");
  const lock = dir.at("lock");
  const to = { ...bucket.side("target"), targetEndpointUrl: proxy.endpoint };
  const timers = spyOn(globalThis, "setInterval");
  const run = rejection(sync({ source: dir.at("from"), target: bucket.url(), ...to, lock }));
  await gate.reached;
  fs.writeFileSync(lock, "theirs");
  for (const [minute, every] of timers.mock.calls) if (every === 60_000) (minute as () => void)();
  timers.mockRestore();
  gate.open();
  expect(await run).toMatchObject({ code: "locked" });
  expect(fs.readFileSync(lock, "utf8")).toBe("theirs");
});

test("a dry run takes no lock", async () => {
  using dir = new TempDir();
  dir.write("from/a", "a");
  await using bucket = await TestBucket.create();
  const lock = dir.at("lock");
  using _held = Lock.take(lock, "it");
  const input = { source: dir.at("from"), target: bucket.url(), ...bucket.side("target") };
  expect(await sync({ ...input, lock, dryRun: true })).toMatchObject({ transferredObjects: 1 });
});

test("a run that fails lets go of it", async () => {
  using dir = new TempDir();
  const lock = dir.at("lock");
  const input = { source: dir.at("absent"), target: "s3://bucket/" };
  await Promise.allSettled([sync({ ...input, lock })]);
  expect(fs.existsSync(lock)).toBe(false);
});
