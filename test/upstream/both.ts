/**
 * Runs either of both programs in the same way.
 *
 * @module
 */
import { httpServer } from "../support/servers.ts";

/** For one command line, in milliseconds. */
export const timeoutMs = 60_000;

type Counters = Readonly<Record<string, unknown>>;

/** How a run ended. */
export interface Ended {
  readonly exitCode: number;
  readonly counters: Counters;
  /** What was said of each object that was sent or deleted, sorted. */
  readonly records: readonly string[];
}

/** Runs a program with a home of its own, and reads what it says. */
export async function runIn(
  home: string,
  program: readonly string[],
  args: readonly string[],
): Promise<Ended> {
  const child = Bun.spawn([...program, "--json-tracing", "-v", ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env["PATH"], HOME: home, AWS_EC2_METADATA_DISABLED: "true" },
    timeout: timeoutMs,
  });
  const [out, err, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const summary = out.split("\n").findLast((line) => line.includes("sync summary"));
  const records = out
    .split("\n")
    .flatMap((line) => recordOf(line) ?? [])
    .toSorted();
  if (summary === undefined) return { exitCode, counters: { said: err }, records };
  const { fields } = JSON.parse(summary) as { fields: Counters };
  const { transferred_object, transferred_byte, etag_verified, checksum_verified } = fields;
  const { deleted, skipped, error, warning } = fields;
  return {
    exitCode,
    records,
    counters: {
      ...{ transferred_object, transferred_byte, etag_verified, checksum_verified },
      ...{ deleted, skipped, error, warning },
    },
  };
}

/** A record of an object that was sent or deleted, without what differs from run to run. */
function recordOf(line: string): string | undefined {
  if (!line.includes("completed.")) return undefined;
  const { level, fields } = JSON.parse(line) as { level: string; fields: Record<string, unknown> };
  const { message, key, target_key, source_version_id, source_last_modified, size } = fields;
  // In a dry run upstream writes the size as a text.
  const same = { message, key, target_key, source_version_id, size: size && Number(size) };
  const time = source_last_modified === undefined ? {} : { time: "there" };
  return JSON.stringify({ level, ...same, ...time });
}

/** The options that say where a side is. */
export function side(name: "source" | "target"): string[] {
  const { endpoint, accessKeyId, secretAccessKey } = httpServer();
  return [
    ...[`--${name}-endpoint-url`, endpoint, `--${name}-access-key`, accessKeyId],
    ...[`--${name}-secret-access-key`, secretAccessKey, `--${name}-region`, "us-east-1"],
    `--${name}-force-path-style`,
  ];
}
