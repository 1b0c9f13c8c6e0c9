/**
 * What `--source-events` names, opened: a queue, or the server itself.
 *
 * @module
 */
import { placeName } from "../config/place.ts";
import type { Config } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import { openConnections, openDirect, type S3Options } from "../store/s3/open.ts";
import { requireKnownProxy } from "../store/s3/wire/proxy.ts";
import { s3OptionsOf } from "../sync/s3-options.ts";
import type { ChangeSource } from "./hints.ts";
import { listeningPatience, ListenSource } from "./listen-source.ts";
import { QueueClient } from "./sqs/client.ts";
import { parseQueue } from "./sqs/queue.ts";
import { type HearTrouble, QueueSource } from "./sqs/source.ts";

/** The word for the server that has the bucket. */
const listenWord = "listen";

/** Where notifications come from. */
export type EventsFrom =
  | { readonly kind: "listen" }
  | { readonly kind: "queue"; readonly queue: ReturnType<typeof parseQueue> };

/**
 * Reads what `--source-events` says.
 *
 * @throws SyncError `usage`
 */
export function parseEventsFrom(text: string): EventsFrom {
  if (text === listenWord) return { kind: "listen" };
  return { kind: "queue", queue: parseQueue(text) };
}

/**
 * Opens it, with the keys of the source. Nothing is asked yet.
 *
 * @param warn hears of what needs somebody's attention, and does not end the watch
 * @throws SyncError `usage` where the source is no bucket
 */
export async function openEventSource(
  config: Config,
  text: string,
  warn: HearTrouble,
): Promise<ChangeSource> {
  const from = parseEventsFrom(text);
  const { source: place } = config;
  if (place.kind !== "s3") {
    throw new SyncError("usage", "--source-events is about a bucket, and SOURCE is none");
  }
  const { bucket, prefix } = place;
  const options: S3Options = { ...s3OptionsOf(config, "source"), bucket, prefix };
  const watched = { bucket: bucket.startsWith("arn:") ? undefined : bucket, prefix };
  if (from.kind === "listen") {
    const { client } = await openDirect(whileListening(options), ignore);
    return new ListenSource(placeName(place), client, { ...watched, keys: "plain" });
  }
  const { queue } = from;
  requireKnownProxy(new URL(queue.origin), options.proxies);
  const { client, credentials } = await openDirect(options, ignore);
  const { signing } = await client.endpoint();
  const asked = new QueueClient({
    ...options,
    queue,
    region: signing.region,
    credentials,
    connections: openConnections(options, ignore),
  });
  return new QueueSource(queue.url, asked, { ...watched, keys: "encoded" }, warn);
}

/** It does not end by itself, and the loop begins it again. */
function whileListening(options: S3Options): S3Options {
  const retry = { ...options.retry, maxAttempts: 1 };
  return { ...options, retry, patience: listeningPatience, operationMs: 0 };
}

function ignore(): void {}
