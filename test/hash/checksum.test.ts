/**
 * Additional checksums, against published values and against CRCs made bit by bit.
 *
 * @module
 */
import { beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";

import fc from "fast-check";

import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumRule,
  isCrc,
} from "../../src/core/checksum.ts";
import {
  checksumOf,
  compositeChecksum,
  fullChecksum,
  objectChecksum,
  prepareChecksum,
  RunningChecksum,
} from "../../src/hash/checksum.ts";
import { digestBytes, RunningDigest } from "../../src/hash/digest.ts";

const crcs = checksumAlgorithms.filter(isCrc);

beforeAll(async () => {
  await Promise.all(checksumAlgorithms.map(prepareChecksum));
});

/** The definition, bit by bit: reflected, begins with ones, ends inverted. */
function slowCrc(bytes: Uint8Array, polynomial: bigint, width: number): Uint8Array {
  const ones = (1n << BigInt(width)) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return Buffer.from((crc ^ ones).toString(16).padStart(width / 4, "0"), "hex");
}

const witnesses: Readonly<Record<ChecksumAlgorithm, (bytes: Uint8Array) => Uint8Array>> = {
  CRC32: (bytes) => slowCrc(bytes, 0xedb88320n, 32),
  CRC32C: (bytes) => slowCrc(bytes, 0x82f63b78n, 32),
  CRC64NVME: (bytes) => slowCrc(bytes, 0x9a6c9329ac4bc9b5n, 64),
  SHA1: (bytes) => createHash("sha1").update(bytes).digest(),
  SHA256: (bytes) => createHash("sha256").update(bytes).digest(),
};

function witness(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  return Buffer.from(witnesses[algorithm](bytes)).toString("base64");
}

describe("the checksum", () => {
  // CRCs: https://reveng.sourceforge.io/crc-catalogue/all.htm (check); SHA: FIPS 180-4 implementations.
  test.each([
    ["CRC32", "cbf43926"],
    ["CRC32C", "e3069283"],
    ["CRC64NVME", "ae8b14860a799888"],
    ["SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
    ["SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"],
  ] as const)("%s of 123456789 is the published one, %s", (algorithm, check) => {
    const { value } = checksumOf(algorithm, Buffer.from("123456789"));
    expect(Buffer.from(value, "base64").toString("hex")).toBe(check);
  });

  test.each([
    ["CRC32", "AAAAAA=="],
    ["CRC32C", "AAAAAA=="],
    ["CRC64NVME", "AAAAAAAAAAA="],
    ["SHA1", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="],
    ["SHA256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="],
  ] as const)("%s of nothing is %s", (algorithm, value) => {
    expect(checksumOf(algorithm, new Uint8Array(0))).toEqual({ algorithm, value });
    expect(new RunningChecksum(algorithm).finish()).toEqual({ algorithm, value });
  });

  test.each(checksumAlgorithms)("%s is the same at once and piece by piece", (algorithm) => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
    fc.assert(
      fc.property(pieces, (given) => {
        const running = new RunningChecksum(algorithm);
        for (const piece of given) running.update(piece);
        const all = Buffer.concat(given);
        const wanted = { algorithm, value: witness(algorithm, all) };
        expect(running.finish()).toEqual(wanted);
        expect(checksumOf(algorithm, all)).toEqual(wanted);
      }),
    );
  });

  test.each(checksumAlgorithms)("%s of several that take turns is that of each", (algorithm) => {
    const [a, b] = [new RunningChecksum(algorithm), new RunningChecksum(algorithm)];
    a.update(Buffer.from("one "));
    b.update(Buffer.from("three "));
    a.update(Buffer.from("two"));
    checksumOf(algorithm, Buffer.from("in between"));
    b.update(Buffer.from("four"));
    expect(a.finish().value).toBe(witness(algorithm, Buffer.from("one two")));
    expect(b.finish().value).toBe(witness(algorithm, Buffer.from("three four")));
  });

  test.each(checksumAlgorithms)("%s of a slice is of the slice, not of its buffer", (algorithm) => {
    const slice = Buffer.from("0123456789").subarray(3, 6);
    expect(checksumOf(algorithm, slice).value).toBe(witness(algorithm, Buffer.from("345")));
  });

  test.each(checksumAlgorithms)("%s is among the digests that pass with bytes", (algorithm) => {
    const bytes = Buffer.from("some bytes");
    const checksum = { algorithm, value: witness(algorithm, bytes) };
    for (const sha256 of [true, false]) {
      const choice = { md5: false, sha256, checksum: algorithm };
      const running = new RunningDigest(choice);
      running.update(bytes);
      const sha = sha256 ? new Uint8Array(witnesses.SHA256(bytes)) : undefined;
      expect(running.finish()).toEqual({ md5: undefined, sha256: sha, checksum });
      expect(digestBytes(bytes, choice)).toEqual({ md5: undefined, sha256: sha, checksum });
    }
  });
});

/** Bytes, cut somewhere. */
const cuts = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 });

