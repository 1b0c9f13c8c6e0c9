/**
 * Digests, against those of node:crypto.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";

import fc from "fast-check";

import {
  base64,
  digestBytes,
  hex,
  md5Of,
  RunningDigest,
  sha256Hex,
} from "../../src/hash/digest.ts";

function witness(algorithm: "md5" | "sha256", bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(algorithm).update(bytes).digest());
}

describe("digests", () => {
  test("at once and piece by piece are the same, and those of node:crypto", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
    fc.assert(
      fc.property(pieces, (given) => {
        const running = new RunningDigest({ md5: true, sha256: true });
        for (const piece of given) running.update(piece);
        const all = Buffer.concat(given);
        const wanted = { md5: witness("md5", all), sha256: witness("sha256", all) };
        expect(running.finish()).toEqual(wanted);
        expect(digestBytes(all, { md5: true, sha256: true })).toEqual(wanted);
      }),
    );
  });

  test("that nobody asked for are absent", () => {
    const bytes = Buffer.from("x");
    const neither = { md5: undefined, sha256: undefined };
    expect(digestBytes(bytes, { md5: false, sha256: false })).toEqual(neither);
    expect(new RunningDigest({ md5: false, sha256: false }).finish()).toEqual(neither);
  });

  test("of a slice are of the slice, not of the buffer it is cut from", () => {
    const bytes = Buffer.from("0123456789").subarray(3, 6);
    expect(md5Of(bytes)).toEqual(witness("md5", Buffer.from("345")));
  });
});

test("the MD5 of RFC 1321's texts is that of RFC 1321", () => {
  expect(hex(md5Of(Buffer.from("")))).toBe("d41d8cd98f00b204e9800998ecf8427e");
  expect(hex(md5Of(Buffer.from("message digest")))).toBe("f96b697d7cb7938d525a2f31aaf161d0");
});

test("the SHA-256 of nothing is the one that unsigned S3 requests carry", () => {
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  expect(sha256Hex("")).toBe(empty);
  expect(sha256Hex(new Uint8Array(0))).toBe(empty);
});

test("base64 has padding", () => {
  expect(base64(Uint8Array.of(255))).toBe("/w==");
});
