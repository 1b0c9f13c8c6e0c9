/**
 * A reader of what lies in memory already.
 *
 * @module
 */
import type { ObjectInfo } from "../core/object.ts";
import type { PieceSink, Reader } from "./store.ts";

/** Reads bytes that are there. */
export class HeldBytes implements Reader {
  readonly ticket = undefined;

  constructor(
    readonly info: ObjectInfo,
    private readonly content: Uint8Array,
  ) {}

  async bytes(): Promise<Uint8Array> {
    return this.content;
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    into.set(this.content.subarray(offset, offset + into.byteLength));
  }

  async readPieces(offset: number, length: number, sink: PieceSink): Promise<void> {
    await sink(this.content.subarray(offset, offset + length));
  }

  async *stream(offset: number, length: number): AsyncGenerator<Uint8Array, void, undefined> {
    yield this.content.subarray(offset, offset + length);
  }

  async verifyUnchanged(): Promise<void> {}

  async close(): Promise<void> {}
}
