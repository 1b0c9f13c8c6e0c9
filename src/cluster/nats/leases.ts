/**
 * Tasks that this worker holds: kept alive until they are done or given back.
 *
 * @module
 */
import { type Msg, nanos, TimeoutError } from "@nats-io/transport-node";

import type { Lease, TaskName } from "../ground.ts";
import type { Connection } from "./connection.ts";

const isDone = "+ACK";
const isInWork = "+WPI";
const isGivenBack = "-NAK";
/** A server that is there and does not confirm it so often never will: it knows another state. */
const mostSilences = 3;

/** All that one worker holds. Dispose of it. */
export class Leases implements Disposable {
  private readonly held = new Set<Msg>();
  private readonly timer: Timer;

  /** @param leaseMs after which time without a word the servers give a task to somebody else */
  constructor(
    private readonly connection: Connection,
    readonly leaseMs: number,
  ) {
    // Two of three may get lost.
    this.timer = setInterval(() => this.tell(), leaseMs / 3);
  }

  /** Keeps a task from now on. */
  hold(name: TaskName, message: Msg): Lease {
    this.held.add(message);
    return {
      ...name,
      done: () => this.end(message, isDone),
      giveBack: (delayMs = 0) => this.end(message, givenBack(delayMs)),
    };
  }

  /** What is still held goes to others at once. */
  [Symbol.dispose](): void {
    clearInterval(this.timer);
    for (const message of this.held) giveBack(message);
    this.held.clear();
  }

  private tell(): void {
    if (this.connection.ended.aborted) return;
    for (const message of this.held) message.respond(isInWork);
  }

  /**
   * If no answer comes, somebody gets the task once more, reads its record and sees that it is done: this is no reason
   * to stop.
   */
  private async end(message: Msg, word: string): Promise<void> {
    if (!this.held.has(message)) return;
    const { nats, answerMs: timeout } = this.connection;
    let silences = 0;
    await this.connection.run("end-task", async () => {
      if (silences === mostSilences) return;
      try {
        await nats.request(message.reply ?? "", word, { timeout });
      } catch (thrown) {
        if (thrown instanceof TimeoutError) silences += 1;
        throw thrown;
      }
    });
    this.held.delete(message);
  }
}

/** Gives a task back without waiting for an answer. */
export function giveBack(message: Msg): void {
  message.respond(isGivenBack);
}

/** Servers take no fractions: they would give it to the next at once. */
function givenBack(delayMs: number): string {
  return delayMs === 0
    ? isGivenBack
    : `${isGivenBack} ${JSON.stringify({ delay: nanos(Math.ceil(delayMs)) })}`;
}
