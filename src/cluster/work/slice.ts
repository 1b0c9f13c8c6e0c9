/**
 * A slice of work on a range: an ordinary run, until that is enough.
 *
 * @module
 */
import type { DeleteLimit } from "../../config/kinds.ts";
import type { Config } from "../../config/shape.ts";
import { aborted } from "../../core/cancel.ts";
import { type SyncError, toSyncError } from "../../core/errors.ts";
import type { EventSink, Side, Summary, SyncEvent } from "../../core/events.ts";
import type { Key } from "../../core/key.ts";
import type { Store } from "../../store/store.ts";
import { carryOut } from "../../sync/carry-out.ts";
import { Audience } from "../../sync/mailbox.ts";
import type { Gone, Slice } from "../../sync/part.ts";
import type { Shared } from "../../sync/shared.ts";
import { isAboutAll } from "../../watch/round.ts";
import { countsOf } from "../job/counts.ts";
import type { Trouble } from "../job/notes.ts";
import type { Progress, Span, Stage } from "../job/range-state.ts";

/** What to work on, and with what. */
export interface SliceWork {
  readonly config: Config;
  readonly stores: Partial<Record<Side, Store>>;
  /** With the other slices of the same job. */
  readonly shared: Shared;
  readonly stage: Stage;
  /** What is left of the range. */
  readonly rest: Span;
  /** How much of it may be deleted; `undefined`: all that is gone. */
  readonly mayGo: DeleteLimit | undefined;
  /** Asked now and then, with what was looked at so far: whether others go on. */
  readonly isEnough: (keys: number, ms: number) => boolean;
  /** Hears all but beginnings, ends and troubles. */
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
  /** Is told who hears what the stores tell by themselves. */
  readonly connect: (hear: EventSink) => void;
}

/** What came of it. */
export type SliceOutcome =
  | { readonly kind: "moved"; readonly progress: Progress; readonly troubles: readonly Trouble[] }
  /** An error about one object ended the run, as options want it. */
  | {
      readonly kind: "ended";
      readonly progress: Progress;
      readonly troubles: readonly Trouble[];
      readonly error: SyncError;
    }
  /** Nothing is known of the range: it is to be tried again. */
  | {
      readonly kind: "failed";
      readonly error: SyncError;
      /** Something is missing on this machine: others may have it. */
      readonly isOfMachine?: boolean | undefined;
    };

/**
 * Works on a range.
 *
 * @throws SyncError `aborted` when the signal fires
 */
export async function workOn(work: SliceWork): Promise<SliceOutcome> {
  const { config, stage, signal } = work;
  const place = new Place(work.isEnough);
  const witness = new Witness(work.onEvent);
  let gone: Gone | undefined;
  const found = stage === "send" ? (all: Gone) => void (gone = all) : undefined;
  let summary: Summary;
  try {
    summary = await run(work, { ...place.slice, found }, (event) => witness.take(event));
  } catch (thrown) {
    if (signal.aborted) throw aborted(signal);
    return { kind: "failed", error: toSyncError(thrown) };
  }
  if (signal.aborted) throw aborted(signal);
  const { failure, firstError, troubles } = witness;
  if (failure !== undefined) return { kind: "failed", error: failure };
  const { position, isLeft } = place;
  const counts = countsOf(summary, stage === "delete");
  if (firstError === undefined || config.continueOnError) {
    const progress = { position, isAtEnd: !isLeft, counts, gone };
    return { kind: "moved", progress, troubles };
  }
  const progress = { position: undefined, isAtEnd: false, counts, gone };
  return { kind: "ended", progress, troubles, error: firstError };
}

/** How far it has come. */
class Place {
  position: Key | undefined;
  /** The rest is left to others. */
  isLeft = false;
  private keys = 0;
  private readonly startedAt = performance.now();

  constructor(private readonly isEnough: SliceWork["isEnough"]) {}

  get slice(): Omit<Slice, "found"> {
    return {
      // Whoever begins it comes further, if only a little.
      isEnough: () => {
        const ms = performance.now() - this.startedAt;
        this.isLeft ||= this.keys > 0 && this.isEnough(this.keys, ms);
        return this.isLeft;
      },
      passed: (key, pairs) => {
        this.position = key;
        this.keys += pairs;
      },
    };
  }
}

/** The counters have all of them. */
const mostTroubles = 1000;

/** Hears what goes wrong. */
class Witness {
  /** What is wrong with all objects, or with a listing. */
  failure: SyncError | undefined;
  firstError: SyncError | undefined;
  readonly troubles: Trouble[] = [];

  constructor(private readonly pass: EventSink) {}

  take(event: SyncEvent): void {
    if (event.type === "start" || event.type === "end") return;
    if (event.type !== "error" && event.type !== "warning") return this.pass(event);
    if (this.troubles.length < mostTroubles) this.troubles.push(event);
    if (event.type === "warning") return;
    const { error, key } = event;
    this.firstError ??= error;
    if (key === undefined || isAboutAll(error)) this.failure ??= error;
  }
}

function run(
  { config, stores, shared, stage, rest, mayGo, signal, connect }: SliceWork,
  slice: Slice,
  onEvent: EventSink,
): Promise<Summary> {
  // Guards have judged when all was known. What is gone only since then they have not seen.
  const judged = { maxDelete: mayGo };
  return carryOut({
    config: {
      ...config,
      ...(stage === "delete" ? judged : {}),
      keyStart: rest.after,
      keyEnd: rest.until,
    },
    ...{ stores, shared, onEvent, signal, connect },
    callbacks: [],
    audience: new Audience(),
    part: {
      places: undefined,
      isLeft: () => false,
      since: undefined,
      spares: undefined,
      ending: new AbortController().signal,
      slice,
    },
  });
}
