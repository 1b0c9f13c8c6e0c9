/**
 * Digests of bytes that pass.
 *
 * @module
 */

import type { Checksum, ChecksumAlgorithm } from "../core/checksum.ts";
import { checksumOf, RunningChecksum, shown } from "./checksum.ts";

/** Digests that travel with a body. Absent ones were not asked for. */
export interface Digests {
  /** 16 bytes. */
  readonly md5: Uint8Array | undefined;
  /** 32 bytes. */
  readonly sha256: Uint8Array | undefined;
  readonly checksum?: Checksum | undefined;
}

/** Which digests are wanted. */
export interface DigestChoice {
  readonly md5: boolean;
  readonly sha256: boolean;
  /** An additional checksum. Its algorithm must have been prepared, see `prepareChecksum`. */
  readonly checksum?: ChecksumAlgorithm | undefined;
}

/** Digests of bytes at hand. */
export function digestBytes(bytes: Uint8Array, choice: DigestChoice): Digests {
  const md5 = choice.md5 ? md5Of(bytes) : undefined;
  const sha256 = choice.sha256 ? Bun.CryptoHasher.hash("sha256", bytes) : undefined;
  if (choice.checksum === undefined) return { md5, sha256 };
  const isShared = choice.checksum === "SHA256" && sha256 !== undefined;
  const checksum = isShared ? shown("SHA256", sha256) : checksumOf(choice.checksum, bytes);
  return { md5, sha256, checksum };
}

/** Digests of bytes that come piece by piece. */
export class RunningDigest {
  private readonly md5: Bun.CryptoHasher | undefined;
  private readonly sha256: Bun.CryptoHasher | undefined;
  /** Unless it is the very SHA-256 that is made anyway. */
  private readonly checksum: RunningChecksum | undefined;

  constructor(private readonly choice: DigestChoice) {
    const { checksum } = choice;
    const isShared = checksum === "SHA256" && choice.sha256;
    this.checksum = checksum === undefined || isShared ? undefined : new RunningChecksum(checksum);
    this.md5 = choice.md5 ? new Bun.CryptoHasher("md5") : undefined;
    this.sha256 = choice.sha256 ? new Bun.CryptoHasher("sha256") : undefined;
  }

  update(bytes: Uint8Array): void {
    this.md5?.update(bytes);
    this.sha256?.update(bytes);
    this.checksum?.update(bytes);
  }

  /** The digests of everything so far. Call once, at the end. */
  finish(): Digests {
    const md5 = this.md5?.digest();
    const sha256 = this.sha256?.digest();
    if (this.choice.checksum === undefined) return { md5, sha256 };
    const isShared = this.checksum === undefined && sha256 !== undefined;
    return { md5, sha256, checksum: isShared ? shown("SHA256", sha256) : this.checksum?.finish() };
  }
}

/** MD5 of bytes at hand: 16 bytes. */
export function md5Of(bytes: Uint8Array): Uint8Array {
  return Bun.CryptoHasher.hash("md5", bytes);
}

/** SHA-256 in hexadecimal, as signatures want it. */
export function sha256Hex(data: Uint8Array | string): string {
  return Bun.CryptoHasher.hash("sha256", data, "hex");
}

/** Hexadecimal, lower case. */
export function hex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/** Base64 with padding. */
export function base64(bytes: Uint8Array): string {
  return bytes.toBase64();
}
