/**
 * One round of a watch: an ordinary run, and what is left to be done after it.
 *
 * @module
 */
import { SyncError, toSyncError } from "../core/errors.ts";
import type { EventSink, Summary, SyncEvent } from "../core/events.ts";
import { asKey, type Key } from "../core/key.ts";
import type { Part } from "../sync/part.ts";
import { endangersDeletions } from "../sync/severity.ts";

/** What came of a round. */
export interface RoundOutcome {
  /** `undefined`: it did not come so far. */
  readonly summary: Summary | undefined;
  /** Objects that are to be tried again. */
  readonly failed: ReadonlyMap<Key, SyncError>;
  /** Why the round as a whole is to be done again, if so. */
  readonly failure: SyncError | undefined;
  /** What a guard has said, if one has: it stays so until something changes. */
  readonly held: SyncError | undefined;
  /** Something may have to be deleted still, which waits until all else goes well. What guards forbid is not owed. */
  readonly owesDeletions: boolean;
  /** Items of the target that were listed. */
  readonly targetItems: number;
}

/** Carries out a run about a part. */
export type RunPart = (part: Part, hear: EventSink) => Promise<Summary>;

/** Listens to a run. */
class Witness {
  readonly failed = new Map<Key, SyncError>();
  failure: SyncError | undefined;
  held: SyncError | undefined;
  /** Something was to be deleted, and was not. */
  hasSpared = false;
  targetItems = 0;

  take(event: SyncEvent): void {
    if (event.type === "listed") {
      if (event.side === "target") this.targetItems += event.items;
    } else if (event.type === "error" || event.type === "warning") this.takeTrouble(event);
  }

  private takeTrouble({ type, key, error }: Extract<SyncEvent, { error: SyncError }>): void {
    if (error.isGuard) this.held ??= error;
    if (type === "error" && (key === undefined || isAboutAll(error))) {
      this.failure ??= error;
    } else if (key === undefined) {
      if (error.code === "precondition" && !error.isGuard) this.hasSpared = true;
    } else if (isWorthAnother(error)) this.failed.set(asKey(key), error);
  }
}

/** Who meets this with one object, meets it with all: whatever a callback decides about the others may be wrong, too. */
const aboutAll: ReadonlySet<SyncError["code"]> = new Set<SyncError["code"]>([
  ...(["callback", "credentials", "clock-skew", "wrong-region", "certificate"] as const),
  ...(["no-such-bucket", "locked"] as const),
]);

/** What stays as it is until it changes, and then there is an event. */
const lasting: ReadonlySet<SyncError["code"]> = new Set<SyncError["code"]>([
  ...(["file-name", "link-loop", "archived", "incomparable", "aborted"] as const),
]);

/** Whether an error about an object is one about all of them. */
export function isAboutAll({ code }: SyncError): boolean {
  return aboutAll.has(code);
}

function isWorthAnother(error: SyncError): boolean {
  return endangersDeletions(error) && !lasting.has(error.code);
}

/**
 * Carries out a round.
 *
 * @param deletes whether what only the target has is to go
 * @param onEvent hears everything but the beginning and the end
 */
export async function carryOutRound(
  run: RunPart,
  part: Part,
  deletes: boolean,
  onEvent: EventSink,
): Promise<RoundOutcome> {
  const witness = new Witness();
  const outcome = (summary: Summary | undefined): RoundOutcome => {
    const { failed, failure, held, targetItems, hasSpared } = witness;
    const isUnsound = failed.size > 0 || (summary?.errors ?? 0) > 0;
    const owesDeletions = deletes && (isUnsound || (hasSpared && part.spares !== undefined));
    return { summary, failed, failure, held, owesDeletions, targetItems };
  };
  const hear: EventSink = (event) => {
    witness.take(event);
    if (event.type !== "start" && event.type !== "end") onEvent(event);
  };
  try {
    const summary = await run(part, hear);
    onEvent({ type: "round", isWhole: part.places === undefined, summary });
    return outcome(summary);
  } catch (thrown) {
    const error = toSyncError(thrown);
    witness.failure = error;
    if (error.isGuard) witness.held = error;
    if (error.code !== "aborted") onEvent({ type: "error", error, key: undefined });
    return outcome(undefined);
  }
}
