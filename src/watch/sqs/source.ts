/**
 * Changes that a queue of SQS tells of: S3 writes notifications there, by itself or by way of SNS or EventBridge.
 *
 * @module
 */
import { pause } from "../../core/cancel.ts";
import { isError, SyncError, toSyncError } from "../../core/errors.ts";
import type { ChangeSource, HearDeafness, Hint, HintSink } from "../hints.ts";
import { readNotification, type WatchedPlace } from "../s3-events.ts";
import type { QueueClient } from "./client.ts";
import { HeldMessages, hiddenSeconds } from "./held-messages.ts";
import type { QueueMessage } from "./messages.ts";

/** How long the service waits for a message before it answers that there is none. */
const pollSeconds = 20;
/** The client has tried again already: whatever it is takes longer. */
const outageMs = 10_000;

/** Hears of what needs somebody's attention, and does not end the watch. */
export type HearTrouble = (error: SyncError) => void;

/** Listens to a queue. */
export class QueueSource implements ChangeSource {
  private hasToldForeign = false;

  constructor(
    readonly name: string,
    private readonly client: Pick<QueueClient, "receive" | "remove" | "hide">,
    private readonly place: WatchedPlace,
    private readonly warn: HearTrouble,
  ) {}

  /**
   * Takes what is in the queue already, and goes on with what comes.
   *
   * @throws SyncError when the queue cannot be asked at all; what fails later and may pass is tried for ever
   */
  async begin(
    hear: HintSink,
    signal: AbortSignal,
    deaf: HearDeafness,
  ): Promise<{ readonly ended: Promise<void> }> {
    const held = new HeldMessages(this.client);
    this.take(await this.client.receive(0, hiddenSeconds, signal), held, hear);
    return { ended: this.listen(held, hear, signal, deaf) };
  }

  private async listen(
    held: HeldMessages,
    hear: HintSink,
    signal: AbortSignal,
    deaf: HearDeafness,
  ): Promise<void> {
    try {
      for (let isAway = false; !signal.aborted;) {
        await held.room(signal);
        const why = await this.takeNext(held, hear, signal, isAway ? 0 : pollSeconds);
        if (why !== undefined || isAway) deaf(why);
        isAway = why !== undefined;
        if (isAway) await pause(outageMs, signal);
      }
    } catch (thrown) {
      if (!isError(thrown, "aborted")) {
        held.stop();
        throw thrown;
      }
    }
    await held.deleted();
  }

  /** @returns why the queue could not be asked, if that may pass: its messages stay there */
  private async takeNext(
    held: HeldMessages,
    hear: HintSink,
    signal: AbortSignal,
    seconds: number,
  ): Promise<SyncError | undefined> {
    try {
      this.take(await this.client.receive(seconds, hiddenSeconds, signal), held, hear);
      return undefined;
    } catch (thrown) {
      const error = toSyncError(thrown);
      if (!error.retryable) throw error;
      return error;
    }
  }

  private take(messages: readonly QueueMessage[], held: HeldMessages, hear: HintSink): void {
    const hints: Hint[] = [];
    const about: string[] = [];
    const idle: string[] = [];
    for (const { handle, body } of messages) {
      const read = readNotification(body, this.place);
      if (read.kind === "foreign") this.tellForeign();
      else {
        (read.hints.length === 0 ? idle : about).push(handle);
        hints.push(...read.hints);
      }
    }
    held.hold([...idle, ...about]);
    held.settle(idle);
    if (about.length > 0) hear(hints, () => held.settle(about));
  }

  /** They are somebody's, and stay: what the queue does with them is for its owner to say. */
  private tellForeign(): void {
    if (this.hasToldForeign) return;
    this.hasToldForeign = true;
    this.warn(
      new SyncError("protocol", `${this.name} has messages that are no notifications of S3`, {
        hint: "They are left there. Give the watch a queue of its own.",
      }),
    );
  }
}
