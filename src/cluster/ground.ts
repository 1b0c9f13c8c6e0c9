/**
 * What a cluster stands on: a queue of tasks, records that one changes at a time, and notes. All of it is elsewhere, on
 * servers that may go away and come back.
 *
 * Records are the truth. Tasks only say where to look: one that comes twice, late or never does no harm, because whoever
 * takes it reads the record first, and whoever watches over a job puts tasks in again whose records are open.
 *
 * Names of jobs and ids are made of letters, digits, `_` and `-`; keys of records are such words with `.` between them.
 *
 * @module
 */

/** The whole. Waiting for a server that is gone is part of each operation: what it throws is final. */
export interface Ground extends AsyncDisposable {
  /** Where it is, for people: without anything secret. */
  readonly name: string;
  readonly tasks: TaskQueue;
  readonly records: Records;
  /**
   * Records that go away by themselves when nobody has written them for some time: who is there. Who watches them is not
   * told that they went.
   */
  readonly presence: Records;
  readonly notes: Notes;
}

/** Names a task: the job it belongs to, and what it is within that. */
export interface TaskName {
  readonly job: string;
  readonly id: string;
}

/** Tasks, each given to one worker at a time. */
export interface TaskQueue {
  /** Puts tasks in. One that was put in lately, and is put in again, may be there once or twice. */
  add(job: string, ids: readonly string[]): Promise<void>;
  /**
   * Waits for a task of any job.
   *
   * @throws SyncError `aborted` when the signal fires
   */
  take(signal: AbortSignal): Promise<Lease>;
  /** How many tasks of a job wait or are in work. */
  count(job: string): Promise<number>;
  /** Forgets all tasks of a job. */
  clear(job: string): Promise<void>;
}

/** A task that is held. It is kept alive until it is done or given back; if the holder dies, somebody else gets it. */
export interface Lease extends TaskName {
  /** It is done, and goes away; or comes once more to somebody, if the servers could not be told. */
  done(): Promise<void>;
  /** Somebody else is to have it, after some time in milliseconds. */
  giveBack(delayMs?: number): Promise<void>;
}

/** A record as it was read. */
export interface Stored {
  readonly key: string;
  /** Plain JSON. */
  readonly value: unknown;
  /** Greater with each change of the record. */
  readonly revision: number;
}

/** A record that is gone. */
export interface Removed {
  readonly key: string;
  readonly value: undefined;
  readonly revision: number;
}

/** Records of JSON, each changed only by whoever has seen its last state. */
export interface Records {
  get(key: string): Promise<Stored | undefined>;
  /** @returns the revision; `undefined`: there is one already */
  create(key: string, value: unknown): Promise<number | undefined>;
  /** @returns the new revision; `undefined`: somebody else has changed it since, or it is gone */
  update(key: string, value: unknown, revision: number): Promise<number | undefined>;
  /** Writes it, whatever was there. */
  put(key: string, value: unknown): Promise<number>;
  /**
   * @param revision if nobody has changed it since
   * @returns whether it is gone
   */
  remove(key: string, revision?: number): Promise<boolean>;
  /** Forgets all whose key begins with some words (`nightly.`), and that they were. Who watches them is not told. */
  clear(prefix: string): Promise<void>;
  /**
   * All whose key begins with some words (`nightly.`), in no order; all for an empty text. One that changes meanwhile may be
   * told again, so who changes what is told has all of it told first: else there may be no end.
   */
  all(prefix: string): AsyncIterable<Stored>;
  /**
   * The same, then `undefined` when these were told, then every change, until the signal fires: then it ends without an
   * error. Where a record changes often, only its last state may be told.
   */
  watch(prefix: string, signal: AbortSignal): AsyncIterable<Stored | Removed | undefined>;
}

/** A note of a job: what went wrong with an object. */
export interface Note {
  /** Greater than those of earlier notes. */
  readonly sequence: number;
  readonly value: unknown;
}

/** Notes that are only added, and of which the oldest go when there are too many. */
export interface Notes {
  /**
   * Adds one.
   *
   * @param id a note of the same id that was added lately makes this one nothing, even if that is cleared by now: so it
   *   names the try, too
   */
  add(job: string, id: string, value: unknown): Promise<void>;
  /** Those that are there, oldest first, after some sequence. */
  read(job: string, after: number): AsyncIterable<Note>;
  clear(job: string): Promise<void>;
}
