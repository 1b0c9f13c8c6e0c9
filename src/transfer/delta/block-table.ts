/**
 * Signatures of the blocks of an object, by which its bytes are found again wherever they are now. Pure.
 *
 * A block is a few hundred times smaller than a part, and lies within one. Its signature is a CRC-32, which a window
 * that moves byte by byte has at no cost, and an XXH3 of 64 bits, which is looked at where the CRC fits. Neither has to
 * be safe against anybody: what is found is copied by the server, and counts only if the copy has the digest of the bytes.
 *
 * @see https://rsync.samba.org/tech_report/
 * @module
 */
import { KiB } from "../../core/bytes.ts";
import { RollingCrc } from "../../hash/rolling-crc.ts";
import type { KnownBlocks } from "../../state/known-object.ts";
import type { PartPlan } from "../parts/part-plan.ts";

/** Bytes of a signature: a CRC-32 and an XXH3, both little-endian. */
const signatureBytes = 12;
const leastBlock = 64 * KiB;
/** An object has about as many blocks at most: 192 KiB of signatures. */
const mostBlocks = 16_384;
/** A part has to hold some whole ones, wherever it begins. */
const fewestInPart = 4;

/** So many blocks may be others by their XXH3: bytes can be made for that. */
const mostDoubts = 16;

/** Bytes of a block: a power of two, or a fourth of a part. */
export function blockBytesFor({ size, partSize }: PartPlan): number {
  let block = leastBlock;
  while (size / block > mostBlocks) block *= 2;
  return Math.max(1, Math.min(block, Math.floor(partSize / fewestInPart)));
}

/** The signatures of the whole blocks of a part. */
export function signBlocks(bytes: Uint8Array, blockBytes: number): Uint8Array {
  const count = Math.floor(bytes.byteLength / blockBytes);
  const signatures = new Uint8Array(count * signatureBytes);
  const view = new DataView(signatures.buffer);
  for (let index = 0; index < count; index++) {
    const block = bytes.subarray(index * blockBytes, (index + 1) * blockBytes);
    view.setUint32(index * signatureBytes, Bun.hash.crc32(block), true);
    view.setBigUint64(index * signatureBytes + 4, Bun.hash.xxHash3(block), true);
  }
  return signatures;
}

/** Whether there are as many signatures as such an object has blocks. */
export function isWholeTable({ size, partSize, blockBytes, signatures }: KnownBlocks): boolean {
  if (!(partSize > 0 && blockBytes > 0 && blockBytes <= partSize)) return false;
  const inParts = Math.floor(size / partSize) * Math.floor(partSize / blockBytes);
  const count = inParts + Math.floor((size % partSize) / blockBytes);
  return signatures.byteLength === count * signatureBytes;
}

/** Bytes of the filter: mostly empty, and no larger than what a processor has at hand. */
function filterBytes(count: number): number {
  let bytes = KiB;
  while (bytes * 8 < count * 64 && bytes < 256 * KiB) bytes *= 2;
  return bytes;
}

/** The blocks of an object, to be looked for. */
export class BlockTable {
  private readonly crc: RollingCrc;
  private readonly strong: BigUint64Array;
  /** By the CRC as it moves: the first block that has it. */
  private readonly first = new Map<number, number>();
  /** CRCs of several blocks: zeros, for example. They do not tell where bytes come from. */
  private readonly repeated = new Set<number>();
  /** A bit for each value of the lowest bits of a CRC. */
  private readonly mayBe: Uint8Array;
  private readonly perPart: number;
  /** Between the last block of a part and the next part there may be some bytes. */
  private readonly reach: number;

