/**
 * Asking a consumer for messages. The client's own ways of doing that either ask for more than is wanted now, or lose
 * what comes when they are stopped, and then nobody else has it for half a minute.
 *
 * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-13.md
 * @module
 */
import { createInbox, type Msg, nanos } from "@nats-io/transport-node";

import type { Connection } from "./connection.ts";

/** What is asked for. */
export interface Pull {
  readonly stream: string;
  readonly consumer: string;
  readonly most: number;
  /** How long to wait for the first message, in milliseconds; 0: only what is there now. */
  readonly waitMs: number;
  /** What is done with a message that nobody waits for any more. */
  readonly onLate: (message: Msg) => void;
}

/** What came. Whoever gets `"nobody"` asks again after some time: there is no leader, no such consumer, or no answer. */
export type Pulled = readonly Msg[] | "nobody";

/** No server has a reason to be silent for longer than it was asked to wait. */
const silenceMs = 2000;

/** Asks once. Ends at once when one of the signals fires. */
export async function pull(
  connection: Connection,
  asked: Pull,
  signals: readonly AbortSignal[],
): Promise<Pulled> {
  if (signals.some(({ aborted }) => aborted)) return [];
  const { nats } = connection;
  const inbox = createInbox();
  const messages: Msg[] = [];
  const { promise, resolve } = Promise.withResolvers<Pulled>();
  let isOver = false;
  const finish = (pulled: Pulled): void => {
    isOver = true;
    resolve(pulled);
  };
  const subscription = nats.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) finish("nobody");
      else if (message.subject === inbox) finish(ended(message, messages));
      else if (isOver) asked.onLate(message);
      else if (messages.push(message) === asked.most) finish(messages);
    },
  });
  const stop = (): void => finish(messages);
  for (const signal of signals) signal.addEventListener("abort", stop);
  const timer = setTimeout(() => finish("nobody"), asked.waitMs + silenceMs);
  try {
    nats.publish(subjectOf(asked), JSON.stringify(wordsOf(asked)), { reply: inbox });
    return await connection.whileUp(promise);
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener("abort", stop);
    isOver = true;
    // What the server has sent by now still comes, and then nothing more.
    subscription.drain().catch(() => undefined);
  }
}

function subjectOf({ stream, consumer }: Pull): string {
  return `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
}

function wordsOf({ most, waitMs }: Pull): object {
  return { batch: most, ...(waitMs === 0 ? { no_wait: true } : { expires: nanos(waitMs) }) };
}

/** What an answer without a message means: 404 and 408 say that there is nothing more now. */
function ended({ headers }: Msg, messages: readonly Msg[]): Pulled {
  const isAll = headers?.code === 404 || headers?.code === 408;
  return isAll || messages.length > 0 ? messages : "nobody";
}

/** Where a message stands in its stream, and in what its consumer has handed out. */
export interface Position {
  readonly sequence: number;
  readonly delivery: number;
  /** What is left for this consumer. */
  readonly pending: number;
}

/**
 * Reads the subject that a message is acknowledged by.
 *
 * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md
 */
export function positionOf({ reply = "" }: Msg): Position {
  const words = reply.split(".");
  // Newer servers have the domain and the account before the stream.
  const [, sequence, delivery, , pending] = words.slice(words.length > 9 ? 6 : 4);
  return { sequence: Number(sequence), delivery: Number(delivery), pending: Number(pending) };
}
