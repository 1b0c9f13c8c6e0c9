/**
 * What `--source-events` names: a queue, or the server itself.
 *
 * @module
 */
import { placeName } from "../config/place.ts";
import { listenWord, parseQueue } from "../config/queue.ts";
import type { Config } from "../config/shape.ts";
import { noLongerThan } from "../core/cancel.ts";
import { SyncError } from "../core/errors.ts";
import { openDirect, type S3Options } from "../store/s3/open.ts";
import { requireKnownProxy } from "../store/s3/wire/proxy.ts";
import { s3OptionsOf } from "../sync/opening/s3-options.ts";
import type { ChangeSource, HearDeafness, HintSink } from "./hints.ts";
import { listeningPatience, ListenSource } from "./listen-source.ts";
import { QueueClient } from "./sqs/client.ts";
import { type HearTrouble, QueueSource } from "./sqs/source.ts";

/** What is done at the end is waited for so long. */
const lastMs = 5000;

/** What tells of changes in the source, asked with the source's keys. It is opened when it begins. */
export class EventSource implements ChangeSource {
  readonly name: string;
  private opened: ChangeSource | undefined;
  private ended: Promise<void> | undefined;

  /**
   * @param named `--source-events`
   * @param warn hears of what needs somebody's attention, and does not end the watch
   */
  constructor(
    private readonly config: Config,
    private readonly named: string,
    private readonly warn: HearTrouble,
  ) {
    this.name = named === listenWord ? placeName(config.source) : named;
  }

  async begin(
    hear: HintSink,
    signal: AbortSignal,
    deaf: HearDeafness,
  ): Promise<{ readonly ended: Promise<void> }> {
    this.opened ??= await open(this.config, this.named, this.warn);
    const begun = await this.opened.begin(hear, signal, deaf);
    this.ended = begun.ended;
    return begun;
  }

  /** Resolves when what was settled is done, too: a queue is told of it. */
  async finished(): Promise<void> {
    if (this.ended !== undefined) await noLongerThan(lastMs, this.ended.catch(ignore));
  }
}

async function open(config: Config, named: string, warn: HearTrouble): Promise<ChangeSource> {
  const { source: place } = config;
  if (place.kind !== "s3") throw new SyncError("usage", "--source-events is about a bucket");
  const { bucket, prefix } = place;
  const options: S3Options = { ...s3OptionsOf(config, "source"), bucket, prefix };
  const watched = { bucket: bucket.startsWith("arn:") ? undefined : bucket, prefix };
  if (named === listenWord) {
    const { client } = await openDirect(whileListening(options), ignore);
    return new ListenSource(placeName(place), client, { ...watched, keys: "plain" });
  }
  const asked = await openQueue(named, options);
  return new QueueSource(named, asked, { ...watched, keys: "encoded" }, warn);
}

async function openQueue(named: string, options: S3Options): Promise<QueueClient> {
  const queue = parseQueue(named);
  if (queue === undefined) throw new SyncError("usage", "--source-events names no queue");
  requireKnownProxy(new URL(queue.origin), options.proxies);
  const { client, connections, credentials } = await openDirect(options, ignore);
  const { signing } = await client.endpoint();
  return new QueueClient({ ...options, queue, region: signing.region, credentials, connections });
}

/** It does not end by itself, and the loop begins it again. */
function whileListening(options: S3Options): S3Options {
  const retry = { ...options.retry, maxAttempts: 1 };
  return { ...options, retry, patience: listeningPatience, operationMs: 0 };
}

function ignore(): void {}
