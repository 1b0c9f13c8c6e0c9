/**
 * A worker's process allows as many requests as its slots may have on their way.
 *
 * @module
 */
import { expect, test } from "bun:test";
import fs from "node:fs";

import { demandOfWorker, neededLimit } from "../../src/cli/connection-limit.ts";
import { startCli } from "../support/cli.ts";
import { until } from "../support/until.ts";

const variable = "BUN_CONFIG_MAX_HTTP_REQUESTS";

test("a few slots get along with what Bun allows", () => {
  expect(neededLimit(demandOfWorker(4), {})).toBeUndefined();
  expect(neededLimit(demandOfWorker(64), {})).toBe(1104);
});

/** What a process was started with, last. */
function environmentOf(pid: number): string {
  return fs.readFileSync(`/proc/${pid}/environ`, "utf8");
}

test.skipIf(process.platform !== "linux")(
  "a worker with many slots starts itself anew with a higher limit (needs Linux)",
  async () => {
    // It looks for its servers for some seconds.
    const args = ["cluster", "worker", "--slots", "64", "--nats", "nats://127.0.0.1:1"];
    const child = startCli(args, {});
    try {
      await until(async () => environmentOf(child.pid).includes(`${variable}=1104`));
    } finally {
      child.kill("SIGKILL");
      await child.exited;
    }
  },
);
