/**
 * A worker's work on one range, from the moment that it holds the task.
 *
 * What is done is written into the record after each slice, and only by whoever has written it last: who was taken for
 * dead and comes back finds that somebody else has gone on, and lets go.
 *
 * @module
 */
import { type ErrorCode, SyncError, toSyncError, withHint } from "../../core/errors.ts";
import { backoffMs } from "../../watch/backoff.ts";
import type { Ground } from "../ground.ts";
import { keys, nameOfRun } from "../job/job.ts";
import { noteOf, type Trouble } from "../job/notes.ts";
import {
  begun,
  cutAt,
  freshRange,
  inStage,
  isDoubtful,
  isFinished,
  mayStillGo,
  moved,
  rangeId,
  type RangeState,
  type Stage,
  unbegun,
} from "../job/range-state.ts";
import { asRange } from "../job/stored.ts";
import { finishedParts } from "../parts/finished.ts";
import type { JobRun } from "./job-run.ts";
import { type SliceOutcome, workOn } from "./slice.ts";
import { isOfOwnMaking } from "./stand-back.ts";
import { ofMachine } from "./unfit.ts";

/** What is to become of the task. */
export type TaskEnd =
  | { readonly kind: "done" }
  /** Somebody else is to go on. */
  | { readonly kind: "left"; readonly delayMs: number }
  /** An error ends the whole job. */
  | { readonly kind: "job-failed"; readonly error: SyncError };

/** What the worker wants of it. */
export interface RangeWorkOptions {
  readonly ground: Ground;
  readonly job: JobRun;
  readonly stage: Stage;
  /** When the job began. */
  readonly startedAt: number;
  readonly id: string;
  readonly slices: SliceLimits;
  /** How many tasks more would find somebody who waits for one. */
  readonly wanted: () => number;
  /** When it fires, the work under way is finished, and the rest is left to others. */
  readonly ending: AbortSignal;
}

/** How long slices are. */
export interface SliceLimits {
  /** Not longer: so much is done again if a worker dies. */
  readonly mostKeys: number;
  readonly mostMs: number;
  /** Others that wait get a share when so much is done: small jobs are not split. */
  readonly leastKeys: number;
  readonly leastMs: number;
}

/** Where nobody says otherwise. */
export const usualSlices: SliceLimits = {
  mostKeys: 50_000,
  mostMs: 20_000,
  leastKeys: 2000,
  leastMs: 500,
};

/** Pieces are never equal: so there are more than find somebody at once. */
const piecesForEach = 2;

/** What no other try and no other worker makes better. */
const final: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(["no-such-bucket", "usage", "unsupported"] as const),
]);

/** What others may do better waits so long, in milliseconds, lest the same worker get it again. */
export const passOnMs = 100;

const done = { kind: "done" } as const;

/** Works on a range until it is through, or somebody else is to go on. */
export class RangeWork {
  private revision = 0;

  constructor(private readonly options: RangeWorkOptions) {}

  /** @throws SyncError `aborted` when the job is over */
  async run(): Promise<TaskEnd> {
    let range = await this.takeOver();
    while (range !== undefined) {
      if (range.state !== "open") return done;
      if (this.options.ending.aborted) return { kind: "left", delayMs: 0 };
      const outcome = await this.slice(range);
      await this.options.job.traffic.note();
      if (outcome.kind === "failed") return await this.takeFailure(range, outcome);
      this.options.job.standBack.wentWell();
      await this.note(outcome.troubles);
      const next = moved(range, outcome.progress);
      if (outcome.kind === "ended") {
        const { error } = outcome;
        return (await this.write(next)) ? { kind: "job-failed", error } : done;
      }
      range = await this.settle(next);
    }
    return done;
  }

  /** Makes the record one's own: whoever had it before cannot write it any more. */
  private async takeOver(): Promise<RangeState | undefined> {
    const { ground, job, id, stage } = this.options;
    const stored = await ground.records.get(keys.range(job.run, id));
    if (stored === undefined) return undefined;
    const found = asRange(stored);
    const range = inStage(found, stage);
    // What is further than we were told is somebody else's.
    if (isFinished(range, stage) || isLater(found.stage, stage)) return undefined;
    this.revision = stored.revision;
    const { position, after, until } = range;
    const rest = { after: position ?? after, until };
    const parts = isDoubtful(range) ? await finishedParts(ground, job.run, rest) : undefined;
    const taken = begun(range, parts);
    if (!(await this.write(taken))) return undefined;
    return await this.spread(taken);
  }

