/**
 * A connection to servers of NATS that comes back by itself, and operations that wait for it.
 *
 * @module
 */
import { jetstream, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream";
import { type NatsConnection, PermissionViolationError } from "@nats-io/transport-node";

import { aborted, noLongerThan, pause, throwIfAborted, unlessStopped } from "../../core/cancel.ts";
import { isPassing, isRefusal, LostConnection, natsError, refused } from "./failures.ts";
import type { ServerNews } from "./server-news.ts";

/** A server that is coming up may refuse us before it knows its accounts. */
const refusalsUntilItIsMeant = 5;
const closeMs = 1000;

/** A connection. Dispose of it. */
export class Connection implements AsyncDisposable {
  readonly js: JetStreamClient;
  private readonly ending = new AbortController();
  /** Fires when nothing is to be done any more: by the signal of the beginning, at the end, or when servers throw us out. */
  readonly ended: AbortSignal;
  private up = Promise.resolve();
  /** Those who wait for answers. */
  private readonly waiting = new Set<(lost: LostConnection) => void>();
  private refusals = 0;

  /**
   * @param name its servers, for people
   * @param news is told when its servers go and come; it ends with the connection
   * @param signal ends every operation
   */
  constructor(
    readonly nats: NatsConnection,
    readonly manager: JetStreamManager,
    readonly name: string,
    readonly answerMs: number,
    private readonly news: ServerNews,
    signal: AbortSignal,
  ) {
    this.js = jetstream(nats, { timeout: answerMs });
    this.ended = AbortSignal.any([signal, this.ending.signal]);
    void this.follow();
  }

  /** Whether servers keep the same together, and one of them leads. */
  get isCluster(): boolean {
    return this.nats.info?.cluster !== undefined;
  }

  /**
   * Does something, and again as long as servers are away or have no leader.
   *
   * @param work is told whether an earlier try may have been carried out without an answer
   * @throws SyncError whatever does not pass by itself; `aborted`
   */
  async run<T>(operation: string, work: (isRepeated: boolean) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      await this.untilUp();
      try {
        const answer = await this.whileUp(work(tries > 0));
        if (tries > 0) this.news.back();
        return answer;
      } catch (thrown) {
        throwIfAborted(this.ended);
        if (!isPassing(thrown)) {
          if (tries > 0) this.news.back();
          throw natsError(thrown, operation, this.name);
        }
        if (!(thrown instanceof LostConnection)) this.news.silent(this.isCluster);
      }
      await pause(retryMs(tries), this.ended);
    }
  }

  /** Waits until a server is there. @throws SyncError `aborted` */
  async untilUp(): Promise<void> {
    throwIfAborted(this.ended);
    await unlessStopped(this.up, this.ended, () => aborted(this.ended));
  }

  /**
   * Waits for an answer, as long as there is the connection that it is to come by.
   *
   * @throws LostConnection, SyncError `aborted`, whatever the work throws
   */
  async whileUp<T>(work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const stop = (): void => reject(aborted(this.ended));
    this.waiting.add(reject);
    this.ended.addEventListener("abort", stop);
    work.then(resolve, reject);
    try {
      return await promise;
    } finally {
      this.waiting.delete(reject);
      this.ended.removeEventListener("abort", stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ending.abort();
    this.news[Symbol.dispose]();
    // What was said last should arrive, but a server that is away must not keep us.
    await noLongerThan(
      closeMs,
      this.nats.flush().catch(() => undefined),
    );
    await noLongerThan(
      closeMs,
      this.nats.close().catch(() => undefined),
    );
  }

  /** Keeps in mind how the connection is. */
  private async follow(): Promise<void> {
    let rise = Promise.withResolvers<void>();
    for await (const status of this.nats.status()) {
      switch (status.type) {
        case "disconnect":
          rise = Promise.withResolvers();
          this.up = rise.promise;
          if (!this.ended.aborted) this.news.gone();
          for (const fail of this.waiting) fail(new LostConnection("the connection broke"));
          break;
        case "reconnect":
          this.refusals = 0;
          this.news.back();
          rise.resolve();
          break;
        case "error":
          this.judge(status.error);
          break;
        default:
          break;
      }
    }
    this.ending.abort(natsError(new LostConnection("it was closed"), "connect", this.name));
  }

  /**
   * What we may not do, and being refused again and again, ends it: whoever waits would wait for ever. Of most that is not
   * allowed the server tells in no other way.
   */
  private judge(error: Error): void {
    if (error instanceof PermissionViolationError) {
      this.ending.abort(natsError(error, "connect", this.name));
    }
    if (!isRefusal(error)) return;
    this.refusals += 1;
    if (this.refusals < refusalsUntilItIsMeant) return;
    this.ending.abort(refused(this.name, { operation: "connect", cause: error }));
  }
}

/** At random, lest all workers ask at the same moment. */
function retryMs(tries: number): number {
  return Math.min(2000, 50 * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() * 0.5);
}
