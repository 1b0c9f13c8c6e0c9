/**
 * Messages that were taken out of sight, until what they tell of is done: kept hidden as long as that takes, and then
 * deleted. Whatever fails here, a message that was not deleted comes again, and costs another look.
 *
 * @module
 */
import { batchesOf } from "../../core/batches.ts";
import { unlessStopped } from "../../core/cancel.ts";
import { toSyncError } from "../../core/errors.ts";
import { mostAtOnce, type QueueClient } from "./client.ts";

/** For how long the queue hides a message: so long it takes until another run sees it if this one dies. */
export const hiddenSeconds = 120;
/** A third of it: two attempts may fail. */
const renewalMs = (hiddenSeconds * 1000) / 3;
/** Messages that wait for a round; with more, no others are taken. */
const mostHeld = 10_000;

/** Keeps messages hidden, and deletes them. Stop it. */
export class HeldMessages {
  private readonly held = new Set<string>();
  private done: string[] = [];
  private deleting: Promise<void> | undefined;
  private waiting: (() => void) | undefined;
  private renewal: Timer | undefined;
  /** Work at the end of a run goes on after the run was told to stop. */
  private readonly signal = new AbortController().signal;

  constructor(private readonly client: Pick<QueueClient, "remove" | "hide">) {}

  /** Messages that nobody is done with. */
  get size(): number {
    return this.held.size;
  }

  /** Keeps these hidden from now on. */
  hold(handles: readonly string[]): void {
    for (const handle of handles) this.held.add(handle);
    if (this.held.size > 0) this.renewal ??= this.renewing();
  }

  /** What these told of is done: they are deleted. */
  settle(handles: readonly string[]): void {
    this.done.push(...handles.filter((handle) => this.held.delete(handle)));
    this.deleting ??= this.deleteAll();
    if (this.held.size < mostHeld) this.waiting?.();
    if (this.held.size === 0) this.stop();
  }

  /**
   * Resolves when there is room for more.
   *
   * @throws SyncError `aborted`
   */
  async room(signal: AbortSignal): Promise<void> {
    if (this.held.size < mostHeld) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting = resolve;
    await unlessStopped(promise, signal, toSyncError);
  }

  /** Resolves when all that is done is deleted, as far as it can be. */
  async deleted(): Promise<void> {
    await this.deleting;
  }

  /** Hides no longer what is held: it comes again after a while. */
  stop(): void {
    clearInterval(this.renewal);
    this.renewal = undefined;
  }

  /** Does not keep the process alive. */
  private renewing(): Timer {
    return setInterval(() => void this.renew(), renewalMs).unref();
  }

  private async renew(): Promise<void> {
    for (const some of batchesOf([...this.held], mostAtOnce)) {
      await this.client.hide(some, hiddenSeconds, this.signal).catch(ignore);
    }
  }

  private async deleteAll(): Promise<void> {
    // What is settled in the same moment goes together.
    await Promise.resolve();
    while (this.done.length > 0) {
      const some = this.done.splice(0, mostAtOnce);
      await this.client.remove(some, this.signal).catch(ignore);
    }
    this.deleting = undefined;
  }
}

function ignore(): void {}
