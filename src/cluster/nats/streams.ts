/**
 * The streams and buckets of a ground: made by whoever comes first, and used as they are by all others.
 *
 * @module
 */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { millis, nanos } from "@nats-io/transport-node";

import { SyncError } from "../../core/errors.ts";
import { checkedWord } from "../words.ts";
import type { Connection } from "./connection.ts";
import { apiCode, codes } from "./failures.ts";
import type { NatsOptions } from "./options.ts";
import { isAtLeast } from "./server-version.ts";

/** How long a server knows by its id what it has been told before: longer than any answer is waited for. */
const duplicatesMs = 120_000;
const usualLeaseMs = 30_000;
const usualPresenceMs = 30_000;
const notesMs = 30 * 24 * 3_600_000;
const mostNotes = 1_000_000;
const mostReplicas = 3;
const consumer = "workers";
/** Workers that wait for a task at the same time. */
const mostWaiting = 16_384;
/** Since then a message can say how long it is to be kept. */
const withLifetimes = [2, 11] as const;

/** A stream, and what its subjects begin with. */
export interface StreamPlace {
  readonly stream: string;
  /** Ends with a `.`. */
  readonly subject: string;
}

/** A bucket as it was found. */
export interface Bucket extends StreamPlace {
  /** Several servers keep it, and agree on each write. */
  readonly isReplicated: boolean;
  /** A message can say how long it is to be kept. */
  readonly hasLifetimes: boolean;
}

/** All streams of a ground. */
export interface Streams {
  readonly tasks: StreamPlace & {
    readonly consumer: string;
    /** After so long without a word a task goes to somebody else, in milliseconds. */
    readonly leaseMs: number;
  };
  readonly records: Bucket;
  readonly presence: Bucket;
  readonly notes: StreamPlace;
}

/** Makes what is not there yet. Records are what the `nats kv` tool takes for a bucket. */
export async function makeStreams(connection: Connection, options: NatsOptions): Promise<Streams> {
  const { prefix = "S3SYNC", replicas, presenceMs = usualPresenceMs } = options;
  checkedWord(prefix);
  const make = async (place: StreamPlace, shape: Partial<StreamConfig>): Promise<Bucket> => {
    const config = await makeStream(connection, place, shape, replicas);
    const hasLifetimes = config.allow_msg_ttl === true;
    return { ...place, isReplicated: config.num_replicas > 1, hasLifetimes };
  };
  const bucket = (name: string): StreamPlace => ({
    stream: `KV_${prefix}_${name}`,
    subject: `$KV.${prefix}_${name}.`,
  });
  const list = (name: string): StreamPlace => ({
    stream: `${prefix}_${name}`,
    subject: `${prefix}.${name.toLowerCase()}.`,
  });
  const allow_msg_ttl = isAtLeast(connection.nats, withLifetimes);
  const queue = list("TASKS");
  await make(queue, { retention: RetentionPolicy.Workqueue, ...remembering(duplicatesMs) });
  const leaseMs = await makeConsumer(connection, queue, options.leaseMs ?? usualLeaseMs);
  const records = await make(bucket("RECORDS"), {
    ...{ ...bucketShape, allow_msg_ttl },
    ...remembering(duplicatesMs),
  });
  const presence = await make(bucket("PRESENCE"), {
    ...{ ...bucketShape, max_age: nanos(presenceMs) },
    ...remembering(Math.min(duplicatesMs, presenceMs)),
  });
  const notes = list("NOTES");
  const limits = { max_age: nanos(notesMs), max_msgs: mostNotes };
  await make(notes, { ...limits, ...remembering(duplicatesMs) });
  return { tasks: { ...queue, consumer, leaseMs }, records, presence, notes };
}

function remembering(milliseconds: number): Partial<StreamConfig> {
  return { duplicate_window: nanos(milliseconds) };
}

/** Of each record only the last state is kept. Reads go to the leader: others may lag behind what we have just written. */
const bucketShape: Partial<StreamConfig> = {
  ...{ max_msgs_per_subject: 1, discard: DiscardPolicy.New },
  ...{ allow_rollup_hdrs: true, deny_delete: true, allow_direct: false },
};

async function makeStream(
  connection: Connection,
  { stream, subject }: StreamPlace,
  shape: Partial<StreamConfig>,
  replicas: number | undefined,
): Promise<StreamConfig> {
  const most = replicas ?? (connection.isCluster ? mostReplicas : 1);
  for (let copies = most; copies > 0; copies -= 1) {
    const found = await streamConfig(connection, stream);
    if (found !== undefined) return found;
    const config = { storage: StorageType.File, ...shape, num_replicas: copies };
    const named = { name: stream, subjects: [`${subject}>`], ...config };
    const made = await addStream(connection, named);
    if (made !== "too-few-servers") return made;
    if (replicas !== undefined) break;
  }
  throw new SyncError("server", `there are not ${most} NATS servers to keep ${stream}`, {
    hint: "Fewer copies can be asked for.",
  });
}

/** How a stream is; `undefined`: there is none. */
async function streamConfig(
  connection: Connection,
  stream: string,
): Promise<StreamConfig | undefined> {
  return await connection.run("stream-info", async () => {
    try {
      return (await connection.manager.streams.info(stream)).config;
    } catch (thrown) {
      if (apiCode(thrown) === codes.streamNotFound) return undefined;
      throw thrown;
    }
  });
}

async function addStream(
  connection: Connection,
  config: Partial<StreamConfig> & { readonly name: string },
): Promise<StreamConfig | "too-few-servers"> {
  return await connection.run("make-stream", async () => {
    const { streams } = connection.manager;
    try {
      return (await streams.add(config)).config;
    } catch (thrown) {
      const code = apiCode(thrown);
      // Somebody else was faster, with settings of theirs.
      if (code === codes.nameInUse) return (await streams.info(config.name)).config;
      if (code === codes.noPeers || code === codes.noReplicas) return "too-few-servers";
      throw thrown;
    }
  });
}

/**
 * Makes the one consumer that hands out tasks to all workers, if it is not there: who only looks may not make any.
 *
 * @returns after which time without a word, in milliseconds, it gives a task to somebody else: whoever made it said so
 */
export async function makeConsumer(
  connection: Connection,
  { stream }: StreamPlace,
  leaseMs: number,
): Promise<number> {
  const { consumers } = connection.manager;
  const { config } = await connection.run("make-consumer", async () => {
    try {
      return await consumers.info(stream, consumer);
    } catch (thrown) {
      if (apiCode(thrown) !== codes.consumerNotFound) throw thrown;
    }
    try {
      return await consumers.add(stream, consumerShape(leaseMs));
    } catch (thrown) {
      const code = apiCode(thrown);
      if (code !== codes.consumerExists && code !== codes.consumerNameInUse) throw thrown;
      // Somebody else was faster, with another time.
      return await consumers.info(stream, consumer);
    }
  });
  return millis(config.ack_wait ?? nanos(leaseMs));
}

function consumerShape(leaseMs: number): Partial<ConsumerConfig> {
  return {
    ...{ durable_name: consumer, deliver_policy: DeliverPolicy.All },
    ...{ ack_policy: AckPolicy.Explicit, ack_wait: nanos(leaseMs) },
    // How often something is tried is up to its record. And as many may be in work as there are workers.
    ...{ max_deliver: -1, max_ack_pending: -1, max_waiting: mostWaiting },
  };
}
