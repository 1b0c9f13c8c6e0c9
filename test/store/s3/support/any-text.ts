/**
 * Text of any characters, for property tests.
 *
 * @module
 */
import fc from "fast-check";

const ranges = [
  [0x00, 0x1f],
  [0x20, 0x7f],
  [0x80, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, 0x10ffff],
] as const;

/**
 * One character: all of Unicode but the halves of surrogate pairs, control characters as often as others.
 * fast-check's own `binary` unit takes a second to be made.
 */
const character = fc
  .oneof(...ranges.map(([min, max]) => fc.integer({ min, max })))
  .map((code) => String.fromCodePoint(code));

/** A text; lengths are in characters. */
export function anyText(length: {
  readonly minLength?: number;
  readonly maxLength: number;
}): fc.Arbitrary<string> {
  return fc.string({ unit: character, ...length });
}
