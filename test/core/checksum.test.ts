/**
 * What the words about checksums mean.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { checksumForm, checksumRule } from "../../src/core/checksum.ts";

test.each([
  ["CRC32", false, "COMPOSITE"],
  ["CRC32", true, "FULL_OBJECT"],
  ["CRC32C", false, "COMPOSITE"],
  ["CRC32C", true, "FULL_OBJECT"],
  ["CRC64NVME", false, "FULL_OBJECT"],
  ["CRC64NVME", true, "FULL_OBJECT"],
  ["SHA1", false, "COMPOSITE"],
  ["SHA1", true, "COMPOSITE"],
  ["SHA256", false, "COMPOSITE"],
  ["SHA256", true, "COMPOSITE"],
] as const)("%s, full object wished for: %p, is %s", (algorithm, fullObject, type) => {
  expect(checksumRule(algorithm, fullObject)).toEqual({ algorithm, type });
});

test.each([
  ["AAAAAA==", { kind: "full" }],
  ["YE4jTLSB/cA=", { kind: "full" }],
  ["AAAAAA==-1", { kind: "composite", parts: 1 }],
  ["5NrHBc0Z1wNCbADRDy8mJaIvc53oxncCrw/Fa48VhxY=-4", { kind: "composite", parts: 4 }],
  ["AAAAAA==-0", { kind: "opaque" }],
  ["AAAAAA==-", { kind: "opaque" }],
  ["", { kind: "opaque" }],
  ["not base64!", { kind: "opaque" }],
] as const)("the form of %p", (value, form) => {
  expect(checksumForm({ algorithm: "CRC32", value })).toEqual(form);
});