  constructor(private readonly known: KnownBlocks) {
    const { signatures, partSize, blockBytes } = known;
    const count = Math.floor(signatures.byteLength / signatureBytes);
    const view = new DataView(signatures.buffer, signatures.byteOffset, signatures.byteLength);
    this.perPart = Math.floor(partSize / blockBytes);
    this.reach = blockBytes + (partSize % blockBytes);
    this.crc = new RollingCrc(blockBytes);
    this.strong = new BigUint64Array(count);
    this.mayBe = new Uint8Array(filterBytes(count));
    for (let index = 0; index < count; index++) {
      this.strong[index] = view.getBigUint64(index * signatureBytes + 4, true);
      this.enter(this.crc.moving(view.getUint32(index * signatureBytes, true)), index);
    }
  }

  /**
   * Finds where the object has these bytes as one range. Known is that it has the whole blocks of that range; not the few
   * bytes before and after them.
   *
   * @param likely where they may well be: they are looked for there first
   * @param except where they are known not to be
   */
  find(
    bytes: Uint8Array,
    likely: readonly number[],
    except: number | undefined,
  ): number | undefined {
    const isThere = (origin: number): boolean => origin !== except && this.holds(bytes, origin);
    return likely.find(isThere) ?? this.search(bytes, isThere);
  }

  private enter(moving: number, index: number): void {
    if (this.first.has(moving)) {
      this.repeated.add(moving);
      return;
    }
    this.first.set(moving, index);
    const low = moving & (this.mayBe.length * 8 - 1);
    this.mayBe[low >>> 3] = (this.mayBe[low >>> 3] ?? 0) | (1 << (low & 7));
  }

  private offsetOf(block: number): number {
    const { partSize, blockBytes } = this.known;
    return Math.floor(block / this.perPart) * partSize + (block % this.perPart) * blockBytes;
  }

  /** The first block that begins at a place or after it. */
  private blockFrom(offset: number): number {
    const { partSize, blockBytes } = this.known;
    const inPart = Math.ceil((offset % partSize) / blockBytes);
    return Math.floor(offset / partSize) * this.perPart + Math.min(inPart, this.perPart);
  }

  private isBlock(block: number, bytes: Uint8Array, at: number): boolean {
    const window = bytes.subarray(at, at + this.known.blockBytes);
    return Bun.hash.xxHash3(window) === this.strong[block];
  }

  /** Whether the object has the bytes from there on, as far as its blocks tell, and they tell something. */
  private holds(bytes: Uint8Array, origin: number): boolean {
    const { size, blockBytes } = this.known;
    const end = origin + bytes.byteLength;
    if (origin < 0 || end > size) return false;
    const first = this.blockFrom(origin);
    let block = first;
    for (; block < this.strong.length; block++) {
      const offset = this.offsetOf(block);
      if (offset + blockBytes > end) break;
      if (!this.isBlock(block, bytes, offset - origin)) return false;
    }
    return block > first;
  }

  /**
   * Moves a window along the bytes until it has a block. There must be one at the beginning, and soon after the one before:
   * where a block's length has passed without one, the bytes are no range of the object.
   */
  private search(bytes: Uint8Array, isThere: (origin: number) => boolean): number | undefined {
    const { blockBytes } = this.known;
    const last = bytes.byteLength - blockBytes;
    let [doubts, repeats] = [0, 0];
    let window = this.crc.windowAt(bytes, 0);
    let until = this.reach;
    while (window.at <= last && doubts < mostDoubts) {
      const stop = Math.min(until, last + 1);
      window = this.crc.moveOn(bytes, window, stop, this.mayBe);
      if (window.at === stop) return undefined;
      const block = this.first.get(window.moving);
      const origin = this.offsetOf(block ?? 0) - window.at;
      if (block !== undefined && this.repeated.has(window.moving)) {
        if (repeats++ === 0 && isThere(origin)) return origin;
        // The next one begins where this one ends, and may tell more.
        window = this.crc.windowAt(bytes, window.at + blockBytes);
        until = window.at + this.reach;
      } else if (block !== undefined && this.isBlock(block, bytes, window.at)) {
        return isThere(origin) ? origin : undefined;
      } else {
        if (block !== undefined) doubts += 1;
        window = this.crc.step(bytes, window);
      }
    }
    return undefined;
  }
}
