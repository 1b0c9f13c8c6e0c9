/**
 * Records on NATS: buckets, written in the way of its key-value stores, and read by their tools.
 *
 * Each write has an id, which the servers know for two minutes and keep with what was written. By it a write whose answer
 * was lost is known again, so that what we have done ourselves is not taken for somebody else's.
 *
 * @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-8.md
 * @module
 */
import type { JetStreamPublishOptions, StoredMsg } from "@nats-io/jetstream";
import { headers, type Msg, type MsgHdrs } from "@nats-io/transport-node";

import type { Records, Removed, Stored } from "../ground.ts";
import { checkedKey, checkedPrefix, recordText } from "../words.ts";
import type { Connection } from "./connection.ts";
import { apiCode, codes, Passing } from "./failures.ts";
import { positionOf } from "./pull.ts";
import { follow, lastSequence, type Part, untilStopped, walk } from "./reading.ts";
import type { Bucket } from "./streams.ts";

const operationHeader = "KV-Operation";
const markerHeader = "Nats-Marker-Reason";
const idHeader = "Nats-Msg-Id";
/** Whoever watches has been told by then, or begins anew. */
const markerLifetime = "1h";

type Change = Stored | Removed;

/** One bucket. */
export class NatsRecords implements Records {
  constructor(
    private readonly connection: Connection,
    private readonly place: Bucket,
  ) {}

  async get(key: string): Promise<Stored | undefined> {
    const found = await this.connection.run("get-record", () => this.last(checkedKey(key)));
    if (found === undefined || isMarker(found.header)) return undefined;
    return { key, value: found.json(), revision: found.seq };
  }

  async create(key: string, value: unknown): Promise<number | undefined> {
    const text = recordText(value, key);
    const made = await this.write(key, text, 0);
    if (made !== undefined) return made;
    // What says that it is gone counts as nothing.
    const found = await this.connection.run("get-record", () => this.last(key));
    if (found === undefined || !isMarker(found.header)) return undefined;
    return await this.write(key, text, found.seq);
  }

  async update(key: string, value: unknown, revision: number): Promise<number | undefined> {
    return await this.write(key, recordText(value, key), revision);
  }

  async put(key: string, value: unknown): Promise<number> {
    return await this.send(checkedKey(key), recordText(value, key), { msgID: crypto.randomUUID() });
  }

  /** A word that it is gone stays in its place, for those who watch; not for ever, where servers can do that. */
  async remove(key: string, revision?: number): Promise<boolean> {
    const marker = headers();
    marker.set(operationHeader, "DEL");
    const ttl = this.place.hasLifetimes ? { ttl: markerLifetime } : {};
    const options = { headers: marker, ...ttl };
    if (revision !== undefined) {
      return (await this.write(key, "", revision, options)) !== undefined;
    }
    await this.send(checkedKey(key), "", { ...options, msgID: crypto.randomUUID() });
    return true;
  }

  async clear(prefix: string): Promise<void> {
    const { stream, filter } = this.below(prefix);
    await this.connection.run("clear-records", () =>
      this.connection.manager.streams.purge(stream, { filter }),
    );
  }

  async *all(prefix: string): AsyncIterable<Stored> {
    for await (const message of walk(this.connection, this.below(prefix), { kind: "last" })) {
      const change = this.changeOf(message);
      if (change.value !== undefined) yield change;
    }
  }

  watch(prefix: string, signal: AbortSignal): ReturnType<Records["watch"]> {
    return untilStopped(this.changes(this.below(prefix), signal), signal);
  }

  /** Tells what there is, and what comes after the last of that. */
  private async *changes(part: Part, signal: AbortSignal): AsyncGenerator<Change | undefined> {
    let seen = await lastSequence(this.connection, part.stream);
    let last = 0;
    for await (const message of walk(this.connection, part, { kind: "last" })) {
      last = positionOf(message).sequence;
      const change = this.changeOf(message);
      if (change.value !== undefined) yield change;
    }
    yield undefined;
    if (last > 0) seen = last;
    for await (const message of follow(this.connection, part, seen, signal)) {
      yield this.changeOf(message);
    }
  }

  private below(prefix: string): Part {
    return { stream: this.place.stream, filter: `${this.place.subject}${checkedPrefix(prefix)}>` };
  }

  private changeOf(message: Msg): Change {
    const key = message.subject.slice(this.place.subject.length);
    const revision = positionOf(message).sequence;
    const value: unknown = isMarker(message.headers) ? undefined : message.json();
    return { key, value, revision };
  }

  /** What a key holds now, be it the word that it is gone. */
  private async last(key: string): Promise<StoredMsg | undefined> {
    const { streams } = this.connection.manager;
    const query = { last_by_subj: `${this.place.subject}${key}` };
    return (await streams.getMessage(this.place.stream, query)) ?? undefined;
  }

  private async send(
    key: string,
    text: string,
    options: Partial<JetStreamPublishOptions>,
  ): Promise<number> {
    const { js } = this.connection;
    const subject = `${this.place.subject}${key}`;
    const { seq } = await this.connection.run("put-record", () =>
      js.publish(subject, text, options),
    );
    return seq;
  }

  /**
   * Writes if a record is in some state.
   *
   * @param revision 0: there is none
   * @param options what it is published with
   * @returns `undefined`: it is in another state, and not by us
   */
  private async write(
    key: string,
    text: string,
    revision: number,
    options: Partial<JetStreamPublishOptions> = {},
  ): Promise<number | undefined> {
    const subject = `${this.place.subject}${checkedKey(key)}`;
    const msgID = crypto.randomUUID();
    const expect = { lastSubjectSequence: revision };
    return await this.connection.run("write-record", async (isRepeated) => {
      try {
        const published = { ...options, msgID, expect };
        return (await this.connection.js.publish(subject, text, published)).seq;
      } catch (thrown) {
        const code = apiCode(thrown);
        if (code !== codes.wrongSequence && code !== codes.sequenceUnknown) throw thrown;
        const found = await this.last(key);
        if (found?.header.get(idHeader) === msgID) return found.seq;
        // Another write was under way, and came to nothing: ours is tried again.
        if (code === codes.sequenceUnknown && (found?.seq ?? 0) === revision)
          throw new Passing("another write");
        const isKnown = this.place.isReplicated || !isRepeated;
        return isKnown ? undefined : await this.earlier(subject, msgID);
      }
    });
  }

  /**
   * Whether a write was carried out whose record somebody has changed since. Several servers say so when they get the same
   * once more. One alone looks at the state of the record first; but it tells of a message that it knows before it looks
   * at a condition that cannot hold. (Several must not be asked so: they would fall out over it.)
   */
  private async earlier(subject: string, msgID: string): Promise<number | undefined> {
    try {
      const expect = { lastMsgID: "none of ours" };
      return (await this.connection.js.publish(subject, "", { msgID, expect })).seq;
    } catch (thrown) {
      if (apiCode(thrown) === codes.lastMessageId) return undefined;
      throw thrown;
    }
  }
}

function isMarker(found: MsgHdrs | undefined): boolean {
  return found !== undefined && (found.get(operationHeader) !== "" || found.has(markerHeader));
}
