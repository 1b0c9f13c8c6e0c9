/**
 * What the main thread and the transfer threads say to each other. Plain data.
 *
 * @module
 */
import { type ErrorCode, type ErrorDetails, SyncError } from "../../core/errors.ts";
import type { WireEvent } from "../../store/s3/open.ts";
import type { Part, Ticket } from "../../store/store.ts";
import type { MovedPart, MoveSetup } from "../parts/move-part.ts";

/** One part to move, as plain data. */
export interface PartJob {
  readonly source: Ticket;
  readonly target: Ticket;
  readonly reader: Ticket;
  readonly writer: Ticket;
  readonly part: Part;
  readonly setup: MoveSetup;
}

/** To a thread. */
export type ThreadRequest =
  | { readonly type: "move"; readonly id: number; readonly job: PartJob }
  | { readonly type: "stop"; readonly id: number };

/** An error as plain data: classes do not survive the way between threads. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** From a thread. */
export type ThreadReply =
  | ({ readonly type: "moved"; readonly id: number } & MovedPart)
  | { readonly type: "failed"; readonly id: number; readonly error: PlainError }
  | { readonly type: "told"; readonly event: PlainEvent };

/** What requests tell, as plain data. */
export type PlainEvent =
  | Exclude<WireEvent, { type: "retry" }>
  | (Omit<Extract<WireEvent, { type: "retry" }>, "error"> & { readonly error: PlainError });

/** Makes plain data of an error. */
export function plainError(error: SyncError): PlainError {
  const { code, message, operation, bucket, key, path, status, reason, requestId } = error;
  const { hint, retryable } = error;
  const details = { operation, bucket, key, path, status, reason, requestId, hint, retryable };
  return { code, message, details };
}

/** Makes plain data of what a request tells. */
export function plainEvent(event: WireEvent): PlainEvent {
  return event.type === "retry" ? { ...event, error: plainError(event.error) } : event;
}

/** Makes an event of plain data. */
export function revivedEvent(event: PlainEvent): WireEvent {
  return event.type === "retry" ? { ...event, error: revivedError(event.error) } : event;
}

/** Makes an error of plain data. */
export function revivedError({ code, message, details }: PlainError): SyncError {
  return new SyncError(code, message, details);
}
