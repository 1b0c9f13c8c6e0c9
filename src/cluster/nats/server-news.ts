/**
 * Says that servers are away, and that they are back: who waits for them does nothing else, and people wonder why.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";

/** Where others take over at once, nobody has to know. */
const usualPatienceMs = 1000;

/** What is said of the servers of one connection. Dispose of it. */
export class ServerNews implements Disposable {
  private timer: Timer | undefined;
  /** How it ends what was said; `undefined`: nothing was. */
  private end: string | undefined;

  /**
   * @param name the servers, for people
   * @param patienceMs how long they are away, in milliseconds, before that is said
   */
  constructor(
    private readonly name: string,
    private readonly hear: EventSink = () => undefined,
    private readonly patienceMs = usualPatienceMs,
  ) {}

  /** They are asked for the first time. @param mostMs how long, in milliseconds */
  begin(mostMs: number): void {
    const seconds = Math.round(mostMs / 1000);
    this.later(`NATS at ${this.name} does not answer: trying for ${seconds} s`, "is there");
  }

  /** Somebody is there, and does not answer. @param isCluster whether servers have to agree on who does */
  silent(isCluster: boolean): void {
    const trouble = isCluster
      ? "is there and does not answer: it may be choosing a leader"
      : "is there, and its JetStream does not answer yet";
    this.later(`NATS at ${this.name} ${trouble}`, "answers");
  }

  /** Nobody is there. */
  gone(): void {
    this[Symbol.dispose]();
    this.later(`NATS at ${this.name} is gone: waiting for it`, "is back");
  }

  /** All is well. */
  back(): void {
    const { end } = this;
    this[Symbol.dispose]();
    if (end !== undefined) this.hear({ type: "notice", message: `NATS at ${this.name} ${end}` });
  }

  /** Nothing is said any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.end = undefined;
  }

  private later(message: string, end: string): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.end = end;
      const error = new SyncError("network", message);
      this.hear({ type: "warning", key: undefined, error });
    }, this.patienceMs);
  }
}
