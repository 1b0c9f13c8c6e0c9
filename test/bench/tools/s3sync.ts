/**
 * Ours and the Rust s3sync: they take the same options.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import type { Command } from "../measure.ts";
import { type Job, type Purpose, region, type Server, type Tool, type TwoWayJob } from "../tool.ts";

const root = path.join(import.meta.dir, "../../..");
const binary = path.join(root, "dist/s3sync");
const sources = path.join(root, "src/main.ts");
const additionalChecksum = "--additional-checksum-algorithm";

/** How ours is started, and a remark if that is not the compiled program. */
export interface Client {
  readonly argv: readonly string[];
  readonly remark: string | undefined;
}

/**
 * Builds the program. `S3SYNC_BIN` names another one; where it cannot be built, Bun runs the sources.
 */
export async function buildClient(): Promise<Client> {
  const named = process.env["S3SYNC_BIN"];
  if (named !== undefined && named !== "") return { argv: [named], remark: undefined };
  const why = await build();
  if (why === undefined) return { argv: [binary], remark: undefined };
  return { argv: [process.execPath, sources], remark: `not the compiled program: ${why}` };
}

async function build(): Promise<string | undefined> {
  if (!fs.existsSync(path.join(root, "build.ts"))) return "there is no build.ts";
  const child = Bun.spawn([process.execPath, "build.ts"], {
    cwd: root,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) === 0 && fs.existsSync(binary)) return undefined;
  return `the build failed: ${errors.trim().split("\n").at(-1) ?? ""}`;
}

/** Further settings of ours to measure, as `NAME=OPTIONS` on the command line. */
export interface Variant {
  readonly name: string;
  readonly options: readonly string[];
  readonly only?: Purpose;
}

/** Besides SHA256, which the Rust s3sync is measured with as well. */
const checksums = ["CRC32", "CRC32C", "CRC64NVME", "SHA1"];

/** Settings of ours that the targets are about. */
const ownVariants: readonly Variant[] = [
  {
    name: "wide",
    options: ["--worker-size", "256", "--max-parallel-uploads", "64"],
    only: { scenarios: ["small", "large"], steps: ["up", "down"] },
  },
  ...checksums.map((name) => ({
    name: `+${name}`,
    options: [additionalChecksum, name],
    only: { scenarios: ["large"], steps: ["up"] } satisfies Purpose,
  })),
  { name: "serial", options: ["--max-parallel-listings", "1"], only: { scenarios: ["latency"] } },
  { name: "--delete", options: ["--delete"], only: { scenarios: ["list", "long-list"] } },
];

/** Ours with default settings, with SHA256 once it has the option, and with whatever else was asked for. */
export async function ourTools(client: Client, variants: readonly Variant[]): Promise<Tool[]> {
  const version = (await outputOf([...client.argv, "--version"])).replace(/^s3sync /, "");
  const settings = "MD5 and signed payload on every part, ETag verified in both directions";
  const base = { label: "s3sync", version, settings };
  const help = await outputOf([...client.argv, "--help"]);
  const withSha256 = help.includes(additionalChecksum) ? [sha256Variant(client.argv, base)] : [];
  const others = [...ownVariants, ...variants].map(({ name, options, only }) => ({
    label: `s3sync ${name}`,
    version,
    settings: `as s3sync, with ${options.join(" ")}`,
    ...(only === undefined ? {} : { only }),
    command: (job: Job) => commandOf(client.argv, job, options),
  }));
  const plain = {
    ...base,
    command: (job: Job) => commandOf(client.argv, job, []),
    twoWayCommand: (job: TwoWayJob) => twoWayCommandOf(client.argv, job),
  };
  return [plain, ...withSha256, ...others];
}

/** The Rust s3sync with default settings, and once more with SHA256 where the target is about that. */
export function rustTools(program: string, version: string): Tool[] {
  const base = {
    label: "s3sync (Rust)",
    version,
    settings: "MD5 on uploads, ETag verified in both directions (downloads are read again)",
  };
  const plain = { ...base, command: (job: Job) => commandOf([program], job, []) };
  return [plain, sha256Variant([program], base)];
}

function sha256Variant(argv: readonly string[], base: Omit<Tool, "command">): Tool {
  return {
    label: `${base.label} +SHA256`,
    version: base.version,
    settings: `${base.settings}; SHA256 sent and verified as well (${additionalChecksum} SHA256)`,
    only: { scenarios: ["small", "large"], steps: ["up"] },
    command: (job) => commandOf(argv, job, [additionalChecksum, "SHA256"]),
  };
}

/** How a job is said to either s3sync: both take the same words. */
export function commandOf(argv: readonly string[], job: Job, options: readonly string[]): Command {
  const source = sideOptions("source", job.server);
  const target = sideOptions("target", job.server);
  const sides =
    job.kind === "upload"
      ? [...target, job.directory, `s3://${job.bucket}/`]
      : job.kind === "download"
        ? [...source, `s3://${job.bucket}/`, job.directory]
        : [...source, ...target, `s3://${job.from}/`, `s3://${job.to}/`];
  return { argv: [...argv, ...options, ...sides], env: { AWS_EC2_METADATA_DISABLED: "true" } };
}

/** How ours is told to keep two places in step. */
export function twoWayCommandOf(argv: readonly string[], job: TwoWayJob): Command {
  const { directory, bucket, server, stateFile, summaryFile } = job;
  const files = ["--state", stateFile, "--summary-json", summaryFile];
  const places = [directory, `s3://${bucket}/`];
  return {
    argv: [...argv, "bsync", ...files, ...sideOptions("target", server), ...places],
    env: { AWS_EC2_METADATA_DISABLED: "true" },
  };
}

function sideOptions(side: "source" | "target", server: Server): string[] {
  const options = {
    "access-key": server.accessKeyId,
    "secret-access-key": server.secretAccessKey,
    "endpoint-url": server.endpoint,
    region,
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${side}-${name}`, value]);
  return [...words, `--${side}-force-path-style`];
}

/** What a program says on stdout; empty if it cannot be run. */
export async function outputOf(argv: readonly string[]): Promise<string> {
  try {
    const child = Bun.spawn([...argv], { stdin: "ignore", stdout: "pipe", stderr: "ignore" });
    return (await new Response(child.stdout).text()).trim();
  } catch {
    return "";
  }
}
