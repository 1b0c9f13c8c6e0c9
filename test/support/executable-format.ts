/**
 * Looks into executables of systems that are not at hand: what they are for, and whether they would be let
 * run.
 *
 * @module
 */

/** What an executable is for. */
export interface Machine {
  readonly format: "ELF" | "Mach-O" | "PE";
  readonly processor: "x64" | "arm64" | "other";
}

/** Reads the head of an executable; `undefined` if it is none. */
export function machineOf(bytes: Buffer): Machine | undefined {
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    return { format: "ELF", processor: named(bytes.readUInt16LE(18), 0x3e, 0xb7) };
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) {
    return { format: "Mach-O", processor: named(bytes.readUInt32LE(4), 0x01000007, 0x0100000c) };
  }
  if (bytes.toString("latin1", 0, 2) === "MZ") {
    const head = bytes.readUInt32LE(0x3c);
    if (bytes.toString("latin1", head, head + 4) !== "PE\0\0") return undefined;
    return { format: "PE", processor: named(bytes.readUInt16LE(head + 4), 0x8664, 0xaa64) };
  }
  return undefined;
}

function named(value: number, x64: number, arm64: number): Machine["processor"] {
  if (value === x64) return "x64";
  return value === arm64 ? "arm64" : "other";
}

/** The loader that an ELF executable asks for. */
export function loaderOf(bytes: Buffer): string | undefined {
  const [start, size, count] = [
    bytes.readUInt32LE(32),
    bytes.readUInt16LE(54),
    bytes.readUInt16LE(56),
  ];
  const interpreter = 3;
  for (let at = start; at < start + size * count; at += size) {
    if (bytes.readUInt32LE(at) !== interpreter) continue;
    const offset = Number(bytes.readBigUInt64LE(at + 8));
    const length = Number(bytes.readBigUInt64LE(at + 32));
    return bytes.toString("latin1", offset, offset + length - 1);
  }
  return undefined;
}

const loadCommand = { codeSignature: 0x1d } as const;
const magic = { superBlob: 0xfade0cc0, codeDirectory: 0xfade0c02 } as const;
const sha256 = 2;

/**
 * Checks the code signature of a Mach-O executable as the kernel of macOS does: one hash for each page.
 * macOS on arm64 ends a program at once whose signature is missing or wrong.
 *
 * @returns how many pages are signed, all of them rightly; 0 if there is no signature or a wrong one
 * @see https://developer.apple.com/documentation/technotes/tn3126-inside-code-signing-hashes
 */
export function signedPages(bytes: Buffer): number {
  const directory = codeDirectory(bytes);
  if (directory === undefined) return 0;
  const [hashOffset, slots, codeLimit] = [16, 28, 32].map((at) => directory.readUInt32BE(at));
  const [hashSize, hashType, , pageBits] = directory.subarray(36, 40);
  if (hashOffset === undefined || slots === undefined || codeLimit === undefined) return 0;
  if (hashSize !== 32 || hashType !== sha256 || pageBits === undefined) return 0;
  const pageSize = 2 ** pageBits;
  if (slots !== Math.ceil(codeLimit / pageSize)) return 0;
  for (let slot = 0; slot < slots; slot++) {
    const page = bytes.subarray(slot * pageSize, Math.min((slot + 1) * pageSize, codeLimit));
    const at = hashOffset + slot * hashSize;
    const hash = new Bun.CryptoHasher("sha256").update(page).digest();
    if (!hash.equals(directory.subarray(at, at + hashSize))) return 0;
  }
  return slots;
}

function codeDirectory(bytes: Buffer): Buffer | undefined {
  const blob = signature(bytes);
  if (blob?.readUInt32BE(0) !== magic.superBlob) return undefined;
  const count = blob.readUInt32BE(8);
  for (let index = 0; index < count; index++) {
    const part = blob.subarray(blob.readUInt32BE(12 + index * 8 + 4));
    if (part.readUInt32BE(0) === magic.codeDirectory) return part;
  }
  return undefined;
}

function signature(bytes: Buffer): Buffer | undefined {
  const count = bytes.readUInt32LE(16);
  for (let index = 0, at = 32; index < count; index++) {
    if (bytes.readUInt32LE(at) === loadCommand.codeSignature) {
      const offset = bytes.readUInt32LE(at + 8);
      return bytes.subarray(offset, offset + bytes.readUInt32LE(at + 12));
    }
    at += bytes.readUInt32LE(at + 4);
  }
  return undefined;
}
