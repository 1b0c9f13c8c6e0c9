/**
 * What all scenarios share.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { memoryDirectory } from "../../support/minio-server.ts";
import { type Command, type Finished, measure } from "../measure.ts";
import type { Outcome, Result } from "../outcome.ts";
import type { Job, ScenarioName, Tool } from "../tool.ts";

/** Settings that scenarios know. */
export interface BenchOptions {
  /** Seconds that a peer may take for one step. */
  readonly capS: number;
  readonly listKeys: number;
  readonly listFolders: number;
  readonly listLatencyMs: number;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  /** Hears of every process that is measured. */
  readonly onStart?: ((pid: number) => void) | undefined;
}

/** A scenario that is set up. Dispose of it. */
export interface Scenario extends AsyncDisposable {
  readonly name: ScenarioName;
  /** Runs one tool through all steps, in order. */
  run(tool: Tool): Promise<Outcome[]>;
}

/** A directory on a memory file system. */
export class WorkDir implements Disposable {
  readonly path = fs.mkdtempSync(path.join(memoryDirectory(), "s3sync-bench-"));

  at(name: string): string {
    return path.join(this.path, name);
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

/** Around one command. */
export interface Witnesses {
  /** CPU seconds that the server used so far. */
  readonly serverCpu: () => Promise<number | undefined>;
  /** Looks whether the command did what it was to do; says what is wrong. */
  readonly check: () => Promise<string | undefined>;
  /** Requests that it sent, where that is counted. */
  readonly requests?: () => number | undefined;
}

/** Runs a tool once, measured, and looks at what it did. */
export function runJob(
  tool: Tool,
  job: Job,
  options: BenchOptions,
  witnesses: Witnesses,
): Promise<Result> {
  return runCommand(tool.command(job), job.homeDir, options, witnesses);
}

/** Runs a command once, measured, and looks at what it did. */
export async function runCommand(
  command: Command,
  workDir: string,
  options: BenchOptions,
  { serverCpu, check, requests }: Witnesses,
): Promise<Result> {
  const before = await serverCpu();
  const { capS, signal, onStart } = options;
  const finished = await measure(command, { workDir, capS, signal, onStart });
  const after = await serverCpu();
  const why = complaint(finished, capS) ?? (await check());
  if (why !== undefined) return { kind: "failed", why };
  const serverCpuS = before === undefined || after === undefined ? undefined : after - before;
  return { kind: "measured", cost: finished.cost, serverCpuS, requests: requests?.() };
}

function complaint({ capped, exitCode, lastLines }: Finished, capS: number): string | undefined {
  if (capped) return `stopped after ${capS} s`;
  return exitCode === 0 ? undefined : `exit code ${exitCode}: ${lastLines}`;
}
