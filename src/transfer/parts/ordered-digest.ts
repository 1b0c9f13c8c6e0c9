/**
 * The digests of a whole object whose parts arrive in any order. Each part waits for its turn with its buffer
 * filled; parts are started in order, so the one whose turn it is never waits for another.
 *
 * @module
 */
import { throwIfAborted } from "../../core/cancel.ts";
import { type DigestChoice, type Digests, RunningDigest } from "../../hash/digest.ts";
import type { Part } from "../../store/store.ts";
import type { PartWitness } from "./move-part.ts";

/** Sees the parts of an object in order. */
export class OrderedDigest {
  private readonly running: RunningDigest;
  private next = 1;
  private readonly waiting = new Map<number, () => void>();

  constructor(choice: DigestChoice) {
    this.running = new RunningDigest(choice);
  }

  /** What shows it the bytes of a part, when it is that one's turn. */
  witness({ number }: Part, signal: AbortSignal): PartWitness {
    return {
      begin: () => this.turn(number, signal),
      see: (bytes) => this.update(bytes),
      end: () => this.done(),
    };
  }

  /** Waits until all parts before this one were seen. Rejects when the signal fires. */
  async turn(number: number, signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    if (number === this.next) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    this.waiting.set(number, resolve);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", stop);
      this.waiting.delete(number);
    }
  }

  /** Takes bytes of the part whose turn it is. */
  update(bytes: Uint8Array): void {
    this.running.update(bytes);
  }

  /** The part whose turn it is has been seen. */
  done(): void {
    this.next += 1;
    this.waiting.get(this.next)?.();
  }

  /** The digests of everything. */
  finish(): Digests {
    return this.running.finish();
  }
}
