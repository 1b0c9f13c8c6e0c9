/**
 * A job: what one has ordered, and how far all of it has come.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import { version } from "../../sync/version.ts";
import type { Order } from "./order.ts";
import type { Stage } from "./range-state.ts";

/** How a job ended. */
export type End =
  /** All ranges were worked through, with or without errors about single objects. */
  | "done"
  /** An error ended it, or ranges were given up. */
  | "failed"
  | "cancelled";

/**
 * A job as its record has it. All versions have its name, run, version, places, times and end; the rest is read only by
 * the version that submitted it.
 */
export interface Job {
  readonly name: string;
  /** Names its ranges, tasks and notes: other ones than those of an earlier job of the same name. */
  readonly run: string;
  /** Of the s3sync that it was submitted with: others may understand the rest otherwise. */
  readonly version: string;
  readonly order: Order;
  readonly stage: Stage;
  /** `undefined`: it goes on. */
  readonly end: End | undefined;
  /** Why it failed, or why nothing was deleted. */
  readonly reason: string | undefined;
  /** In milliseconds since 1970, by the clock of whoever submitted it or had it done again, and of who ended it. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** How long it took before it was begun anew, in milliseconds. */
  readonly earlierMs?: number | undefined;
}

/** How long a job took, or takes by now: all of its tries, and not what was between. In milliseconds. */
export function tookMs(
  { startedAt, endedAt, earlierMs = 0 }: Pick<Job, "startedAt" | "endedAt" | "earlierMs">,
  nowMs = Date.now(),
): number {
  return earlierMs + Math.max(0, (endedAt ?? nowMs) - startedAt);
}

/** Names a run of a job. */
export function newRun(name: string): string {
  return `${name}-${crypto.randomUUID().slice(0, 8)}`;
}

/** The job that a run is of. */
export function nameOfRun(run: string): string {
  return run.slice(0, run.lastIndexOf("-"));
}

/** Keys of records. */
export const keys = {
  job: (name: string): string => `jobs.${name}`,
  jobs: "jobs.",
  /** A job that is forgotten, but for writes that are still to be thrown away. */
  left: (run: string): string => `left.${run}`,
  allLeft: "left.",
  range: (run: string, id: string): string => `ranges.${run}.${id}`,
  ranges: (run: string): string => `ranges.${run}.`,
  /** What all workers of a job keep together. */
  shared: (run: string): string => `shared.${run}.`,
  pace: (run: string, of: "objects" | "bytes"): string => `shared.${run}.${of}`,
  traffic: (run: string, worker: string): string => `shared.${run}.traffic.${worker}`,
  traffics: (run: string): string => `shared.${run}.traffic.`,
  /** Written when a server is too busy. */
  busy: (run: string): string => `shared.${run}.busy.by`,
  news: (run: string): string => `shared.${run}.busy.`,
} as const;

/** The job that a record is of, by its key. */
export function nameOfKey(key: string): string {
  return key.slice(keys.jobs.length);
}

const names = /^[A-Za-z0-9][\w-]{0,63}$/;

/**
 * A name as somebody gave it.
 *
 * @throws SyncError `usage`
 */
export function checkedJobName(name: string): string {
  if (names.test(name)) return name;
  const text = `${JSON.stringify(name)} is no name for a job: 1 to 64 letters, digits, - and _ are allowed`;
  throw new SyncError("usage", text);
}

/** What a record holds, as far as all versions have it; `undefined`: it is no job. */
export function asJob(value: unknown): Job | undefined {
  const { name, run, version: its, startedAt, order } = fieldsOf(value) ?? {};
  const { source, target } = fieldsOf(order) ?? {};
  const areTexts = [name, run, its, source, target].every((each) => typeof each === "string");
  const isJob = areTexts && typeof startedAt === "number";
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rest is read only by the version that wrote it
  return isJob ? (value as Job) : undefined;
}

/**
 * Why a job is left alone: another version has submitted it, and may have meant something else by what its records hold.
 *
 * @param we who says so
 */
export function otherVersion({ name, version: its }: Job, we: string): string | undefined {
  if (its === version) return undefined;
  return `the job ${name} was submitted with s3sync ${its}, ${we} is ${version}: both must be the same`;
}

/** @throws SyncError `usage`: another version has submitted it */
export function requireOwnVersion(job: Job): void {
  const other = otherVersion(job, "this");
  if (other !== undefined) throw new SyncError("usage", other);
}
