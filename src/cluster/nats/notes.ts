/**
 * Notes on NATS: a stream that keeps so many, for so long.
 *
 * @module
 */
import type { Note, Notes } from "../ground.ts";
import { checkedWord, recordText } from "../words.ts";
import type { Connection } from "./connection.ts";
import { positionOf } from "./pull.ts";
import { walk } from "./reading.ts";
import type { StreamPlace } from "./streams.ts";

/** The notes of all jobs. */
export class NatsNotes implements Notes {
  constructor(
    private readonly connection: Connection,
    private readonly place: StreamPlace,
  ) {}

  async add(job: string, id: string, value: unknown): Promise<void> {
    const subject = this.subjectOf(job);
    const options = { msgID: `${job}.${checkedWord(id)}` };
    const text = recordText(value, `${job}.${id}`);
    await this.connection.run("add-note", () => this.connection.js.publish(subject, text, options));
  }

  async *read(job: string, after: number): AsyncIterable<Note> {
    const part = { stream: this.place.stream, filter: this.subjectOf(job) };
    for await (const message of walk(this.connection, part, { kind: "after", sequence: after })) {
      yield { sequence: positionOf(message).sequence, value: message.json() };
    }
  }

  async clear(job: string): Promise<void> {
    const filter = this.subjectOf(job);
    await this.connection.run("clear-notes", () =>
      this.connection.manager.streams.purge(this.place.stream, { filter }),
    );
  }

  private subjectOf(job: string): string {
    return `${this.place.subject}${checkedWord(job)}`;
  }
}
