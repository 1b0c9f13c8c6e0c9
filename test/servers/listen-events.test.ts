/**
 * MinIO, listened to: one that tells what happens, and the usual one, which holds it back.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { resolveConfig, watch } from "../../src/index.ts";
import { EventSource } from "../../src/watch/event-source.ts";
import type { ChangeSource } from "../../src/watch/hints.ts";
import { rejection } from "../core/rejection.ts";
import { TestBucket } from "../support/bucket.ts";
import { follows } from "../support/follows.ts";
import { type RunningServer, startMinio } from "../support/minio-server.ts";
import { hasStreamingMinio, streamingMinio } from "../support/streaming-minio.ts";
import { TempDir } from "../support/temp-dir.ts";
import { Listening } from "../watch/listening.ts";

function open(bucket: TestBucket, prefix: string): ChangeSource {
  const input = { source: bucket.url(prefix), target: "/nowhere", ...bucket.side("source") };
  return new EventSource(resolveConfig(input), "listen", (error) => {
    throw error;
  });
}

describe.skipIf(!hasStreamingMinio())("MinIO that is listened to (needs Go to build one)", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startMinio({ tls: false, program: streamingMinio() });
  }, 60_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  test("tells what is written and deleted below the prefix", async () => {
    await using bucket = await TestBucket.create(server);
    await using other = await TestBucket.create(server);
    await bucket.put("in/gone", "1");
    using listening = new Listening(open(bucket, "in/"));
    const { ended } = await listening.begin();
    await bucket.put("in/a b+c%2F&ü😀.txt", "1");
    await bucket.put("out/b", "1");
    await other.put("in/other", "1");
    await bucket.remove(["in/gone"]);
    await bucket.put("in/z", "1");
    await listening.until("z");
    expect(listening.keys).toEqual(["a b+c%2F&ü😀.txt", "gone", "z"]);
    listening.stop();
    await ended;
  });

  test("tells nothing when objects are read: a watch would hear itself", async () => {
    await using bucket = await TestBucket.create(server);
    await bucket.put("a", "1");
    using listening = new Listening(open(bucket, ""));
    await listening.begin();
    await bucket.get("a");
    await bucket.head("a");
    await bucket.keys();
    await bucket.put("z", "1");
    await listening.until("z");
    expect(listening.keys).toEqual(["z"]);
  });

  test.each(["a*b?/", "a.b/../", String.raw`a\b/`])("is heard below %p", async (prefix) => {
    await using bucket = await TestBucket.create(server);
    using listening = new Listening(open(bucket, prefix));
    await listening.begin();
    await bucket.put("axbc/no", "1");
    if (prefix.includes("..") || prefix.includes("\\")) return; // MinIO has no such keys.
    await bucket.put(`${prefix}yes`, "1");
    await listening.until("yes");
    expect(listening.keys).toEqual(["yes"]);
  });

  test("tells each object of a burst", async () => {
    await using bucket = await TestBucket.create(server);
    using listening = new Listening(open(bucket, ""));
    await listening.begin();
    const keys = Array.from({ length: 300 }, (_, at) => `k${String(at).padStart(3, "0")}`);
    await Promise.all(keys.map((key) => bucket.put(key, "1")));
    await listening.until(...keys);
    expect(listening.keys).toEqual(keys);
  }, 20_000);

  test("that is gone ends the listening; back again, it can be heard anew", async () => {
    await using gone = await startMinio({ tls: false, program: streamingMinio() });
    const bucket = await TestBucket.create(gone);
    using listening = new Listening(open(bucket, ""));
    const { ended } = await listening.begin();
    process.kill(gone.pid, "SIGKILL");
    expect(await rejection(ended)).toMatchObject({ retryable: true });
    expect(await rejection(listening.begin())).toMatchObject({
      code: "network",
    });
    bucket.client.destroy();
  }, 30_000);

  test("makes a directory follow its bucket, also after the server was gone", async () => {
    await using mortal = await startMinio({ tls: false, program: streamingMinio() });
    await using bucket = await TestBucket.create(mortal);
    using dir = new TempDir();
    await bucket.put("in/a", "1");
    const ending = new AbortController();
    const to = dir.at("to");
    const places = { source: bucket.url("in/"), target: to, stateDir: dir.at("state") };
    const how = { ...bucket.side("source"), delete: true };
    const run = watch(
      { ...places, ...how, sourceEvents: "listen", poll: "1w" },
      { ending: ending.signal },
    );
    await follows(run, to, { a: "1" });
    await follows(run, to, { "b c/d+": "2" }, async () => {
      await bucket.put("in/b c/d+", "2");
      await bucket.remove(["in/a"]);
    });
    await follows(run, to, { "b c/d+": "2", e: "3" }, async () => {
      await mortal.kill();
      await mortal.revive();
      await bucket.put("in/e", "3");
    });
    ending.abort();
    expect(await run.result).toMatchObject({ interrupted: false });
  }, 40_000);
});
