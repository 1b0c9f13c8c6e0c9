/**
 * The scenarios *list*, *long-list* and *latency*: two buckets with the same keys and nothing to do but find
 * that out.
 *
 * @module
 */
import path from "node:path";

import { type EndpointStats, statsPath } from "../listing/endpoint.ts";
import type { Outcome, Result } from "../outcome.ts";
import type { ScenarioName, Server, Tool } from "../tool.ts";
import { type BenchOptions, runJob, type Scenario, WorkDir } from "./scenario.ts";

const program = path.join(import.meta.dir, "../listing/endpoint.ts");

/** What is listed on both sides. */
export interface Listing {
  readonly keys: number;
  readonly folders: number;
  /** Milliseconds that a page takes. */
  readonly latencyMs: number;
}

/** Starts an endpoint for each listing. */
export async function listScenario(
  name: ScenarioName,
  listings: readonly Listing[],
  options: BenchOptions,
): Promise<Scenario> {
  const endpoints = await Promise.all(listings.map((listing) => startEndpoint(listing)));
  return {
    name,
    async run(tool) {
      const outcomes: Outcome[] = [];
      for (const [index, endpoint] of endpoints.entries()) {
        const keys = listings[index]?.keys ?? 0;
        const result = await listBoth(tool, endpoint, keys, options);
        const work = { objects: keys, bytes: 0 };
        outcomes.push({ scenario: name, step: `${keys}`, tool, work, result });
      }
      return outcomes;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
    },
  };
}

async function listBoth(
  tool: Tool,
  endpoint: RunningEndpoint,
  keys: number,
  options: BenchOptions,
): Promise<Result> {
  using home = new WorkDir();
  const { server } = endpoint;
  const before = await endpoint.stats();
  const job = { kind: "copy", from: "source", to: "target", server, homeDir: home.path } as const;
  return await runJob(tool, job, options, {
    serverCpu: async () => (await endpoint.stats()).cpuSeconds,
    check: async () => complaint(before, await endpoint.stats(), 2 * keys),
  });
}

/**
 * Nothing was to be done, and all of it: the listings to the end and not one write.
 *
 * @param keys that were to be listed
 */
export function complaint(
  before: EndpointStats,
  after: EndpointStats,
  keys: number,
): string | undefined {
  const needless = after.needless - before.needless;
  if (needless > 0) return `${needless} requests that read or changed objects`;
  const listed = after.keys - before.keys;
  return listed >= keys ? undefined : `only ${listed} keys were listed`;
}

/** A synthetic S3. */
export interface RunningEndpoint {
  readonly server: Server;
  stats(): Promise<EndpointStats>;
  stop(): Promise<void>;
}

/** Starts an endpoint in a process of its own: `file`, which takes the same arguments. */
export async function startEndpoint(listing: Listing, file = program): Promise<RunningEndpoint> {
  const args = [listing.keys, listing.folders, listing.latencyMs];
  const child = Bun.spawn([process.execPath, file, ...args.map(String)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const first = await child.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(first.value).trim());
  if (!(port > 0)) throw new Error("the synthetic endpoint did not start");
  const origin = `http://127.0.0.1:${port}`;
  return {
    server: { endpoint: origin, accessKeyId: "bench-user", secretAccessKey: "bench-password" },
    stats: async () => (await (await fetch(`${origin}${statsPath}`)).json()) as EndpointStats,
    stop: async () => {
      child.kill();
      await child.exited;
    },
  };
}
