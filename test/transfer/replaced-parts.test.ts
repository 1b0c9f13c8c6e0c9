/**
 * What proves that parts are the same.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { layoutKnown, layoutShown } from "../../src/transfer/delta/replaced-parts.ts";
import { isSamePart } from "../../src/verify/held-part.ts";

const md5s = ["00".repeat(16), "11".repeat(16)];
const crc = { algorithm: "CRC32", value: "AAAAAA==" } as const;
const crcs = { algorithm: "CRC32", values: [crc.value, crc.value] } as const;

describe("a CRC", () => {
  test("alone proves nothing of a part that an index knows", () => {
    expect(layoutKnown({ size: 5, checksums: crcs }, 9)).toBeUndefined();
  });

  test("beside an MD5 proves nothing where nobody computes MD5s", () => {
    const [proof] = layoutKnown({ size: 5, md5s, checksums: crcs }, 9)?.proofs ?? [];
    expect(proof).toBeDefined();
    expect(isSamePart(proof ?? {}, { md5: undefined, checksum: crc })).toBe(false);
  });

  test("proves nothing of a part that a server shows", () => {
    expect(layoutShown([{ length: 5, checksum: crc }])).toBeUndefined();
  });
});
