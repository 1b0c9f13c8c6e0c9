/**
 * How the last runs ended, as lines: text that can be mailed, or JSON.
 *
 * @module
 */
import { bytes, counted, humanDuration } from "./numbers.ts";
import { printable, printableJson } from "./printable.ts";
import { rfc3339 } from "./times.ts";

/** What is known of a run. Times are milliseconds since 1970. */
export interface EndedRun {
  readonly source: string;
  readonly target: string;
  /** `3/16`. */
  readonly shard?: string | undefined;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly state: "fine" | "warnings" | "failed" | "stopped" | "stale";
  readonly error?: string | undefined;
  readonly transferredObjects: number;
  readonly transferredBytes: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly errors: number;
  readonly warnings: number;
  readonly lastGoodMs?: number | undefined;
}

const names = {
  fine: "ok",
  warnings: "warnings",
  failed: "failed",
  stopped: "stopped",
  stale: "stale",
};
const stateWidth = "warnings".length;

/** The line for one of them. */
export function runLine(run: EndedRun, json: boolean, nowMs = Date.now()): string {
  if (json) return jsonLine(run, nowMs);
  const { source, target, shard, endedMs, state } = run;
  const part = shard === undefined ? "" : ` (shard ${printable(shard)})`;
  const places = `${printable(source)} -> ${printable(target)}${part}`;
  const text = [`${ago(endedMs, nowMs)} ago`, ...doneBy(run)].join(", ");
  return `${names[state].padEnd(stateWidth)}  ${places}: ${text}${troubleOf(run, nowMs)}`;
}

function doneBy(run: EndedRun): string[] {
  const { beganMs, endedMs, transferredObjects, transferredBytes, deleted, warnings } = run;
  return [
    `took ${humanDuration(endedMs - beganMs)}`,
    `${counted(transferredObjects, "object")} (${bytes(transferredBytes)}) sent`,
    ...(deleted > 0 ? [`${counted(deleted, "object")} deleted`] : []),
    ...(warnings > 0 ? [counted(warnings, "warning")] : []),
  ];
}

/** Why it failed, and how long nothing went well. */
function troubleOf({ state, error, lastGoodMs }: EndedRun, nowMs: number): string {
  if (state !== "failed" && state !== "stopped") return "";
  const why = error === undefined ? "" : `: ${printable(error)}`;
  const good = lastGoodMs === undefined ? "never" : `${ago(lastGoodMs, nowMs)} ago`;
  return `${why} (last good run: ${good})`;
}

function ago(thenMs: number, nowMs: number): string {
  return humanDuration(Math.max(0, nowMs - thenMs));
}

function jsonLine(run: EndedRun, nowMs: number): string {
  const { source, target, shard, state, error, beganMs, endedMs, lastGoodMs } = run;
  return printableJson({
    ...{ source, target, shard, state, error, began: rfc3339(beganMs), ended: rfc3339(endedMs) },
    age_sec: Math.round((nowMs - endedMs) / 1000),
    duration_sec: (endedMs - beganMs) / 1000,
    last_good: lastGoodMs === undefined ? undefined : rfc3339(lastGoodMs),
    ...{ transferred_object: run.transferredObjects, transferred_byte: run.transferredBytes },
    ...{
      deleted: run.deleted,
      skipped: run.skipped,
      error_count: run.errors,
      warning: run.warnings,
    },
  });
}
