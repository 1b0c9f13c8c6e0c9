/**
 * Jobs of a cluster and who works on them, as lines: for people text, for programs JSON.
 *
 * @module
 */
import type { SyncError } from "../core/errors.ts";
import type { Summary } from "../core/events.ts";
import { type JobTotals, stageText } from "./job-line.ts";
import { bytes, counted, grouped, humanDuration } from "./numbers.ts";
import { printable, printableJson } from "./printable.ts";
import { rfc3339 } from "./times.ts";

/** How a job stands. */
export interface JobStanding {
  /** `undefined`: only another version knows. */
  readonly totals: Pick<JobTotals, "ranges" | "movedBytes"> | undefined;
  /** What one run would say; `undefined` likewise. */
  readonly summary: Summary | undefined;
  /** What waiting for it ends with; `undefined`: it is not over. */
  readonly exitCode?: number | undefined;
  readonly workers: number;
  readonly job: {
    readonly name: string;
    readonly version: string;
    readonly stage: "send" | "delete";
    readonly end: "done" | "failed" | "cancelled" | undefined;
    readonly reason: string | undefined;
    readonly startedAt: number;
    readonly endedAt: number | undefined;
    /** How long it took before it was begun anew. */
    readonly earlierMs?: number | undefined;
    readonly order: { readonly source: string; readonly target: string };
  };
}

/** The same, and what is wrong with it. */
export interface TroubledJob extends JobStanding {
  readonly troubled: readonly {
    readonly after: string | undefined;
    readonly until: string | undefined;
    readonly isGivenUp: boolean;
    readonly tries: number;
    readonly trouble: string | undefined;
  }[];
  readonly troubles: readonly {
    readonly type: "error" | "warning";
    readonly key: string | undefined;
    readonly error: SyncError;
  }[];
}

/** Who works. */
export interface StandingWorker {
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly slots: number;
  /** When it was last heard of, by its own clock. */
  readonly at?: number | undefined;
}

/** Workers say every two seconds that they are there; who is silent for longer, in milliseconds, may be gone. */
const silentMs = 10_000;

/** A line for each job. */
export function jobLines(
  jobs: readonly JobStanding[],
  json: boolean,
  nowMs = Date.now(),
): string[] {
  if (json) return jobs.map((job) => printableJson(jobFields(job)));
  if (jobs.length === 0) return ["no job is known"];
  const width = Math.max(...jobs.map(({ job }) => job.name.length));
  return jobs.map((standing) => {
    const { job } = standing;
    const state = stateOf(standing).padEnd("cancelled".length);
    const done = [ageOf(job, nowMs), ...farText(standing)].join(", ");
    const why = job.reason === undefined ? "" : `: ${printable(job.reason)}`;
    return `${job.name.padEnd(width)}  ${state}  ${placesText(job)}: ${done}${why}`;
  });
}

function farText({ job, totals, summary }: JobStanding): string[] {
  if (totals === undefined || summary === undefined) return [versionText(job)];
  const { open, finished, givenUp } = totals.ranges;
  const ranges = `${grouped(finished)}/${counted(open + finished + givenUp, "range")}`;
  return [ranges, ...countsText(job, totals, summary)];
}

function placesText({ order: { source, target } }: JobStanding["job"]): string {
  return `${printable(source)} -> ${printable(target)}`;
}

function versionText({ version }: JobStanding["job"]): string {
  return `by s3sync ${printable(version)}`;
}

/** A line for each worker. */
export function workerLines(
  workers: readonly StandingWorker[],
  ownVersion: string,
  json: boolean,
  nowMs = Date.now(),
): string[] {
  if (json) {
    return workers.map(({ host, pid, version, slots, at }) => {
      const heard = at === undefined ? undefined : rfc3339(at);
      return printableJson({ worker: host, pid, version, slots, heard });
    });
  }
  if (workers.length === 0) return ["no worker is there"];
  return workers
    .toSorted((a, b) => a.host.localeCompare(b.host) || a.pid - b.pid)
    .map(({ host, pid, version, slots, at = nowMs }) => {
      const age = nowMs - at;
      const silent = age > silentMs ? `, last heard of ${humanDuration(age)} ago` : "";
      const other = version === ownVersion ? "" : `, of another version: ${printable(version)}`;
      return `worker ${printable(host)}/${pid}: ${counted(slots, "range")} at the same time${other}${silent}`;
    });
}

/** All about a job. */
export function detailLines(details: TroubledJob, json: boolean, nowMs = Date.now()): string[] {
  if (json) return [printableJson({ ...jobFields(details), ...troubleFields(details) })];
  const { job, troubled, troubles, workers } = details;
  return [
    `job      ${job.name}: ${placesText(job)}`,
    `state    ${stateOf(details)}, ${ageOf(job, nowMs)}, ${versionText(job)}`,
    ...(job.reason === undefined ? [] : [`reason   ${printable(job.reason)}`]),
    ...totalLines(details),
    `workers  ${grouped(workers)}`,
    ...troubled.map(rangeLine),
    ...troubles.map(({ type, key, error }) => {
      const about = key === undefined ? "" : `${printable(key)}: `;
      return `${type.padEnd(7)}  ${about}${printable(error.message)}`;
    }),
  ];
}

