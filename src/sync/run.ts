/**
 * A run as its user holds it: a promise of what came of it, and its events.
 *
 * @module
 */
import type { SyncError } from "../core/errors.ts";
import type { EventSink, Summary, SyncEvent } from "../core/events.ts";
import type { Key } from "../core/key.ts";
import { Audience } from "./mailbox.ts";

/** Something that went wrong. */
export interface Failure {
  readonly severity: "error" | "warning";
  readonly error: SyncError;
  /** What it is about; `undefined`: the run as a whole. */
  readonly key: Key | undefined;
}

/** What came of a run. */
export interface RunResult extends Summary {
  /** The first thousand errors and warnings. The counters have all of them. */
  readonly failures: readonly Failure[];
}

/**
 * A run that has begun. It is a promise of its result, and can be iterated for its events.
 *
 * Whoever iterates it hears what happens from then on: everything, if that is begun before anything else is waited
 * for. Events that nobody iterates are not kept. Events that somebody is slow to take wait: the run begins no further
 * object while there are a thousand of them, so that their number is bounded by that and by what the objects in work
 * have to tell. Hence do not stop taking them without leaving the loop. Leaving it does not stop the run; the signal
 * does. What keeps a run from starting is thrown by the loop, too.
 */
export interface Run extends Promise<RunResult>, AsyncIterable<SyncEvent, undefined> {
  /** The same promise, for those who like to name it. */
  readonly result: Promise<RunResult>;
}

const mostFailures = 1000;

/**
 * Begins a run.
 *
 * @param work does it, and tells
 * @param close is called when all is over
 * @param signal stops it
 */
export function beginRun(
  work: (hear: EventSink, audience: Audience) => Promise<Summary>,
  close: () => Promise<void>,
  signal: AbortSignal,
): Run {
  const audience = new Audience();
  const failures: Failure[] = [];
  const hear = (event: SyncEvent): void => {
    if (event.type === "error" || event.type === "warning") {
      const { type: severity, error, key } = event;
      if (failures.length < mostFailures) failures.push({ severity, error, key });
    }
    audience.put(event);
  };
  const carryOut = async (): Promise<RunResult> => {
    try {
      // Whoever iterates the run can only do so when it is there.
      await Promise.resolve();
      const summary = await work(hear, audience);
      await audience.end(signal);
      return { ...summary, failures };
    } catch (thrown) {
      await audience.end(signal, { thrown });
      throw thrown;
    } finally {
      await close();
    }
  };
  const result = carryOut();
  return Object.assign(result, {
    result,
    [Symbol.asyncIterator]: () => {
      // The loop throws it.
      result.catch(() => undefined);
      return audience.join();
    },
  });
}
