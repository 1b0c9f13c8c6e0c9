/**
 * Holds a VM to its time and its memory.
 *
 * Time: each instruction and each native step costs fuel; when it is used up, the clock is asked. After the
 * deadline every step fails, so that no `pcall` can go on.
 *
 * Memory: what is made is counted; when that reaches the limit, what can still be reached is counted anew.
 * JavaScript does not tell the size of anything: the figures are estimates of what Bun takes, within a factor
 * of two (a test compares them).
 *
 * @module
 */

/** Raises a Lua error in a thread. */
export type Raise = (thread: unknown, message: string) => never;

/** Steps between two looks at the clock. */
const tank = 2000;
/** A count of everything takes time: at least this part of the limit is made between two. */
const share = 16;

/** Time and memory of one VM. */
export class Meter {
  private fuel = tank;
  private deadline = Infinity;
  /** Bytes: what was there at the last survey and what was made since. */
  private counted = 0;
  private threshold: number;
  /** The threshold as it is when no error is being made. */
  private usual: number;
  private thread: unknown;
  private isResting = true;
  /** The last call did not end in time. */
  expired = false;

  /**
   * @param limitBytes 0: none
   * @param survey counts what can be reached, in bytes
   */
  constructor(
    private readonly limitBytes: number,
    private readonly survey: () => number,
    private readonly raise: Raise,
  ) {
    this.usual = limitBytes === 0 ? Infinity : limitBytes;
    this.threshold = Infinity;
  }

  /** Bytes in use, as far as is known. */
  get used(): number {
    return this.counted;
  }

  /** A call begins. */
  start(timeoutMs: number): void {
    this.expired = false;
    this.isResting = false;
    this.fuel = tank;
    this.threshold = this.usual;
    this.deadline = performance.now() + timeoutMs;
  }

  /** A call is over. What we do with the VM between calls must not fail: nothing would catch it. */
  rest(): void {
    this.isResting = true;
    this.threshold = Infinity;
  }

  /** The message of an error is about to be made, which may take memory that there is not. */
  startMessage(timeoutMs: number): void {
    this.start(timeoutMs);
    this.threshold = Math.max(this.counted, this.usual) + this.limitBytes;
  }

  /** Steps are about to be made. */
  spend(thread: unknown, steps: number): void {
    this.thread = thread;
    this.fuel -= steps;
    if (this.fuel < 0) this.refuel(thread);
  }

  /** Many bytes are about to be looked at, in the thread that was last heard of. */
  look(bytes: number): void {
    if (bytes > 1000) this.spend(this.thread, bytes / 100);
  }

  /** Something was made. */
  take(bytes: number): void {
    this.counted += bytes;
    if (this.counted > this.threshold) this.recount(0);
  }

  /** Something large is about to be made. It is counted when it is there. */
  reserve(thread: unknown, bytes: number): void {
    this.thread = thread;
    if (this.counted + bytes > this.threshold) this.recount(bytes);
  }

  private refuel(thread: unknown): void {
    if (this.isResting) {
      this.fuel = tank;
      return;
    }
    this.threshold = this.usual;
    if (performance.now() < this.deadline) {
      this.fuel = tank;
      return;
    }
    this.fuel = 0;
    this.expired = true;
    this.raise(thread, "the callback took too long");
  }

  private recount(bytes: number): void {
    const live = this.survey();
    this.counted = live;
    this.usual = Math.max(this.limitBytes, live + this.limitBytes / share);
    this.threshold = this.usual;
    if (live + bytes <= this.limitBytes) return;
    this.usual = this.limitBytes;
    // The error is made of memory, too. The next step of the script sets the limit again.
    this.threshold = Infinity;
    this.fuel = 0;
    this.raise(this.thread, "not enough memory");
  }
}
