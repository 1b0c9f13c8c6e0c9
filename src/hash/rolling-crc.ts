/**
 * A CRC-32 of a window that moves along bytes: what comes in and what goes out change it, and nothing else is read.
 *
 * A CRC is linear, apart from how it begins and ends. So what a byte has brought in is taken out again by the CRC of that
 * byte with a window of zeros behind it.
 *
 * @module
 */
import { polynomials } from "./crc.ts";

/** A window, and its CRC in the form that moves. */
export interface Window {
  readonly at: number;
  readonly moving: number;
}

/** For windows of one length. */
export class RollingCrc {
  private readonly incoming = tableOf((byte) => shiftedOut(byte));
  private readonly outgoing: Int32Array;
  /** The CRC of zeros, which is all that begin and end bring in. */
  private readonly ofZeros: number;

  /** @param length bytes of a window */
  constructor(private readonly length: number) {
    const zeros = new Uint8Array(length + 1);
    this.ofZeros = Bun.hash.crc32(zeros.subarray(1));
    const longer = Bun.hash.crc32(zeros);
    const bits = Array.from({ length: 8 }, (_, bit) => {
      zeros[0] = 1 << bit;
      return Bun.hash.crc32(zeros) ^ longer;
    });
    this.outgoing = tableOf((byte) =>
      bits.reduce((sum, crc, bit) => ((byte >> bit) & 1 ? sum ^ crc : sum), 0),
    );
  }

  /** The form that moves, of the CRC-32 of a window. */
  moving(crc: number): number {
    return (crc ^ this.ofZeros) >>> 0;
  }

  /** The window at a place. */
  windowAt(bytes: Uint8Array, at: number): Window {
    return { at, moving: this.moving(Bun.hash.crc32(bytes.subarray(at, at + this.length))) };
  }

  /**
   * Moves the window until it may be one of those that are looked for.
   *
   * @param window where it is
   * @param until where it stops at the latest
   * @param mayBe a bit for each value of the lowest bits of those that are looked for; a power of two of bytes
   * @returns where it has stopped
   */
  moveOn(
    bytes: Uint8Array,
    { at: from, moving }: Window,
    until: number,
    mayBe: Uint8Array,
  ): Window {
    const { incoming, outgoing, length } = this;
    const mask = mayBe.length * 8 - 1;
    // Whole numbers of 32 bits with a sign are what is fast.
    let crc = moving | 0;
    let at = from;
    for (; at < until; at++) {
      const low = crc & mask;
      if (((mayBe[low >>> 3] ?? 0) & (1 << (low & 7))) !== 0) break;
      const next = (crc ^ (bytes[at + length] ?? 0)) & 0xff;
      crc = (crc >>> 8) ^ (incoming[next] ?? 0) ^ (outgoing[bytes[at] ?? 0] ?? 0);
    }
    return { at, moving: crc >>> 0 };
  }

  /** Moves the window by one byte. */
  step(bytes: Uint8Array, window: Window): Window {
    return this.moveOn(bytes, window, window.at + 1, nothing);
  }
}

/** Nothing is looked for. */
const nothing = new Uint8Array(1);

function tableOf(value: (byte: number) => number): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => value(byte));
}

function shiftedOut(byte: number): number {
  const polynomial = Number(polynomials.CRC32);
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  return crc;
}