  private async slice(range: RangeState): Promise<SliceOutcome> {
    const { job, startedAt } = this.options;
    const { position, after, until, stage } = range;
    try {
      const stores = await job.stores();
      // All workers make the backups of a job in the folder of one day.
      const shared = { ...job.shared, begunAt: new Date(startedAt) };
      const outcome = await workOn({
        ...{ stage, stores, shared, config: job.config },
        rest: { after: position ?? after, until },
        mayGo: job.config.maxDelete && { kind: "objects", most: mayStillGo(range) },
        isEnough: (count, ms) => this.isEnough(count, ms),
        onEvent: job.hear,
        signal: job.signal,
        connect: job.connect,
      });
      return outcome.kind === "failed" ? withMachine(outcome) : outcome;
    } catch (thrown) {
      if (job.signal.aborted) throw thrown;
      // A profile, or a file that this machine's environment names.
      const error = toSyncError(thrown);
      return { kind: "failed", error, isOfMachine: error.code === "usage" };
    }
  }

  private isEnough(count: number, ms: number): boolean {
    const { ending, wanted, slices } = this.options;
    if (ending.aborted || count >= slices.mostKeys || ms >= slices.mostMs) return true;
    return count >= slices.leastKeys && ms >= slices.leastMs && wanted() > 0;
  }

  /** Tells how far it came; if others wait, they get a share of the rest. */
  private async settle(range: RangeState): Promise<RangeState | undefined> {
    const { job, wanted } = this.options;
    const pieces = this.isToBeCut(range) ? wanted() * piecesForEach : 0;
    const places = pieces > 0 ? await job.placesToCut(range).catch(() => []) : [];
    const next = cutAt(range, spreadOut(places, pieces));
    if (!(await this.write(next))) return undefined;
    if (next.state === "through") this.tell(next);
    return await this.spread(next);
  }

  /** How much of a piece may be deleted would not be known. */
  private isToBeCut({ state, stage }: RangeState): boolean {
    const { job, ending } = this.options;
    const isLimited = stage === "delete" && job.config.maxDelete !== undefined;
    return state === "open" && !ending.aborted && !isLimited;
  }

  /** Says what came of a range. */
  private tell({ after, until, counts }: RangeState): void {
    const { job } = this.options;
    const from = after === undefined ? "" : ` after ${JSON.stringify(after)}`;
    const to = until === undefined ? "" : ` up to ${JSON.stringify(until)}`;
    const { transferredObjects: sent, skipped, deleted } = counts;
    const would = job.config.dryRun ? "would be " : "";
    const text = `${sent} ${would}sent, ${skipped} skipped, ${deleted} ${would}deleted`;
    job.hear({ type: "notice", message: `job ${nameOfRun(job.run)}: keys${from}${to}: ${text}` });
  }

  /** What was cut off becomes ranges of their own. Whoever dies before the end of this is followed by one who does it again. */
  private async spread(range: RangeState): Promise<RangeState | undefined> {
    if (range.cutOff.length === 0) return range;
    const { ground, job } = this.options;
    for (const piece of range.cutOff) {
      await ground.records.create(
        keys.range(job.run, rangeId(piece)),
        freshRange(piece, range.stage),
      );
    }
    await ground.tasks.add(job.run, range.cutOff.map(rangeId));
    const spread = { ...range, cutOff: [] };
    return (await this.write(spread)) ? spread : undefined;
  }

  private async takeFailure(
    range: RangeState,
    { error, isOfMachine = false }: Extract<SliceOutcome, { kind: "failed" }>,
  ): Promise<TaskEnd> {
    const { job } = this.options;
    await job.reopen();
    job.hear({ type: "warning", key: undefined, error });
    const troubled = { ...range, trouble: ofMachine(withHint(error)) };
    const isOwn = isOfMachine || isOfOwnMaking(error);
    if (isOwn && (await job.standBack.failed())) {
      await this.write(unbegun(troubled));
      return { kind: "left", delayMs: passOnMs };
    }
    await this.write(troubled);
    if (final.has(error.code) && !isOfMachine) return { kind: "job-failed", error };
    return { kind: "left", delayMs: backoffMs(range.tries) };
  }

  private async note(troubles: readonly Trouble[]): Promise<void> {
    const { ground, job, startedAt } = this.options;
    for (const trouble of troubles) {
      job.hear(trouble);
      const { id, value } = noteOf(trouble, startedAt);
      await ground.notes.add(job.run, id, value);
    }
  }

  /** @returns whether it was still one's own */
  private async write(range: RangeState): Promise<boolean> {
    const { ground, job, id } = this.options;
    const revision = await ground.records.update(keys.range(job.run, id), range, this.revision);
    if (revision === undefined) return false;
    this.revision = revision;
    return true;
  }
}

/** Directories are opened for each slice, and may be missing by then. */
function withMachine(outcome: Extract<SliceOutcome, { kind: "failed" }>): SliceOutcome {
  const { code, path } = outcome.error;
  return { ...outcome, isOfMachine: code === "usage" && path !== undefined };
}

function isLater(found: Stage, told: Stage): boolean {
  return found === "delete" && told === "send";
}

/** Some of a list, at equal distances. */
function spreadOut<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, index) =>
    Math.floor(((index + 0.5) * list.length) / most),
  ).flatMap((at) => list[at] ?? []);
}
