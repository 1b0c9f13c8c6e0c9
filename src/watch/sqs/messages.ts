/**
 * What a queue gives: pure.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";
import { fieldsIn, fieldsOf } from "../../core/json.ts";

/** A message that was taken, and is still in the queue. */
export interface QueueMessage {
  /** By what it is deleted, or hidden for longer. */
  readonly handle: string;
  readonly body: string;
}

/**
 * Reads the answer to ReceiveMessage.
 *
 * @throws SyncError `protocol`, to be tried again, when it is none
 */
export function receivedMessages(text: string): QueueMessage[] {
  const answer = fieldsIn(text);
  if (answer === undefined) throw senseless();
  const { Messages: messages = [] } = answer;
  if (!Array.isArray(messages)) throw senseless();
  return messages.map((each: unknown) => {
    const { ReceiptHandle: handle, Body: body } = fieldsOf(each) ?? {};
    if (typeof handle !== "string" || typeof body !== "string") throw senseless();
    return { handle, body };
  });
}

function senseless(): SyncError {
  return new SyncError("protocol", "the queue's answer makes no sense", { retryable: true });
}
