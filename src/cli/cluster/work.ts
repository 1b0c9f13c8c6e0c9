/**
 * `s3sync cluster worker`.
 *
 * @module
 */
import { hostname } from "node:os";

import { type Cluster, SyncError, type SyncEvent, usualSlots, version } from "../../index.ts";
import { counted } from "../../report/numbers.ts";
import { Reporter } from "../../report/reporter.ts";
import { programTarget } from "../../report/targets.ts";
import { demandOfWorker, neededLimit, restartWithLimit } from "../connection-limit.ts";
import { type ExitCode, exitCode } from "../exit-codes.ts";
import { GarbageCollection } from "../garbage.ts";
import { Interruption } from "../signals.ts";
import { reportOptions } from "../sync-command.ts";
import { type ClusterCall, numberOf, openFor } from "./call.ts";

/**
 * Works until a signal ends it; the second one ends it at once.
 *
 * @throws SyncError `usage`, or what the servers say that is final
 */
export async function runWorker(call: ClusterCall): Promise<ExitCode> {
  const { positionals, context } = call;
  if (positionals.length > 0) throw new SyncError("usage", "cluster worker takes no arguments");
  const slots = numberOf(call.values.slots) ?? usualSlots;
  const limit = neededLimit(demandOfWorker(slots), context.environment);
  const notice = limit === undefined ? undefined : restartWithLimit(limit);
  using interruption = new Interruption(context.exitNow, true);
  const { ending } = interruption;
  const log = new WorkerLog(call, interruption);
  await using cluster = await openUnlessEnding(call, ending, interruption.signal, log);
  if (cluster === undefined) return exitCode.fine;
  if (notice !== undefined) log.say(notice);
  log.say(
    `worker ${hostname()}/${process.pid} of s3sync ${version} at ${cluster.name}, ${counted(slots, "range")} at the same time`,
  );
  const tellEnding = (): void => log.say("ending: what is in work is finished");
  ending.addEventListener("abort", tellEnding, { once: true });
  try {
    const idleMs = numberOf(call.values.idleTimeout);
    await cluster.work({ slots, idleMs, ending, onEvent: (event) => log.take(event) });
    log.say("ended");
    return exitCode.fine;
  } finally {
    log.flush();
  }
}

/** Until there is a connection, the first signal ends the waiting for it; later it must not. */
async function openUnlessEnding(
  call: ClusterCall,
  ending: AbortSignal,
  stopped: AbortSignal,
  log: WorkerLog,
): Promise<Cluster | undefined> {
  const opening = new AbortController();
  const stop = (): void => opening.abort();
  ending.addEventListener("abort", stop, { once: true });
  try {
    return await openFor(call, AbortSignal.any([stopped, opening.signal]), (event) =>
      log.takeNow(event),
    );
  } catch (thrown) {
    if (opening.signal.aborted) return undefined;
    throw thrown;
  } finally {
    ending.removeEventListener("abort", stop);
  }
}

/** What a worker does not tell of each object, unless it is asked to. */
const toldAnyway: ReadonlySet<SyncEvent["type"]> = new Set(["notice", "warning", "error"]);

/** Says what a worker does: of jobs and ranges always, of single objects with `-v`. */
class WorkerLog {
  private readonly reporter: Reporter;
  private readonly garbage = new GarbageCollection();
  private readonly isBrief: boolean;

  constructor({ typed, values, context }: ClusterCall, interruption: Interruption) {
    const { verbosity } = typed;
    this.isBrief = verbosity <= 0;
    const shown = verbosity === 0 ? 1 : verbosity;
    const options = reportOptions(values, shown, context.environment);
    const how = { ...options, noProgress: true, brief: false, endsWithError: false };
    // Work goes on for whoever waits for it, even if nobody reads what this worker says.
    this.reporter = new Reporter(
      how,
      () => undefined,
      ({ message }) => interruption.stop(message),
    );
  }

  say(message: string): void {
    this.reporter.note({ level: "info", target: programTarget, message, fields: {} });
    this.reporter.flush();
  }

  take(event: SyncEvent): void {
    this.garbage.take(event);
    if (!this.isBrief || toldAnyway.has(event.type)) this.reporter.take(event);
  }

  /** Nothing else may come for long. */
  takeNow(event: SyncEvent): void {
    this.take(event);
    this.flush();
  }

  flush(): void {
    this.reporter.flush();
  }
}
