/**
 * What goes wrong with one job, however the servers are otherwise: a record is too large for them, or they refuse a single
 * write. It must not end the worker, nor keep it from other jobs.
 *
 * @module
 */
import { type ErrorCode, SyncError, toSyncError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";
import { backoffMs } from "../../watch/backoff.ts";
import type { Ground } from "../ground.ts";
import { nameOfRun } from "../job/job.ts";
import { endJob } from "./advance.ts";

/** After so many in a row the job has failed. */
const mostFailures = 8;

/** It is the same for all that a worker does: nobody is there, or does not let us in, or has room for nothing. */
const ofAll: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(["aborted", "network", "certificate", "credentials", "access-denied"] as const),
  ...(["unsupported", "disk-full"] as const),
]);

/** Counts what goes wrong in one worker. */
export class JobFailures {
  /** By the run of a job, and by what was tried. */
  private readonly counts = new Map<string, Map<string, number>>();

  /** @param hear is told of each */
  constructor(
    private readonly ground: Ground,
    private readonly hear: EventSink,
  ) {}

  /**
   * Takes what was thrown by work on a job, and ends the job when it is in vain.
   *
   * @param id names the work
   * @returns after how many milliseconds it is to be tried again; `undefined`: the job is over
   * @throws SyncError what is not about this job only
   */
  async take(run: string, id: string, thrown: unknown): Promise<number | undefined> {
    const error = aboutOne(thrown);
    const count = this.count(run, id);
    if (count <= mostFailures) this.warn(error);
    if (count >= mostFailures && (await this.end(run, error))) return undefined;
    return backoffMs(count);
  }

  /** It went well. */
  settle(run: string, id: string): void {
    this.counts.get(run)?.delete(id);
  }

  /** The job is over. */
  forget(run: string): void {
    this.counts.delete(run);
  }

  private count(run: string, id: string): number {
    const counts = this.counts.get(run) ?? new Map<string, number>();
    const count = (counts.get(id) ?? 0) + 1;
    this.counts.set(run, counts.set(id, count));
    return count;
  }

  /** @returns whether that could be written */
  private async end(run: string, { message }: SyncError): Promise<boolean> {
    const name = nameOfRun(run);
    const reason = `${mostFailures} tries to go on with it came to nothing: ${message}`;
    try {
      await endJob(this.ground, name, run, "failed", reason);
      return true;
    } catch (thrown) {
      const { code, message: why } = aboutOne(thrown);
      this.warn(new SyncError(code, `the job ${name} is left alone, and cannot be ended: ${why}`));
      return false;
    }
  }

  private warn(error: SyncError): void {
    this.hear({ type: "warning", key: undefined, error });
  }
}

/** @throws SyncError if it is not about one job only */
function aboutOne(thrown: unknown): SyncError {
  const error = toSyncError(thrown);
  if (ofAll.has(error.code)) throw error;
  return error;
}
