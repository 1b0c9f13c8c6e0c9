/**
 * Additional checksums: of bytes, and of objects by their parts.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 * @module
 */
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumRule,
  isCrc,
} from "../core/checksum.ts";
import { SyncError } from "../core/errors.ts";
import type { SharedHasher } from "./crc-wasm.ts";
import { combineCrcs } from "./crc.ts";

/** What this thread has loaded. */
const hashers = new Map<ChecksumAlgorithm, SharedHasher>();

/**
 * Loads what an algorithm needs. Once in each thread before anything is hashed, so that hashing itself need
 * not wait.
 */
export async function prepareChecksum(algorithm: ChecksumAlgorithm | undefined): Promise<void> {
  if (algorithm !== "CRC32C" && algorithm !== "CRC64NVME") return;
  if (hashers.has(algorithm)) return;
  const { createHasher } = await import("./crc-wasm.ts");
  hashers.set(algorithm, await createHasher(algorithm));
}

function hasherOf(algorithm: ChecksumAlgorithm): SharedHasher {
  const hasher = hashers.get(algorithm);
  if (hasher !== undefined) return hasher;
  throw new SyncError("internal", `${algorithm} was not prepared in this thread`);
}

/**
 * The checksum of bytes at hand.
 *
 * @throws SyncError `internal` when {@link prepareChecksum} was forgotten
 */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Checksum {
  return shown(algorithm, digestOf(algorithm, bytes));
}

/** Makes a checksum of a digest: big-endian where it is a number. */
export function shown(algorithm: ChecksumAlgorithm, digest: Uint8Array): Checksum {
  return { algorithm, value: digest.toBase64() };
}

function digestOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Uint8Array {
  switch (algorithm) {
    case "CRC32":
      return bigEndian(Bun.hash.crc32(bytes));
    case "SHA1":
      return Bun.CryptoHasher.hash("sha1", bytes);
    case "SHA256":
      return Bun.CryptoHasher.hash("sha256", bytes);
    case "CRC32C":
    case "CRC64NVME":
      return hasherOf(algorithm).init().update(bytes).digest("binary");
  }
}

function bigEndian(crc: number): Uint8Array {
  return Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc);
}

/** A digest of bytes that come piece by piece. */
interface RunningHash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** The checksum of bytes that come piece by piece. */
export class RunningChecksum {
  private readonly hash: RunningHash;

  constructor(private readonly algorithm: ChecksumAlgorithm) {
    this.hash = startHash(algorithm);
  }

  update(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }

  /** The checksum of everything so far. Call once, at the end. */
  finish(): Checksum {
    return shown(this.algorithm, this.hash.digest());
  }
}

function startHash(algorithm: ChecksumAlgorithm): RunningHash {
  switch (algorithm) {
    case "CRC32":
      return new RunningCrc32();
    case "SHA1":
      return new Bun.CryptoHasher("sha1");
    case "SHA256":
      return new Bun.CryptoHasher("sha256");
    case "CRC32C":
    case "CRC64NVME":
      return new SharedCrc(hasherOf(algorithm));
  }
}

class RunningCrc32 implements RunningHash {
  private crc = 0;

  update(bytes: Uint8Array): void {
    this.crc = Bun.hash.crc32(bytes, this.crc);
  }

  digest(): Uint8Array {
    return bigEndian(this.crc);
  }
}

/** Takes turns with others at the one hasher of the thread. */
class SharedCrc implements RunningHash {
  private state: Uint8Array;

  constructor(private readonly hasher: SharedHasher) {
    this.state = hasher.init().save();
  }

  update(bytes: Uint8Array): void {
    this.state = this.hasher.load(this.state).update(bytes).save();
  }

  digest(): Uint8Array {
    return this.hasher.load(this.state).digest("binary");
  }
}

/** The checksum of one part of an object. */
export interface PartChecksum {
  /** Base64. */
  readonly value: string;
  /** Bytes of the part. */
  readonly length: number;
}

/** The checksum of an object made of these parts, as a rule wants it. */
export function objectChecksum(rule: ChecksumRule, parts: readonly PartChecksum[]): Checksum {
  const { algorithm, type } = rule;
  if (type === "COMPOSITE") return compositeChecksum(algorithm, parts);
  const whole = fullChecksum(algorithm, parts);
  if (whole !== undefined) return whole;
  throw new SyncError("internal", `${algorithm} of a whole cannot be made of parts`);
}

/** The checksum over the checksums of the parts, and their number. */
export function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly PartChecksum[],
): Checksum {
  const digests = parts.map(({ value }) => Uint8Array.fromBase64(value));
  const { value } = checksumOf(algorithm, Buffer.concat(digests));
  return { algorithm, value: `${value}-${parts.length}` };
}

/** The checksum of all bytes, made of those of the parts; `undefined` if the algorithm does not allow that. */
export function fullChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly PartChecksum[],
): Checksum | undefined {
  if (!isCrc(algorithm)) return undefined;
  const pieces = parts.map(({ value, length }) => ({ crc: Uint8Array.fromBase64(value), length }));
  return shown(algorithm, combineCrcs(algorithm, pieces));
}
