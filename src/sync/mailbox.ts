/**
 * Events on their way to listeners that take their time.
 *
 * @module
 */
import type { OnEvent } from "../core/callbacks.ts";
import { LateSignal } from "../core/cancel.ts";
import type { SyncEvent } from "../core/events.ts";

/** A run begins no further object while a listener has so many events before it. */
const roomy = 1000;

/** What listeners have to hear the last events of a run that was stopped. */
const graceMs = 1000;

/** What ends the events before their end. */
interface Failure {
  readonly thrown: unknown;
}

type Taken = IteratorResult<SyncEvent, undefined>;

/** What one listener has not heard yet, in order. */
export class Mailbox implements AsyncIterableIterator<SyncEvent, undefined> {
  private waiting: SyncEvent[] = [];
  /** Those before it are taken. */
  private at = 0;
  private readonly takers: PromiseWithResolvers<Taken>[] = [];
  private space: PromiseWithResolvers<void> | undefined;
  private isOver = false;
  private failure: Failure | undefined;

  /** @param closed is called when the listener goes away */
  constructor(private readonly closed: () => void = () => undefined) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Puts an event in. */
  put(value: SyncEvent): void {
    if (this.isOver) return;
    const taker = this.takers.shift();
    if (taker === undefined) this.waiting.push(value);
    else taker.resolve({ done: false, value });
  }

  /** Nothing more comes, or what was thrown comes last. */
  end(failure?: Failure): void {
    this.isOver = true;
    this.failure = failure;
    for (const taker of this.takers.splice(0)) this.last().then(taker.resolve, taker.reject);
  }

  /** Waits until there is room for more; `undefined` if there is. */
  room(): Promise<void> | undefined {
    if (this.unheard < roomy) return undefined;
    this.space ??= Promise.withResolvers<void>();
    return this.space.promise;
  }

  next(): Promise<Taken> {
    const value = this.waiting[this.at];
    if (value === undefined) return this.isOver ? this.last() : this.comingNext();
    this.at += 1;
    if (this.at === this.waiting.length || this.at >= roomy) {
      this.waiting.splice(0, this.at);
      this.at = 0;
    }
    if (this.unheard <= roomy / 2) this.makeRoom();
    return Promise.resolve({ done: false, value });
  }

  /** The listener has heard enough. */
  return(): Promise<Taken> {
    this.waiting = [];
    this.at = 0;
    this.end();
    this.makeRoom();
    this.closed();
    return this.last();
  }

  private get unheard(): number {
    return this.waiting.length - this.at;
  }

  private makeRoom(): void {
    this.space?.resolve();
    this.space = undefined;
  }

  private comingNext(): Promise<Taken> {
    const taker = Promise.withResolvers<Taken>();
    this.takers.push(taker);
    return taker.promise;
  }

  private async last(): Promise<Taken> {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure.thrown;
    return { done: true, value: undefined };
  }
}

/** All that listen to a run. Nothing is kept where nobody does. */
export class Audience {
  private readonly mailboxes = new Set<Mailbox>();
  private readonly hearing: Promise<void>[] = [];
  /** How it ended, if it has. */
  private ending: { readonly failure: Failure | undefined } | undefined;

  /** A listener that takes events by itself, from now on. */
  join(): Mailbox {
    const mailbox: Mailbox = new Mailbox(() => this.mailboxes.delete(mailbox));
    if (this.ending === undefined) this.mailboxes.add(mailbox);
    else mailbox.end(this.ending.failure);
    return mailbox;
  }

  /**
   * A listener that is called, with one event after the other.
   *
   * @param failed hears the first thing that it throws
   */
  call(onEvent: OnEvent, failed: (thrown: unknown) => void): void {
    this.hearing.push(callWithEach(this.join(), onEvent, failed));
  }

  put(event: SyncEvent): void {
    for (const mailbox of this.mailboxes) mailbox.put(event);
  }

  /** Waits until every listener has room for more; `undefined` if all have. */
  room(): Promise<void> | undefined {
    if (this.mailboxes.size === 0) return undefined;
    const waits = [...this.mailboxes].flatMap((mailbox) => mailbox.room() ?? []);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  /**
   * Nothing more comes. Waits for those that are called; the others take what is left when they like.
   *
   * @param stop some time after it has fired, listeners that hang are not waited for
   */
  async end(stop: AbortSignal, failure?: Failure): Promise<void> {
    this.ending = { failure };
    for (const mailbox of this.mailboxes) mailbox.end(failure);
    using late = new LateSignal(stop, graceMs);
    const { promise: hung, resolve } = Promise.withResolvers<void>();
    late.signal.addEventListener("abort", () => resolve());
    await Promise.race([Promise.allSettled(this.hearing), hung]);
  }
}

async function callWithEach(
  mailbox: Mailbox,
  onEvent: OnEvent,
  failed: (thrown: unknown) => void,
): Promise<void> {
  let hasFailed = false;
  for await (const event of mailbox) {
    try {
      await onEvent(event);
    } catch (thrown) {
      if (!hasFailed) failed(thrown);
      hasFailed = true;
    }
  }
}
