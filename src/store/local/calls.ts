/**
 * System calls on small things: opening, renaming, a few bytes. A disk that answers at once is asked by calls that
 * block, because handing one over to another thread costs more than the call; a slow one (a network, a sleeping
 * disk) by calls that leave this thread free. Which one it is, is measured all the time.
 *
 * @module
 */
import fs from "node:fs";

/** Calls that take longer than this on average, in milliseconds, are waited for elsewhere. */
const quickMs = 0.2;
/** Bytes per millisecond that a quick disk moves besides: a call with bytes may take as much longer. */
const quickBytesPerMs = 256 * 1024;
/** One call that took long is no slow disk. */
const mostMs = 2;
/** How fast the average follows. */
const weight = 1 / 16;
/** While calls are waited for elsewhere, one in so many still blocks, to see whether it has become better. */
const probeEvery = 64;

/** Bytes that may be read or written while everything else waits. */
export const smallBytes = 512 * 1024;

/** Follows how fast a file system answers. */
export class Pace {
  private meanMs = 0;
  private waited = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether the next call should block. */
  get blocks(): boolean {
    if (this.meanMs <= quickMs) return true;
    this.waited = (this.waited + 1) % probeEvery;
    return this.waited === 0;
  }

  /**
   * Runs a call that blocks, and takes its time.
   *
   * @param bytes what the call reads or writes
   */
  measured<T>(call: () => T, bytes = 0): T {
    const startedAt = this.now();
    try {
      return call();
    } finally {
      const took = this.now() - startedAt - bytes / quickBytesPerMs;
      this.meanMs += (Math.min(took, mostMs) - this.meanMs) * weight;
    }
  }
}

const pace = new Pace();

/** Takes the result of a call that does not block, the way Node hands it over. */
export type Done<T> = (error: Error | null, value: T) => void;

/**
 * Makes a call, in one of two ways.
 *
 * @param blocking the call as one that blocks
 * @param waiting the same as one that does not
 * @param bytes what it reads or writes
 */
export async function smallCall<T>(
  blocking: () => T,
  waiting: (done: Done<T>) => void,
  bytes = 0,
): Promise<T> {
  return pace.blocks ? pace.measured(blocking, bytes) : asPromise(waiting);
}

/** A call that does not block, as a promise. */
export function asPromise<T>(waiting: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    waiting((error, value) => {
      if (error === null) resolve(value);
      else reject(error);
    });
  });
}

/** Waits until the disk has what was written to a file or a directory. */
export function syncDescriptor(descriptor: number): Promise<void> {
  return asPromise<void>((done) => fs.fsync(descriptor, (error) => done(error, undefined)));
}
