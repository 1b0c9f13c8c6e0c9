/**
 * The CRCs that Bun has not, as WebAssembly. A file of its own, so that it is loaded only where one is wanted.
 *
 * @module
 */
import { createCRC32, createCRC64, type IHasher } from "hash-wasm";

import type { CrcAlgorithm } from "../core/checksum.ts";
import { polynomials } from "./crc.ts";

/** A hasher that many take turns with: each loads and saves its own state. */
export type SharedHasher = IHasher;

/** Makes a hasher. */
export function createHasher(algorithm: CrcAlgorithm): Promise<SharedHasher> {
  const polynomial = polynomials[algorithm];
  return algorithm === "CRC64NVME"
    ? createCRC64(polynomial.toString(16))
    : createCRC32(Number(polynomial));
}
