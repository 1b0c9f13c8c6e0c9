/**
 * Reading a stream: what is there now, and what comes. Whatever servers go away meanwhile, each message is told once, in
 * the order of the stream.
 *
 * @module
 */
import { AckPolicy, DeliverPolicy } from "@nats-io/jetstream";
import { type Msg, nanos } from "@nats-io/transport-node";

import { aborted, pause } from "../../core/cancel.ts";
import type { Connection } from "./connection.ts";
import { LostConnection } from "./failures.ts";
import { positionOf, pull, type Pulled } from "./pull.ts";

/** Messages of one request. Few enough that a million of records never are in memory. */
const batch = 256;
const patienceMs = 5000;
const retryMs = 200;
/** A reader that does not ask for so long is forgotten by the server; it then begins where it stopped. */
const forgottenMs = 60_000;

/** Some subjects of a stream. */
export interface Part {
  readonly stream: string;
  readonly filter: string;
}

/** Where to begin: with the last message of each subject, or after a sequence. */
export type Start =
  { readonly kind: "last" } | { readonly kind: "after"; readonly sequence: number };

/**
 * Tells what is there now, at least all that was there before this was asked. A reader may be with a server that lags
 * behind: only the leader of a stream knows what its last message is.
 */
export async function* walk(connection: Connection, part: Part, start: Start): AsyncGenerator<Msg> {
  let from = start;
  for (;;) {
    const last = await lastMessage(connection, part);
    if (last <= passedBy(from)) return;
    await using reader = await Reader.open(connection, part, from);
    let messages = reader.pending > 0 ? await reader.next(0, batch, []) : [];
    while (messages !== "nobody" && messages.length > 0) {
      for (const message of messages) {
        yield message;
        from = { kind: "after", sequence: positionOf(message).sequence };
      }
      messages = reader.pending > 0 ? await reader.next(0, batch, []) : [];
    }
    if (messages !== "nobody" && last <= passedBy(from)) return;
    await pause(retryMs, connection.ended);
  }
}

function passedBy(start: Start): number {
  return start.kind === "last" ? 0 : start.sequence;
}

/** Tells what comes after a sequence, until the signal fires. */
export async function* follow(
  connection: Connection,
  part: Part,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<Msg> {
  let sequence = after;
  while (!signal.aborted) {
    await using reader = await Reader.open(connection, part, { kind: "after", sequence });
    let messages: Pulled = [];
    while (messages !== "nobody") {
      for (const message of messages) {
        yield message;
        sequence = positionOf(message).sequence;
        if (signal.aborted) return;
      }
      // The next one is waited for; all that have come by then are asked for at once.
      messages = await (messages.length === 1
        ? reader.next(0, batch, [signal])
        : reader.next(patienceMs, 1, [signal]));
      if (signal.aborted) return;
    }
    await pauseUnlessStopped(connection, signal);
  }
}

/** The same, and no longer once the signal fires: what is waited for then is left alone. */
export async function* untilStopped<T>(
  source: AsyncGenerator<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const { promise: stopped, resolve } = Promise.withResolvers<"stopped">();
  const stop = (): void => resolve("stopped");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    for (;;) {
      const next = source.next();
      next.catch(() => undefined);
      const step = await Promise.race([next, stopped]);
      if (step === "stopped" || step.done === true) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    source.return(undefined).catch(() => undefined);
  }
}

/** The sequence of the last message of some subjects; 0: there is none. */
async function lastMessage(connection: Connection, { stream, filter }: Part): Promise<number> {
  const found = await connection.run("last-message", () =>
    connection.manager.streams.getMessage(stream, { last_by_subj: filter }),
  );
  return found?.seq ?? 0;
}

/** The last sequence of a stream, whatever its subject. */
export async function lastSequence(connection: Connection, stream: string): Promise<number> {
  const { state } = await connection.run("stream-info", () =>
    connection.manager.streams.info(stream),
  );
  return state.last_seq;
}

async function pauseUnlessStopped(connection: Connection, signal: AbortSignal): Promise<void> {
  try {
    await pause(retryMs, signal);
  } catch {
    // Told to stop: no error here.
  }
  if (connection.ended.aborted) throw aborted(connection.ended);
}

/** A consumer of our own that goes away with us. Dispose of it. */
class Reader implements AsyncDisposable {
  private delivery = 0;

  private constructor(
    private readonly connection: Connection,
    private readonly stream: string,
    private readonly consumer: string,
    /** What is left. */
    public pending: number,
  ) {}

  static async open(connection: Connection, part: Part, start: Start): Promise<Reader> {
    const name = `reader_${crypto.randomUUID()}`;
    const policy =
      start.kind === "last"
        ? { deliver_policy: DeliverPolicy.LastPerSubject }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.sequence + 1 };
    const info = await connection.run("read-stream", () =>
      connection.manager.consumers.add(part.stream, {
        ...{ name, ...policy, filter_subject: part.filter, ack_policy: AckPolicy.None },
        ...{ mem_storage: true, num_replicas: 1, inactive_threshold: nanos(forgottenMs) },
      }),
    );
    return new Reader(connection, part.stream, name, info.num_pending);
  }

  /** Asks for the next messages. `"nobody"`: another reader has to begin after the last one. */
  async next(waitMs: number, most: number, signals: readonly AbortSignal[]): Promise<Pulled> {
    const { connection, stream, consumer } = this;
    const asked = { stream, consumer, most, waitMs, onLate: () => undefined };
    try {
      const pulled = await pull(connection, asked, [...signals, connection.ended]);
      return pulled === "nobody" ? pulled : this.inOrder(pulled);
    } catch (thrown) {
      if (!(thrown instanceof LostConnection)) throw thrown;
      await connection.untilUp();
      return "nobody";
    }
  }

  // oxlint-disable-next-line typescript/require-await -- nobody waits for this, and it may fail
  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.manager.consumers.delete(this.stream, this.consumer).catch(() => undefined);
  }

  /** One message that was lost on the way would be lost for good. */
  private inOrder(messages: readonly Msg[]): Pulled {
    for (const message of messages) {
      const { delivery, pending } = positionOf(message);
      if (delivery !== this.delivery + 1) return "nobody";
      this.delivery = delivery;
      this.pending = pending;
    }
    return messages;
  }
}
