/**
 * Finds what has to be written of a file with holes. Pure.
 *
 * @module
 */

/** File systems leave out whole blocks, and have none that are smaller. */
const blockSize = 4096;
const zeros = Buffer.alloc(blockSize);

/** A run of bytes, the end exclusive. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/** The runs of bytes that are not blocks of zeros. */
export function withoutZeros(bytes: Uint8Array): Run[] {
  const runs: Run[] = [];
  let start: number | undefined;
  for (let at = 0; at < bytes.byteLength; at += blockSize) {
    const block = bytes.subarray(at, at + blockSize);
    const isHole = Buffer.compare(block, zeros.subarray(0, block.byteLength)) === 0;
    if (!isHole) start ??= at;
    else if (start !== undefined) {
      runs.push({ start, end: at });
      start = undefined;
    }
  }
  return start === undefined ? runs : [...runs, { start, end: bytes.byteLength }];
}
