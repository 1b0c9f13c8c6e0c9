/**
 * The scenario *list*: two buckets with the same keys and nothing to do but find that out.
 *
 * @module
 */
import path from "node:path";

import { type EndpointStats, statsPath } from "../listing/endpoint.ts";
import type { Server } from "../tool.ts";
import { type BenchOptions, runJob, type Scenario, WorkDir } from "./scenario.ts";

const program = path.join(import.meta.dir, "../listing/endpoint.ts");

/** Starts the endpoint. */
export async function listScenario(options: BenchOptions): Promise<Scenario> {
  const { listKeys, listFolders, listLatencyMs } = options;
  const endpoint = await startEndpoint([listKeys, listFolders, listLatencyMs]);
  const { server } = endpoint;
  return {
    name: "list",
    async run(tool) {
      using home = new WorkDir();
      const before = await endpoint.stats();
      const job = {
        kind: "copy",
        from: "source",
        to: "target",
        server,
        homeDir: home.path,
      } as const;
      const result = await runJob(tool, job, options, {
        serverCpu: async () => (await endpoint.stats()).cpuSeconds,
        check: async () => complaint(before, await endpoint.stats(), listKeys),
      });
      const work = { objects: listKeys, bytes: 0 };
      return [{ scenario: "list", step: "list", tool, work, result }];
    },
    [Symbol.asyncDispose]: () => endpoint.stop(),
  };
}

/** Nothing was to be done, and all of it: both listings to the end and not one write. */
export function complaint(
  before: EndpointStats,
  after: EndpointStats,
  keys: number,
): string | undefined {
  const needless = after.needless - before.needless;
  if (needless > 0) return `${needless} requests that read or changed objects`;
  const listed = after.keys - before.keys;
  return listed >= 2 * keys ? undefined : `only ${listed} keys were listed`;
}

interface RunningEndpoint {
  readonly server: Server;
  stats(): Promise<EndpointStats>;
  stop(): Promise<void>;
}

/** Starts the endpoint in a process of its own. */
export async function startEndpoint(args: readonly number[]): Promise<RunningEndpoint> {
  const child = Bun.spawn([process.execPath, program, ...args.map(String)], {
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
