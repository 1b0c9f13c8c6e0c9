/**
 * A CRC that moves along bytes is that of each window.
 *
 * @module
 */
import { expect, test } from "bun:test";

import fc from "fast-check";

import { RollingCrc } from "../../src/hash/rolling-crc.ts";

const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 60 });

test("a window that moves has the CRC of its bytes everywhere", () => {
  fc.assert(
    fc.property(anyBytes, fc.integer({ min: 1, max: 60 }), (bytes, wanted) => {
      const length = Math.min(wanted, bytes.length);
      const crc = new RollingCrc(length);
      let window = crc.windowAt(bytes, 0);
      while (window.at + length < bytes.length) {
        window = crc.step(bytes, window);
        const alone = Bun.hash.crc32(bytes.subarray(window.at, window.at + length));
        expect(window.moving).toBe(crc.moving(alone));
      }
    }),
  );
});

test("it stops where it may be what is looked for, and at the end", () => {
  const crc = new RollingCrc(4);
  const bytes = Buffer.from("....what....");
  const low = crc.windowAt(bytes, 4).moving & 0xffff;
  const mayBe = new Uint8Array(8192);
  mayBe[low >> 3] = 1 << (low & 7);
  const start = crc.windowAt(bytes, 0);
  expect(crc.moveOn(bytes, start, 8, mayBe)).toEqual(crc.windowAt(bytes, 4));
  expect(crc.moveOn(bytes, start, 3, mayBe).at).toBe(3);
});
