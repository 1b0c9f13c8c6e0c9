/**
 * When a part that is somewhere already counts as the same as one at hand.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { parseETag } from "../../src/core/etag.ts";
import { hex, md5Of } from "../../src/hash/digest.ts";
import { isSamePart, type PartProof } from "../../src/verify/held-part.ts";

const [md5, other] = [md5Of(Buffer.from("a")), md5Of(Buffer.from("b"))];
const [etag, otherETag] = [md5, other].map((it) => parseETag(hex(it)));
const crc = { algorithm: "CRC32", value: "AAAAAA==" } as const;
const otherCrc = { algorithm: "CRC32", value: "AAAAAQ==" } as const;
const sha = { algorithm: "SHA1", value: "AAAAAA==" } as const;

test.each<[string, PartProof, Parameters<typeof isSamePart>[1], boolean]>([
  ["the same MD5", { md5 }, { md5 }, true],
  ["another MD5", { md5: other }, { md5 }, false],
  ["an ETag that is the MD5", { etag }, { md5 }, true],
  // An encrypted part has such an ETag.
  ["an ETag that is not the MD5, and no MD5", { etag: otherETag }, { md5 }, false],
  ["an ETag that is not the MD5, and the same MD5", { etag: otherETag, md5 }, { md5 }, true],
  ["the same checksum", { checksum: crc }, { md5: undefined, checksum: crc }, true],
  ["another checksum", { checksum: otherCrc }, { md5: undefined, checksum: crc }, false],
  ["the same MD5 and another checksum", { md5, checksum: otherCrc }, { md5, checksum: crc }, false],
  [
    "another MD5 and the same checksum",
    { md5: other, checksum: crc },
    { md5, checksum: crc },
    false,
  ],
  ["a checksum of another algorithm", { checksum: sha }, { md5: undefined, checksum: crc }, false],
  ["nothing to compare", {}, { md5 }, false],
  ["nothing at hand", { md5, etag }, { md5: undefined }, false],
])("%s", (_, known, at, isSame) => {
  expect(isSamePart(known, at)).toBe(isSame);
});
