/**
 * Runs the command line as a process: the compiled binary if `S3SYNC_BIN` names one, else the sources.
 *
 * @module
 */
import path from "node:path";

import type { TestServer } from "./servers.ts";

/** What a finished process left. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start a process. */
export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The command that starts s3sync. */
export function cliCommand(): string[] {
  const binary = process.env["S3SYNC_BIN"];
  if (binary !== undefined && binary !== "") return [binary];
  return [process.execPath, path.join(import.meta.dir, "../../src/main.ts")];
}

/** Starts s3sync. The caller waits for it or ends it. */
export function startCli(
  args: readonly string[],
  options: CliOptions = {},
): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn([...cliCommand(), ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** Runs s3sync to its end. */
export async function runCli(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const child = startCli(args, options);
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}

/** The environment that makes a test server both sides' server. */
export function serverEnv(server: TestServer): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: server.endpoint,
    ...(server.caFile === undefined ? {} : { AWS_CA_BUNDLE: server.caFile }),
  };
}
