/**
 * What a cluster stands on, on servers of NATS with JetStream.
 *
 * @module
 */
import type { Ground } from "../ground.ts";
import { openConnection } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { Leases } from "./leases.ts";
import { NatsNotes } from "./notes.ts";
import type { NatsOptions } from "./options.ts";
import { NatsRecords } from "./records.ts";
import { makeStreams, type Streams } from "./streams.ts";
import { NatsTasks } from "./tasks.ts";

/**
 * Connects, and makes what is not there yet.
 *
 * @param signal ends whatever waits
 * @throws SyncError `usage`, `credentials`, `certificate`, `network`, `unsupported`, `aborted`
 */
export async function openNatsGround(options: NatsOptions, signal: AbortSignal): Promise<Ground> {
  const connection = await openConnection(options, signal);
  try {
    const streams = await makeStreams(connection, options);
    return new NatsGround(connection, streams);
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

class NatsGround implements Ground {
  readonly name: string;
  readonly tasks: NatsTasks;
  readonly records: NatsRecords;
  readonly presence: NatsRecords;
  readonly notes: NatsNotes;
  private readonly leases: Leases;

  constructor(
    private readonly connection: Connection,
    streams: Streams,
  ) {
    this.name = connection.name;
    this.leases = new Leases(connection, streams.tasks.leaseMs);
    this.tasks = new NatsTasks(connection, streams.tasks, this.leases);
    this.records = new NatsRecords(connection, streams.records);
    this.presence = new NatsRecords(connection, streams.presence);
    this.notes = new NatsNotes(connection, streams.notes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leases[Symbol.dispose]();
    await this.connection[Symbol.asyncDispose]();
  }
}
