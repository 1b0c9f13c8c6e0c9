/**
 * `s3sync cluster submit --nats embedded`: all of it in one command, on this machine.
 *
 * @module
 */
import {
  type Cluster,
  type OrderInput,
  type SyncEvent,
  toSyncError,
  version,
} from "../../index.ts";
import { requireSummaryFile } from "../../report/summary-file.ts";
import type { ExitCode } from "../exit-codes.ts";
import { GarbageCollection } from "../garbage.ts";
import { remark } from "../say.ts";
import { Interruption } from "../signals.ts";
import { type ClusterCall, hasCode, numberOf, openFor } from "./call.ts";
import { awaitJob } from "./wait.ts";

/**
 * Submits a job, works on it and waits for it. A signal cancels it: it would have to be done by this very process.
 *
 * @throws SyncError `usage`, or what ended the job
 */
export async function runHere(
  call: ClusterCall,
  name: string,
  input: OrderInput,
): Promise<ExitCode> {
  const { summaryJson } = call.values;
  if (summaryJson !== undefined) requireSummaryFile(summaryJson);
  using interruption = new Interruption(call.context.exitNow);
  const opening = new AbortController();
  const stop = (): void => opening.abort(interruption.signal.reason);
  interruption.signal.addEventListener("abort", stop);
  await using cluster = await openFor(call, opening.signal);
  // From here on servers are still needed when somebody wants to stop.
  interruption.signal.removeEventListener("abort", stop);
  await cluster.submit(name, input);
  if (call.typed.verbosity >= 0) {
    const later = `s3sync cluster status --nats embedded ${name}`;
    remark(`job ${name} is submitted, and worked on here; to look at it later: ${later}`);
    await tellOfOthers(cluster, name);
  }
  await using _ = workerOf(cluster, call, interruption);
  try {
    return await awaitJob(cluster, name, call, interruption);
  } catch (thrown) {
    const { exitCode: code } = interruption;
    if (code === undefined || !hasCode(thrown, "aborted")) throw thrown;
    if (call.typed.verbosity > -2) remark(`the job ${name} is cancelled: what was done stays`);
    return code;
  } finally {
    if (interruption.signal.aborted) await cluster.cancel(name);
  }
}

/** A command that was killed leaves its job behind, and whoever works here works on all. */
async function tellOfOthers(cluster: Cluster, own: string): Promise<void> {
  for (const { name, end, version: its, order } of await cluster.jobs()) {
    if (name === own || end !== undefined || its !== version) continue;
    const places = `${order.source} -> ${order.target}`;
    const how = `to end it: s3sync cluster cancel --nats embedded ${name}`;
    remark(`job ${name} (${places}), which is not over, is worked on here as well; ${how}`);
  }
}

/** A worker in this process. What it hears of objects is told by whoever waits for the job. */
function workerOf(
  cluster: Cluster,
  { values }: ClusterCall,
  interruption: Interruption,
): AsyncDisposable {
  const end = new AbortController();
  const garbage = new GarbageCollection();
  const onEvent = (event: SyncEvent): void => garbage.take(event);
  const work = cluster.work({ slots: numberOf(values.slots), ending: end.signal, onEvent });
  // Nobody else works here.
  const ended = work.catch((thrown: unknown) => interruption.stop(toSyncError(thrown).message));
  return {
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await ended;
    },
  };
}
