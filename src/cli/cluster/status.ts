/**
 * `s3sync cluster status [JOB]`.
 *
 * @module
 */
import { checkedJobName, type Cluster, type JobState, SyncError, version } from "../../index.ts";
import { detailLines, jobLines, workerLines } from "../../report/job-lines.ts";
import { type ExitCode, exitCode } from "../exit-codes.ts";
import { say } from "../say.ts";
import { Interruption } from "../signals.ts";
import { type ClusterCall, jobNamed, openFor } from "./call.ts";
import { codeOfJob } from "./job-code.ts";

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, `not-found`
 */
export async function runStatusOfCluster(call: ClusterCall): Promise<ExitCode> {
  const { positionals, values, typed, context } = call;
  const name = jobNamed(call);
  if (positionals.length > 1) throw new SyncError("usage", "cluster status takes one job, or none");
  if (name !== undefined) checkedJobName(name);
  using interruption = new Interruption(context.exitNow);
  await using cluster = await openFor(call, interruption.signal);
  const json = values.jsonTracing === true;
  const lines =
    name === undefined
      ? await allLines(cluster, json)
      : detailLines(withCode(await cluster.details(name)), json);
  return lines.length === 0 ? exitCode.fine : say(lines.join("\n"), typed.verbosity);
}

async function allLines(cluster: Cluster, json: boolean): Promise<string[]> {
  const [jobs, workers] = await Promise.all([cluster.jobs(), cluster.workers()]);
  const states = await Promise.all(jobs.map(({ name }) => cluster.state(name)));
  return [...jobLines(states.map(withCode), json), ...workerLines(workers, version, json)];
}

function withCode<T extends JobState>(state: T): T & { readonly exitCode: ExitCode | undefined } {
  return { ...state, exitCode: codeOfJob(state.job, state.summary) };
}
