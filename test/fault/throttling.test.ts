/**
 * A server that is too busy gets less to do at the same time.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { type Fault, FaultProxy } from "../support/fault-proxy.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";

const slowDown: Fault = {
  kind: "refuse",
  status: 503,
  code: "SlowDown",
  headers: { "retry-after": "0" },
};

/** Uploads files to a server that says so often that it is too busy. */
async function upload(
  complaints: number,
  options: Partial<ConfigInput>,
): Promise<{ summary: Summary; notices: string[] }> {
  using dir = new TempDir();
  for (let i = 0; i < 60; i++) dir.write(`f${i}`, `${i}`);
  await using bucket = await TestBucket.create();
  await using proxy = await FaultProxy.start(httpServer());
  proxy.inject("PutObject", slowDown, { times: complaints });
  const notices: string[] = [];
  const side = { ...bucket.side("target"), targetEndpointUrl: proxy.endpoint };
  const input = { source: dir.path, target: bucket.url(), ...side, ...options };
  const summary = await sync(input, {
    onEvent: (event) => {
      if (event.type === "notice") notices.push(event.message);
    },
  });
  return { summary, notices };
}

describe("a server that is too busy", () => {
  test("gets fewer objects at the same time, which is told; all arrive", async () => {
    const { summary, notices } = await upload(16, { initialBackoffMilliseconds: 1 });
    expect(summary).toMatchObject({ transferredObjects: 60, errors: 0, warnings: 0 });
    expect(notices).toContain("up to 11 objects in work at the same time");
  });

  test("gets as many as before where their number was given", async () => {
    const { summary, notices } = await upload(16, {
      workerSize: 16,
      initialBackoffMilliseconds: 1,
    });
    expect(summary).toMatchObject({ transferredObjects: 60, errors: 0 });
    expect(notices).toEqual([]);
  });
});
