/**
 * What the bench knows of a tool, and what it asks of it.
 *
 * @module
 */
import type { Command } from "./measure.ts";

/** How to reach an S3 server. */
export interface Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** One synchronisation. */
export type Job = (
  | { readonly kind: "upload"; readonly directory: string; readonly bucket: string }
  | { readonly kind: "download"; readonly bucket: string; readonly directory: string }
  | { readonly kind: "copy"; readonly from: string; readonly to: string }
) & {
  readonly server: Server;
  /** For settings of its own. Empty at the first job of a run. */
  readonly homeDir: string;
};

/** A directory and a bucket, to be kept in step in both directions. */
export interface TwoWayJob {
  readonly directory: string;
  readonly bucket: string;
  readonly server: Server;
  readonly stateFile: string;
  /** Where what was done is to be written to, as JSON. */
  readonly summaryFile: string;
}

/** The scenarios, in the order in which they run. */
export const scenarioNames = [
  "small",
  "large",
  "list",
  "long-list",
  "latency",
  "files",
  "two-way",
  "startup",
] as const;

/** The name of a scenario. */
export type ScenarioName = (typeof scenarioNames)[number];

/** What is measured in a scenario: going up or down, or the size of what is looked through. */
export type StepName =
  | "up"
  | "no-op up"
  | "down"
  | "no-op down"
  | `${number}`
  | `${number} ${TwoWayStep}`
  | "first request";

/** The steps of a two-way sync. */
export type TwoWayStep = "first" | "unchanged" | "100 changes";

/** A tool that can be measured, with one set of settings. */
export interface Tool {
  readonly label: string;
  readonly version: string;
  /** Not ours. */
  readonly isPeer?: boolean;
  /** What it compares and verifies with these settings, for the report. */
  readonly settings: string;
  /** What these settings are for; everything if absent. */
  readonly only?: Purpose;
  command(job: Job): Command;
  /** Only where both directions can be had at once. */
  twoWayCommand?(job: TwoWayJob): Command;
}

/** Scenarios and steps that a tool is for. */
export interface Purpose {
  readonly scenarios: readonly ScenarioName[];
  readonly steps?: readonly StepName[];
}

/** A peer that cannot be measured. */
export interface Missing {
  readonly label: string;
  readonly why: string;
}

/** The region that all tools are told. */
export const region = "us-east-1";

/** The environment of tools that are made with an AWS SDK. */
export function awsEnv(server: Server): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
