/**
 * A store from which bytes come at an even pace.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import type { ObjectInfo } from "../../core/object.ts";
import type { Pace } from "../../core/pace.ts";
import type { PieceSink, Reader, Store } from "../store.ts";
import { Wrapper } from "./wrapper.ts";

/** So often a second bytes pass, at least, but for very small pieces. */
const piecesPerSecond = 20;
const smallestPiece = 4096;

class Paced extends Wrapper {
  constructor(
    inner: Store,
    private readonly pace: Pace,
  ) {
    super(inner);
    // Threads would have paces of their own: all bytes pass through this one.
    delete this.ticket;
    delete this.attachReader;
  }

  /** Never whole: an object that is asked for at once comes at once. */
  override async open(entry: Entry, _whole: boolean, signal: AbortSignal): Promise<Reader> {
    return new PacedReader(await this.inner.open(entry, false, signal), this.pace);
  }
}

class PacedReader implements Reader {
  readonly ticket = undefined;
  readonly info: ObjectInfo;
  readonly tagging?: (signal: AbortSignal) => Promise<string>;
  readonly partSize?: (number: number, signal: AbortSignal) => Promise<number | undefined>;
  private readonly pieceBytes: number;

  constructor(
    private readonly inner: Reader,
    private readonly pace: Pace,
  ) {
    this.info = inner.info;
    if (inner.tagging !== undefined) this.tagging = inner.tagging.bind(inner);
    if (inner.partSize !== undefined) this.partSize = inner.partSize.bind(inner);
    this.pieceBytes = Math.max(smallestPiece, Math.floor(pace.perSecond / piecesPerSecond));
  }

  async bytes(signal: AbortSignal): Promise<Uint8Array> {
    const into = new Uint8Array(this.info.size);
    await this.read(0, into, signal);
    return into;
  }

  async read(offset: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
    let at = 0;
    const sink = (piece: Uint8Array): void => {
      into.set(piece, at);
      at += piece.byteLength;
    };
    await this.readPieces(offset, into.byteLength, sink, signal);
  }

  readPieces(offset: number, length: number, sink: PieceSink, signal: AbortSignal): Promise<void> {
    const slowly = async (piece: Uint8Array): Promise<void> => {
      for (let at = 0; at < piece.byteLength; at += this.pieceBytes) {
        const slice = piece.subarray(at, at + this.pieceBytes);
        await this.pace.take(slice.byteLength, signal);
        await sink(slice);
      }
    };
    return this.inner.readPieces(offset, length, slowly, signal);
  }

  verifyUnchanged(): Promise<void> {
    return this.inner.verifyUnchanged();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/**
 * Makes a store give its bytes at a pace, whatever asks for them.
 *
 * @param pace in bytes; `undefined`: as fast as can be
 */
export function paced(store: Store, pace: Pace | undefined): Store {
  return pace === undefined ? store : new Paced(store, pace);
}
