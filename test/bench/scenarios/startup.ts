/**
 * The scenario *startup*: from the start of the process to its first request.
 *
 * @module
 */
import { measure } from "../measure.ts";
import type { Result } from "../outcome.ts";
import type { Tool } from "../tool.ts";
import { type BenchOptions, type Scenario, WorkDir } from "./scenario.ts";

/** One start takes milliseconds, and chance has its part in them. */
const starts = 20;

/** A server that only notes when it is asked. Its answer ends the run. */
class Doorbell implements AsyncDisposable {
  rungAtMs = Number.NaN;
  private readonly listener = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      if (Number.isNaN(this.rungAtMs)) this.rungAtMs = performance.now();
      return new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 });
    },
  });

  get server() {
    const endpoint = `http://127.0.0.1:${this.listener.port}`;
    return { endpoint, accessKeyId: "bench-user", secretAccessKey: "bench-password" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.stop(true);
  }
}

/** Needs nothing. */
export function startupScenario(options: BenchOptions): Scenario {
  return {
    name: "startup",
    async run(tool) {
      const outcomes = [];
      for (let start = 0; start < starts; start++) {
        const result = await ring(tool, options);
        const work = { objects: 1, bytes: 0 };
        const step = "first request" as const;
        outcomes.push({ scenario: "startup" as const, step, tool, work, result });
      }
      return outcomes;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function ring(tool: Tool, { capS, signal }: BenchOptions): Promise<Result> {
  using home = new WorkDir();
  await using bell = new Doorbell();
  const { server } = bell;
  const command = tool.command({ kind: "copy", from: "a", to: "b", server, homeDir: home.path });
  let startedAtMs = performance.now();
  const onStart = (): void => void (startedAtMs = performance.now());
  const { cost } = await measure(command, { workDir: home.path, capS, signal, onStart });
  if (Number.isNaN(bell.rungAtMs)) return { kind: "failed", why: "it asked nobody" };
  const wallS = (bell.rungAtMs - startedAtMs) / 1000;
  return { kind: "measured", cost: { ...cost, wallS }, serverCpuS: undefined };
}
