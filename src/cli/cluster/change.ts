/**
 * `s3sync cluster cancel JOB`, `retry JOB` and `forget JOB`.
 *
 * @module
 */
import type { Retried } from "../../index.ts";
import { counted } from "../../report/numbers.ts";
import { printableJson } from "../../report/printable.ts";
import type { ExitCode } from "../exit-codes.ts";
import { exitCode } from "../exit-codes.ts";
import { say } from "../say.ts";
import { Interruption } from "../signals.ts";
import { type ClusterCall, jobOf, openFor } from "./call.ts";

/** Ends a job. @throws SyncError `usage`, `not-found` */
export async function runCancel(call: ClusterCall): Promise<ExitCode> {
  const name = jobOf(call, "cancel");
  using interruption = new Interruption(call.context.exitNow);
  await using cluster = await openFor(call, interruption.signal);
  const { end } = await cluster.cancel(name);
  const text = end === "cancelled" ? "is cancelled: what was done stays" : `was over: ${end}`;
  return tell(call, { job: name, state: end }, `job ${name} ${text}`);
}

/** Has failed ranges of a job done again. @throws SyncError `usage`, `not-found` */
export async function runRetry(call: ClusterCall): Promise<ExitCode> {
  const name = jobOf(call, "retry");
  using interruption = new Interruption(call.context.exitNow);
  await using cluster = await openFor(call, interruption.signal);
  const retried = await cluster.retry(name);
  return tell(call, { job: name, ranges: retried.ranges }, retryText(name, retried));
}

function retryText(name: string, { ranges, goesOn }: Retried): string {
  if (!goesOn) {
    return `nothing of job ${name} failed, so nothing is done again; what is new since takes another submit`;
  }
  const is = ranges === 1 ? "is" : "are";
  const what =
    ranges === 0
      ? `all ranges of job ${name} are well: it goes on with what comes after them`
      : `${counted(ranges, "range")} of job ${name} ${is} done again`;
  return `${what}; to wait for it: s3sync cluster wait ${name}`;
}

/** Forgets a job that is over. @throws SyncError `usage`, `not-found` */
export async function runForget(call: ClusterCall): Promise<ExitCode> {
  const name = jobOf(call, "forget");
  using interruption = new Interruption(call.context.exitNow);
  await using cluster = await openFor(call, interruption.signal);
  await cluster.forget(name);
  const text = `job ${name} is forgotten: what it has done stays`;
  return tell(call, { job: name, state: "forgotten" }, text);
}

function tell({ values, typed }: ClusterCall, fields: object, text: string): ExitCode {
  if (values.jsonTracing === true) return say(printableJson(fields), typed.verbosity);
  return typed.verbosity < 0 ? exitCode.fine : say(text, typed.verbosity);
}
