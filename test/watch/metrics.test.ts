/**
 * What a watch tells those who look after it.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { ListenAddress } from "../../src/config/listen-address.ts";
import { listenAddress } from "../../src/config/listen-address.ts";
import type { WatchState } from "../../src/core/watch-state.ts";
import { HealthServer } from "../../src/watch/health.ts";
import { metricsText } from "../../src/watch/metrics.ts";

const state: WatchState = {
  phase: "idle",
  pending: 3,
  lagMs: 1500,
  lastSuccessAt: 1_796_000_000_250,
  rounds: 7,
  objects: 1234,
  bytes: 5_000_000_000,
  errors: 2,
  queue: 1,
};
const anyPort: ListenAddress = { host: "127.0.0.1", port: 0 };

/** A line of the format: `name{label="value"} number`. */
const sample = /^([a-z_][a-z0-9_]*)((?:\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"\})?) (\S+)$/;

/** Samples by name and labels; throws where a text is not what Prometheus reads. */
function samplesOf(text: string): Record<string, number> {
  expect(text.endsWith("\n")).toBe(true);
  const samples: Record<string, number> = {};
  const announced = new Set<string>();
  for (const line of text.trimEnd().split("\n")) {
    const [, comment, about = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (comment === "TYPE") {
      expect(["counter", "gauge"]).toContain(rest);
      expect(rest === "counter").toBe(about.endsWith("_total"));
      expect(announced.has(about)).toBe(false);
      announced.add(about);
      continue;
    }
    if (comment === "HELP") continue;
    const [, name = "", labels = "", value = ""] = sample.exec(line) ?? [];
    expect(announced.has(name)).toBe(true);
    samples[name + labels] = Number(value);
  }
  return samples;
}

describe("metrics", () => {
  test("are what the watch knows, in Prometheus's text format", () => {
    expect(samplesOf(metricsText(state, "1.2.3"))).toEqual({
      's3sync_build_info{version="1.2.3"}': 1,
      s3sync_objects_total: 1234,
      s3sync_bytes_total: 5_000_000_000,
      s3sync_errors_total: 2,
      s3sync_rounds_total: 7,
      s3sync_pending: 3,
      s3sync_queue: 1,
      s3sync_lag_seconds: 1.5,
      s3sync_last_success_timestamp_seconds: 1_796_000_000.25,
      's3sync_phase{phase="starting"}': 0,
      's3sync_phase{phase="working"}': 0,
      's3sync_phase{phase="idle"}': 1,
      's3sync_phase{phase="waiting"}': 0,
      's3sync_phase{phase="held"}': 0,
      's3sync_phase{phase="stopping"}': 0,
    });
  });

  test("say nothing of a success before there was one", () => {
    const text = metricsText({ ...state, lastSuccessAt: undefined }, "1");
    expect(Object.keys(samplesOf(text))).not.toContain("s3sync_last_success_timestamp_seconds");
  });

  test("survive any version", () => {
    expect(Object.keys(samplesOf(metricsText(state, 'a"b\\c\nd')))).toContain(
      String.raw`s3sync_build_info{version="a\"b\\c\nd"}`,
    );
  });

  test("are served with the state of now: what is not done gets older", async () => {
    let now = 1000;
    using health = HealthServer.start(anyPort, "1", () => now);
    health.take(state);
    now += 2000;
    const answer = await fetch(`${health.url}metrics`);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(samplesOf(await answer.text())["s3sync_lag_seconds"]).toBe(3.5);
  });

  test("are there before the watch has said anything", async () => {
    using health = HealthServer.start(anyPort, "1");
    const samples = samplesOf(await (await fetch(`${health.url}metrics`)).text());
    expect(samples).toMatchObject({ 's3sync_phase{phase="starting"}': 1, s3sync_objects_total: 0 });
  });
});

describe("/healthz", () => {
  async function after(...phases: readonly WatchState["phase"][]): Promise<number> {
    using health = HealthServer.start(anyPort, "1");
    for (const phase of phases) health.take({ ...state, phase });
    return (await fetch(`${health.url}healthz`)).status;
  }

  test.each<[number, WatchState["phase"][]]>([
    [503, []],
    [503, ["starting"]],
    [200, ["working"]],
    [200, ["working", "idle"]],
    [200, ["idle", "working"]],
    [503, ["working", "waiting"]],
    [503, ["working", "waiting", "working"]],
    [200, ["working", "waiting", "working", "idle"]],
    [503, ["working", "held"]],
    [503, ["held", "working"]],
    [200, ["held", "working", "idle"]],
    [503, ["idle", "stopping"]],
  ])("is %i after %p", async (status, phases) => {
    expect(await after(...phases)).toBe(status);
  });

  test("says in words how it stands", async () => {
    using health = HealthServer.start(anyPort, "1");
    const trouble = "1 object is not deleted: --max-delete allows 0";
    health.take({ ...state, phase: "held", trouble });
    expect(await (await fetch(`${health.url}healthz`)).text()).toBe(
      `held: ${trouble}\npending 3\nto be tried again 1\nlast success 2026-11-30T00:53:20.250Z\n`,
    );
  });
});

describe("the server", () => {
  test("has nothing else, and takes nothing", async () => {
    using health = HealthServer.start(anyPort, "1");
    expect((await fetch(health.url)).status).toBe(404);
    expect((await fetch(`${health.url}metrics`, { method: "POST", body: "x" })).status).toBe(405);
    expect((await fetch(`${health.url}healthz`, { method: "HEAD" })).status).toBe(503);
  });

  test("that cannot listen says so in one line", () => {
    using first = HealthServer.start(anyPort, "1");
    const address = { host: "127.0.0.1", port: Number(new URL(first.url).port) };
    const line = `--metrics-listen 127.0.0.1:${address.port}: somebody listens there already`;
    expect(() => HealthServer.start(address, "1")).toThrow(
      expect.objectContaining({ code: "network", message: line }),
    );
    expect(() => HealthServer.start({ host: "192.0.2.1", port: 9464 }, "1")).toThrow(
      "--metrics-listen 192.0.2.1:9464: it is no address of this machine",
    );
  });

  test("gives its port back", async () => {
    const first = HealthServer.start(anyPort, "1");
    const port = Number(new URL(first.url).port);
    first[Symbol.dispose]();
    using second = HealthServer.start({ host: "127.0.0.1", port }, "1");
    expect((await fetch(`${second.url}metrics`)).status).toBe(200);
  });
});

describe("an address", () => {
  test.each<[string, ListenAddress]>([
    ["127.0.0.1:9464", { host: "127.0.0.1", port: 9464 }],
    ["0.0.0.0:0", { host: "0.0.0.0", port: 0 }],
    ["localhost:80", { host: "localhost", port: 80 }],
    ["[::1]:9464", { host: "::1", port: 9464 }],
  ])("may be %s", (text, address) => {
    expect(listenAddress.parse(text)).toEqual(address);
    expect(listenAddress.format(address)).toBe(text);
  });

  test.each([
    "",
    ":9464",
    "9464",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:-1",
    "256.0.0.1:1",
    "127.1:1",
    "::1:9464",
    "[::zz]:1",
    "[:]:1",
    "example.com:9464",
    "http://127.0.0.1:9464",
    "127.0.0.1:9464/metrics",
    "user@127.0.0.1:1",
  ])("is not %p", (text) => {
    expect(() => listenAddress.parse(text)).toThrow("127.0.0.1:9464");
  });
});
