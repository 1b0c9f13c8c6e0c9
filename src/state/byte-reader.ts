/**
 * Reads a format of bytes from one end to the other, through a window: what is read takes no more memory than its
 * longest text.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";

/** Puts the next bytes into a buffer, and says how many: 0 only at the end. */
export type ByteSource = (into: Uint8Array) => number;

const windowBytes = 64 * 1024;

/** What does not make sense throws SyncError `damaged-state` with its place. */
export class ByteReader {
  private data = Buffer.allocUnsafe(windowBytes);
  /** What of the window is filled. */
  private end = 0;
  private at = 0;
  /** Where in the file the window begins. */
  private base = 0;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(private readonly source: ByteSource) {}

  get isAtEnd(): boolean {
    return this.at === this.end && !this.refill();
  }

  byte(): number {
    return this.data.readUInt8(this.pass(1));
  }

  skip(length: number): void {
    this.pass(length);
  }

  integer(): number {
    const value = this.data.readBigUInt64BE(this.pass(8));
    if (value > Number.MAX_SAFE_INTEGER) throw this.broken(`${value} makes no sense`);
    return Number(value);
  }

  hex(length: number): string {
    const start = this.pass(length);
    return this.data.toString("hex", start, start + length);
  }

  text(): string {
    const end = this.endOfText();
    const bytes = this.data.subarray(this.at, end);
    this.at = end + 1;
    try {
      return this.decoder.decode(bytes);
    } catch {
      throw this.broken("a text is no UTF-8");
    }
  }

  skipText(): void {
    this.at = this.endOfText() + 1;
  }

  expect(wanted: number, what: string): void {
    const found = this.byte();
    if (found !== wanted) throw this.unexpected(found, what);
  }

  /** The byte that was just read is no such thing. */
  unexpected(found: number, wanted: string): SyncError {
    this.at -= 1;
    const shown = found.toString(16).toUpperCase().padStart(2, "0");
    return this.broken(`${shown} stands where ${wanted} is wanted`);
  }

  broken(what: string): SyncError {
    return new SyncError("damaged-state", `${what}, at byte ${this.base + this.at}`);
  }

  /** Goes on behind some bytes, and tells where in the window they begin. */
  private pass(length: number): number {
    while (this.at + length > this.end) {
      if (!this.refill()) throw this.broken("it ends in the middle");
    }
    this.at += length;
    return this.at - length;
  }

  private endOfText(): number {
    let searched = 0;
    for (;;) {
      const unread = this.data.subarray(this.at, this.end);
      const length = unread.indexOf(0, searched);
      if (length !== -1) return this.at + length;
      searched = unread.length;
      if (!this.refill()) throw this.broken("a text has no end");
    }
  }

  /** Moves the window on to what is not read yet, and more of it. */
  private refill(): boolean {
    const isFull = this.at === 0 && this.end === this.data.length;
    const next = isFull ? Buffer.allocUnsafe(2 * this.data.length) : this.data;
    this.data.copy(next, 0, this.at, this.end);
    this.data = next;
    this.base += this.at;
    this.end -= this.at;
    this.at = 0;
    const more = this.source(this.data.subarray(this.end));
    this.end += more;
    return more > 0;
  }
}
