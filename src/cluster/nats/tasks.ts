/**
 * Tasks on NATS: a stream that messages leave when they are done, and one consumer that hands them to all workers.
 *
 * @module
 */
import type { Msg } from "@nats-io/transport-node";

import { aborted, pause, unlessStopped } from "../../core/cancel.ts";
import { toSyncError } from "../../core/errors.ts";
import { inParallel } from "../../core/parallel.ts";
import type { Lease, TaskQueue } from "../ground.ts";
import { checkedWord } from "../words.ts";
import type { Connection } from "./connection.ts";
import { LostConnection } from "./failures.ts";
import { giveBack, type Leases } from "./leases.ts";
import { pull, type Pulled } from "./pull.ts";
import { makeConsumer, type Streams } from "./streams.ts";

/** Messages on their way to the servers at the same time. */
const atOnce = 256;
/** If a leader changes, whoever waits is forgotten without a word: so nobody waits for long. */
const waitMs = 5000;
const retryMs = 400;
const missesUntilMade = 20;

/** The tasks of all jobs. */
export class NatsTasks implements TaskQueue {
  constructor(
    private readonly connection: Connection,
    private readonly place: Streams["tasks"],
    private readonly leases: Leases,
  ) {}

  /**
   * Each call has ids of its own for its messages, so that a repetition of the same request is known, and nothing else: by
   * the names of tasks, one that is put in while it is in work, or a minute after it was done, would be lost.
   */
  async add(job: string, ids: readonly string[]): Promise<void> {
    const subject = this.subjectOf(job);
    const call = crypto.randomUUID();
    const numbered = ids.map((id, index) => ({ id: checkedWord(id), msgID: `${call}.${index}` }));
    await inParallel(numbered, atOnce, ({ id, msgID }) =>
      this.connection.run("add-task", () => this.connection.js.publish(subject, id, { msgID })),
    );
  }

  async take(signal: AbortSignal): Promise<Lease> {
    const signals = [signal, this.connection.ended];
    for (let misses = 0; ; misses += 1) {
      await unlessStopped(this.connection.untilUp(), signal, toSyncError);
      const pulled = await this.ask(signals);
      const [message] = pulled === "nobody" ? [] : pulled;
      if (message !== undefined) return this.leaseOf(message);
      for (const each of signals) if (each.aborted) throw aborted(each);
      if (pulled !== "nobody") misses = 0;
      else await this.lookAfterConsumer(misses, signal);
    }
  }

  async count(job: string): Promise<number> {
    const subject = this.subjectOf(job);
    const { stream } = this.place;
    const { state } = await this.connection.run("count-tasks", () =>
      this.connection.manager.streams.info(stream, { subjects_filter: subject }),
    );
    return state.subjects?.[subject] ?? 0;
  }

  async clear(job: string): Promise<void> {
    const filter = this.subjectOf(job);
    await this.connection.run("clear-tasks", () =>
      this.connection.manager.streams.purge(this.place.stream, { filter }),
    );
  }

  private subjectOf(job: string): string {
    return `${this.place.subject}${checkedWord(job)}`;
  }

  private async ask(signals: readonly AbortSignal[]): Promise<Pulled> {
    const onLate = (message: Msg): void => giveBack(message);
    try {
      return await pull(this.connection, { ...this.place, most: 1, waitMs, onLate }, signals);
    } catch (thrown) {
      if (thrown instanceof LostConnection) return [];
      throw thrown;
    }
  }

  private leaseOf(message: Msg): Lease {
    const job = message.subject.slice(this.place.subject.length);
    return this.leases.hold({ job, id: message.string() }, message);
  }

  /** Where nobody hands out tasks a leader is being chosen; or, in the end, somebody has taken the consumer away. */
  private async lookAfterConsumer(misses: number, signal: AbortSignal): Promise<void> {
    await pause(retryMs * (0.5 + Math.random() * 0.5), signal);
    if (misses % missesUntilMade !== missesUntilMade - 1) return;
    // Nobody waits for it: without a leader it would take longer than the next try.
    makeConsumer(this.connection, this.place, this.leases.leaseMs).catch(() => undefined);
  }
}
