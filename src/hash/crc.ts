/**
 * Arithmetic of CRCs: that of a whole from those of its pieces, without their bytes. A CRC is a remainder of
 * polynomials over GF(2); bytes that follow shift it, which is a multiplication by a power of x.
 *
 * @see https://github.com/madler/zlib/blob/develop/crc32.c (crc32_combine), the same for one width
 * @module
 */
import type { CrcAlgorithm } from "../core/checksum.ts";

/** A CRC: reflected, begins with ones, ends inverted. */
interface Field {
  /** Bits. */
  readonly width: number;
  /** Reflected: the highest power has the lowest bit. */
  readonly polynomial: bigint;
}

/** @see https://reveng.sourceforge.io/crc-catalogue/all.htm CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME */
export const polynomials: Readonly<Record<CrcAlgorithm, bigint>> = {
  CRC32: 0xedb88320n,
  CRC32C: 0x82f63b78n,
  CRC64NVME: 0x9a6c9329ac4bc9b5n,
};

/** The CRC of one piece. */
export interface Piece {
  /** Big-endian. */
  readonly crc: Uint8Array;
  /** Bytes of the piece. */
  readonly length: number;
}

/**
 * The CRC of pieces that follow each other.
 *
 * @returns big-endian; zeros for no pieces, which is the CRC of nothing
 */
export function combineCrcs(algorithm: CrcAlgorithm, pieces: readonly Piece[]): Uint8Array {
  const field = fieldOf(algorithm);
  let whole = 0n;
  let shift = { length: 0, factor: one(field) };
  for (const { crc, length } of pieces) {
    // All parts but the last one are of one length.
    if (shift.length !== length) shift = { length, factor: powerOfX(length, field) };
    whole = multiply(whole, shift.factor, field) ^ BigInt(`0x${crc.toHex()}`);
  }
  return Uint8Array.fromHex(whole.toString(16).padStart(field.width / 4, "0"));
}

function fieldOf(algorithm: CrcAlgorithm): Field {
  return {
    width: algorithm === "CRC64NVME" ? 64 : 32,
    polynomial: polynomials[algorithm],
  };
}

function one({ width }: Field): bigint {
  return 1n << BigInt(width - 1);
}

/** x to the power of so many bytes. */
function powerOfX(bytes: number, field: Field): bigint {
  let power = one(field);
  let square = one(field) >> 8n;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square, field);
    square = multiply(square, square, field);
  }
  return power;
}

function multiply(a: bigint, b: bigint, field: Field): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = one(field); bit !== 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= shifted;
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ field.polynomial;
  }
  return product;
}
