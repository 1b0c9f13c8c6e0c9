/**
 * What a queue gives: pure.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";

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
  const { Messages: messages = [] } = answered(text);
  if (!Array.isArray(messages)) throw senseless();
  return messages.map((each: unknown) => {
    const { ReceiptHandle: handle, Body: body }: Record<string, unknown> = { ...Object(each) };
    if (typeof handle !== "string" || typeof body !== "string") throw senseless();
    return { handle, body };
  });
}

function answered(text: string): { readonly Messages?: unknown } {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null && !Array.isArray(answer)) return answer;
  } catch {
    // Not JSON either.
  }
  throw senseless();
}

function senseless(): SyncError {
  return new SyncError("protocol", "the queue's answer makes no sense", { retryable: true });
}
