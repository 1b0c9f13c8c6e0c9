/**
 * `s3sync cluster worker` with wrong keys beside one with the right ones, as processes.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { startCli } from "../support/cli.ts";
import { hasNats } from "../support/nats-server.ts";
import { until } from "../support/until.ts";
import { CommandScene } from "./command-kit.ts";

const missing = hasNats ? "" : " (needs nats-server)";

test.skipIf(!hasNats)(
  `a worker with a wrong secret and many slots keeps no job from one with the right one, and one ends that has nothing to do${missing}`,
  async () => {
    await using scene = await CommandScene.begin();
    await scene.fill(30);
    const env = { ...scene.env, AWS_SECRET_ACCESS_KEY: "wrong" };
    const bad = startCli(["cluster", "worker", "--slots", "8", "--idle-timeout", "5s"], { env });
    const workers = async (): Promise<string> => (await scene.run("status")).stdout;
    await until(async () => (await workers()).includes("8"));
    await scene.submit("nightly");
    const good = scene.work("--slots", "1", "--idle-timeout", "2s");
    const { exitCode, stderr } = await scene.run("wait", "nightly");
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(await scene.target.list()).toEqual(await scene.source.list());
    expect(await Promise.all([bad.exited, good.exited])).toEqual([0, 0]);
  },
  60_000,
);