function totalLines({ job, totals, summary }: JobStanding): string[] {
  if (totals === undefined || summary === undefined) return [];
  const { open, finished, givenUp } = totals.ranges;
  const left = job.end === undefined ? "open" : "left undone";
  return [
    `ranges   ${grouped(open)} ${left}, ${grouped(finished)} finished, ${grouped(givenUp)} given up`,
    `objects  ${countsText(job, totals, summary).join(", ")}`,
  ];
}

function rangeLine({
  isGivenUp,
  tries,
  trouble,
  ...range
}: TroubledJob["troubled"][number]): string {
  const said = trouble === undefined ? "no worker came to the end of a try" : printable(trouble);
  const what = isGivenUp ? "given up" : "failing";
  return `${what.padEnd(8)} ${spanText(range)}, ${counted(tries, "try", "tries")}: ${said}`;
}

function spanText({
  after,
  until,
}: {
  readonly after?: string | undefined;
  readonly until?: string | undefined;
}): string {
  const from = after === undefined ? "" : ` after ${printable(after)}`;
  const to = until === undefined ? "" : ` up to ${printable(until)}`;
  return from + to === "" ? "all keys" : `keys${from}${to}`;
}

/** Only its own version knows what an open job is about now. */
function stateOf({ job, totals }: JobStanding): string {
  return job.end ?? (totals === undefined ? "going on" : stageText(job));
}

function ageOf({ startedAt, endedAt, earlierMs = 0 }: JobStanding["job"], nowMs: number): string {
  const took = humanDuration(earlierMs + Math.max(0, (endedAt ?? nowMs) - startedAt));
  if (endedAt === undefined) return `for ${took}`;
  return `ended ${humanDuration(Math.max(0, nowMs - endedAt))} ago, took ${took}`;
}

/** What was under way when a job was stopped has told nothing. */
function isLeast(end: JobStanding["job"]["end"], { open }: JobTotals["ranges"]): boolean {
  return end !== undefined && open > 0;
}

function countsText(
  { end }: JobStanding["job"],
  { movedBytes, ranges }: Pick<JobTotals, "movedBytes" | "ranges">,
  summary: Summary,
): string[] {
  const { transferredObjects, transferredBytes, skipped, deleted, errors, warnings } = summary;
  const passed = end === undefined ? movedBytes : transferredBytes;
  const would = summary.dryRun ? "would be " : "";
  const least = isLeast(end, ranges) ? "at least " : "";
  return [
    `${least}${grouped(transferredObjects)} ${would}sent (${bytes(passed)})`,
    ...(skipped > 0 ? [`${grouped(skipped)} skipped`] : []),
    ...(deleted > 0 ? [`${grouped(deleted)} ${would}deleted`] : []),
    ...(errors > 0 ? [counted(errors, "error")] : []),
    ...(warnings > 0 ? [counted(warnings, "warning")] : []),
  ];
}

function jobFields(standing: JobStanding): Readonly<Record<string, unknown>> {
  const { job, totals, workers, exitCode } = standing;
  const phase = totals === undefined ? undefined : job.stage;
  return {
    ...{ job: job.name, state: stateOf(standing), exit_code: exitCode, phase, reason: job.reason },
    ...{ source: job.order.source, target: job.order.target, version: job.version },
    started: rfc3339(job.startedAt),
    ended: job.endedAt === undefined ? undefined : rfc3339(job.endedAt),
    ...totalFields(standing),
    workers,
  };
}

function totalFields({ job, totals, summary }: JobStanding): Readonly<Record<string, unknown>> {
  if (totals === undefined || summary === undefined) return {};
  const { open, finished, givenUp } = totals.ranges;
  return {
    ...(summary.dryRun ? { dry_run: true } : {}),
    ranges: { open, finished, given_up: givenUp },
    ...(isLeast(job.end, totals.ranges) ? { at_least: true } : {}),
    transferred_object: summary.transferredObjects,
    transferred_byte: summary.transferredBytes,
    // Of objects under way as well.
    moved_byte: job.end === undefined ? totals.movedBytes : undefined,
    ...{ deleted: summary.deleted, skipped: summary.skipped },
    ...{ error_count: summary.errors, warning: summary.warnings },
  };
}

function troubleFields({ troubled, troubles }: TroubledJob): Readonly<Record<string, unknown>> {
  return {
    troubled_ranges: troubled.map(({ after, until, isGivenUp, tries, trouble }) => ({
      ...{ after, until, given_up: isGivenUp, tries, trouble },
    })),
    last_troubles: troubles.map(({ type, key, error: { code, message } }) => ({
      ...{ type, key, code, message },
    })),
  };
}
