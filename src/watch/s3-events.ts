/**
 * Notifications about objects, as S3 and MinIO write them, and what may have changed by them: pure.
 *
 * They come in three forms. Records, as S3 hands them to a queue (MinIO's are alike); the same in an envelope of SNS;
 * and events of EventBridge, whose keys are as they are.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
 * @module
 */
import { type Fields, fieldsIn, fieldsOf } from "../core/json.ts";
import { asKey } from "../core/key.ts";
import { uriDecoded } from "../core/uri.ts";
import type { Hint } from "./hints.ts";

/** What is watched. */
export interface WatchedPlace {
  /** `undefined`: every bucket. An access point does not go by the name of its own. */
  readonly bucket: string | undefined;
  readonly prefix: string;
  /** How records spell keys: encoded as in a form, or, where MinIO is listened to, as they are. */
  readonly keys: "encoded" | "plain";
}

/** What a message says. */
export type Notification =
  /** About objects; without hints, about none that matter. */
  | { readonly kind: "changes"; readonly hints: readonly Hint[] }
  /** It is of somebody else, or cannot be read. */
  | { readonly kind: "foreign" };

const foreign: Notification = { kind: "foreign" };
const nothing: Notification = { kind: "changes", hints: [] };
/** S3's own limit, in bytes. */
const longestKey = 1024;
/** An event of EventBridge in an envelope of SNS is two. */
const mostEnvelopes = 2;
/** That somebody has read an object changes nothing, and may have been us. MinIO tells it where it is asked to. */
const aboutReading = /^(?:s3:)?ObjectAccessed:/;
/** Of EventBridge, all but reading: the details that S3 sends begin so. */
const aboutObjects = /^Object /;

/**
 * Reads a message.
 *
 * @param text JSON, by whoever can write to the queue: whatever it says, only keys of the place come of it
 */
export function readNotification(text: string, place: WatchedPlace): Notification {
  return readText(text, place, 0);
}

function readText(text: string, place: WatchedPlace, envelopes: number): Notification {
  const message = fieldsIn(text);
  if (message === undefined) return foreign;
  const { Records: records, Type: type, Message: inner } = message;
  if (Array.isArray(records)) return ofRecords(records, place);
  if (message["Event"] === "s3:TestEvent") return nothing;
  if (message["source"] === "aws.s3") return ofEvent(message, place);
  if (type === "Notification" && typeof inner === "string" && envelopes < mostEnvelopes) {
    return readText(inner, place, envelopes + 1);
  }
  return foreign;
}

function ofRecords(records: readonly unknown[], place: WatchedPlace): Notification {
  const found = records.map((record) => ofRecord(fieldsOf(record), place));
  if (found.length > 0 && found.every((hint) => hint === "foreign")) return foreign;
  return { kind: "changes", hints: distinct(found) };
}

function ofRecord(record: Fields | undefined, place: WatchedPlace): Hint | "foreign" | undefined {
  const { eventName, s3 } = record ?? {};
  const bucket = fieldsOf(fieldsOf(s3)?.["bucket"])?.["name"];
  if (typeof eventName !== "string" || typeof bucket !== "string") return "foreign";
  const key = fieldsOf(fieldsOf(s3)?.["object"])?.["key"];
  if (!isWatched(bucket, place) || aboutReading.test(eventName)) return undefined;
  // Without a key it is about the bucket itself.
  if (typeof key !== "string") return undefined;
  return hintOf(place.keys === "plain" ? key : decoded(key), place);
}

function ofEvent(event: Fields, place: WatchedPlace): Notification {
  const type = event["detail-type"];
  if (typeof type !== "string" || !aboutObjects.test(type)) return foreign;
  const detail = fieldsOf(event["detail"]);
  const bucket = fieldsOf(detail?.["bucket"])?.["name"];
  const key = fieldsOf(detail?.["object"])?.["key"];
  if (typeof bucket !== "string" || typeof key !== "string") return foreign;
  if (!isWatched(bucket, place)) return nothing;
  return { kind: "changes", hints: distinct([hintOf(key, place)]) };
}

function isWatched(bucket: string, place: WatchedPlace): boolean {
  return place.bucket === undefined || bucket === place.bucket;
}

/** @param key in full; `undefined` where it cannot be read: then it may be any */
function hintOf(key: string | undefined, { prefix }: WatchedPlace): Hint | undefined {
  if (key?.isWellFormed() !== true) return { kind: "all" };
  const isPossible = key.length > prefix.length && Buffer.byteLength(key) <= longestKey;
  if (!isPossible || !key.startsWith(prefix)) return undefined;
  return { kind: "key", key: asKey(key.slice(prefix.length)) };
}

/** As a form is: `+` is a space, and all but letters and digits may be escaped. */
function decoded(key: string): string | undefined {
  return uriDecoded(key.replaceAll("+", " "));
}

/** What one message says twice is looked at once. */
function distinct(found: readonly (Hint | "foreign" | undefined)[]): Hint[] {
  const hints = new Map<string, Hint>();
  for (const hint of found) {
    if (hint === undefined || hint === "foreign") continue;
    hints.set(hint.kind === "key" ? `=${hint.key}` : hint.kind, hint);
  }
  return [...hints.values()];
}
