/**
 * A reader of bytes that are published with other attributes than the file itself has, or instead of its own bytes.
 *
 * @module
 */
import type { Attributes, ObjectInfo } from "../core/object.ts";
import type { PieceSink, Reader, Ticket } from "../store/store.ts";

/** Reads. Closes both readers. */
export class DressedReader implements Reader {
  readonly info: ObjectInfo;
  readonly ticket: Ticket | undefined;
  readonly stream?: (offset: number, length: number) => AsyncIterable<Uint8Array>;

  /**
   * @param content what is read
   * @param origin the file that it was made of, if that is another one
   */
  constructor(
    private readonly content: Reader,
    attributes: Attributes,
    private readonly origin: Reader = content,
  ) {
    this.info = { ...content.info, mtimeMs: origin.info.mtimeMs, attributes };
    this.ticket = content.ticket;
    if (content.stream !== undefined) this.stream = content.stream.bind(content);
  }

  bytes(signal: AbortSignal): Promise<Uint8Array> {
    return this.content.bytes(signal);
  }

  read(offset: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.content.read(offset, into, signal);
  }

  readPieces(offset: number, length: number, sink: PieceSink, signal: AbortSignal): Promise<void> {
    return this.content.readPieces(offset, length, sink, signal);
  }

  verifyUnchanged(): Promise<void> {
    return this.origin.verifyUnchanged();
  }

  async close(): Promise<void> {
    await this.content.close();
    if (this.origin !== this.content) await this.origin.close();
  }
}