function partsOf(algorithm: ChecksumAlgorithm, pieces: readonly Uint8Array[]) {
  return pieces.map((bytes) => ({
    value: checksumOf(algorithm, bytes).value,
    length: bytes.byteLength,
  }));
}

describe("made of the checksums of parts", () => {
  test.each(crcs)("%s of the whole is that of all bytes, however they were cut", (algorithm) => {
    fc.assert(
      fc.property(cuts, (pieces) => {
        const value = witness(algorithm, Buffer.concat(pieces));
        expect(fullChecksum(algorithm, partsOf(algorithm, pieces))).toEqual({ algorithm, value });
      }),
    );
  });

  test.each(crcs)(
    "%s of 48 MiB and 3 bytes in parts of 8 MiB is that of all bytes",
    (algorithm) => {
      const length = 8 * 1024 * 1024;
      const part = new Uint8Array(length).fill(0x5a);
      const pieces = [...Array.from({ length: 6 }, () => part), Buffer.from("end")];
      const whole = new RunningChecksum(algorithm);
      for (const piece of pieces) whole.update(piece);
      expect(fullChecksum(algorithm, partsOf(algorithm, pieces))).toEqual(whole.finish());
    },
  );

  test.each(crcs)("%s of parts beyond 4 GiB is that of their halves", (algorithm) => {
    const part = checksumOf(algorithm, Buffer.from("stands for 5 GiB")).value;
    const [half, whole] = [2.5 * 1024 ** 3, 5 * 1024 ** 3];
    // Nothing follows from the bytes here: what is combined in two steps must be what is combined in one.
    const zero = checksumOf(algorithm, new Uint8Array(0)).value;
    const twice = fullChecksum(algorithm, [
      { value: part, length: 16 },
      { value: zero, length: half },
      { value: zero, length: half },
    ]);
    const once = fullChecksum(algorithm, [
      { value: part, length: 16 },
      { value: zero, length: whole },
    ]);
    expect(twice).toEqual(once);
  });

  test.each(["SHA1", "SHA256"] as const)("%s of a whole does not exist", (algorithm) => {
    expect(fullChecksum(algorithm, partsOf(algorithm, [Buffer.from("a")]))).toBeUndefined();
  });

  test.each(checksumAlgorithms)(
    "%s, composite, is that over their digests, and their number",
    (a) => {
      fc.assert(
        fc.property(cuts, (pieces) => {
          const digests = pieces.map((bytes) => witnesses[a](bytes));
          const value = `${witness(a, Buffer.concat(digests))}-${pieces.length}`;
          expect(compositeChecksum(a, partsOf(a, pieces))).toEqual({ algorithm: a, value });
        }),
      );
    },
  );

  test("it is of the type that the rule says", () => {
    const parts = partsOf("CRC32C", [Buffer.from("a"), Buffer.from("b")]);
    const [full, composite] = [checksumRule("CRC32C", true), checksumRule("CRC32C", false)];
    expect(objectChecksum(full, parts).value).toBe(witness("CRC32C", Buffer.from("ab")));
    expect(objectChecksum(composite, parts).value).toEndWith("-2");
  });
});
