/**
 * How a watch stands.
 *
 * @module
 */

/** What metrics, health and the status line are made from. */
export interface WatchState {
  /**
   * `starting`: the sources are not heard yet. `working`: a round is under way, the first full one included. `waiting`:
   * the last round failed, or changes cannot be heard, and it is tried again after a while. `held`: a guard speaks
   * against deletions, or against doing anything, and somebody has to decide.
   */
  readonly phase: "starting" | "working" | "idle" | "waiting" | "held" | "stopping";
  /** What keeps it from being in step, in one line, as long as something does. */
  readonly trouble?: string | undefined;
  /** Keys and prefixes that wait for a round. */
  readonly pending: number;
  /** How long ago the oldest change was heard that is not done yet; 0 when all is done. */
  readonly lagMs: number;
  /** When a round last ended well, in milliseconds since 1970. */
  readonly lastSuccessAt: number | undefined;
  /** Rounds that are over. */
  readonly rounds: number;
  /** Objects that were sent, changed or deleted, since the start. */
  readonly objects: number;
  /** Bytes that were sent, since the start. */
  readonly bytes: number;
  /** Errors of objects and of whole rounds, since the start. */
  readonly errors: number;
  /** Objects that failed, and are to be tried again. */
  readonly queue: number;
}

/** What the phases are called. */
export const phaseText: Readonly<Record<WatchState["phase"], string>> = {
  starting: "starting",
  working: "working",
  idle: "watching",
  waiting: "waiting after a failure",
  held: "held by a guard",
  stopping: "finishing what is in work",
};
