/**
 * Lua integers of 53 bits and a sign: what a JavaScript number holds exactly. Lua 5.4 has 64 bits; what needs
 * more than ours is an error, never another number. Bit operations are those of 64 bits.
 *
 * @see https://www.lua.org/manual/5.4/manual.html#3.4.1
 * @module
 */

/** Why an operation has no result here. The VM adds file and line. */
export const tooLarge = "the result needs more than the 53 bits that integers have here";

/** Tells the VM that an operation failed. */
export type Fail = (message: string) => never;

/** Division that rounds down: exact where a quotient of floats would be rounded. */
export function floorDivide(a: number, b: number): number {
  const rest = a % b;
  const quotient = (a - rest) / b;
  return (rest !== 0 && rest < 0 !== b < 0 ? quotient - 1 : quotient) + 0;
}

/** The rest of such a division. It has the sign of the divisor. */
export function floorModulo(a: number, b: number): number {
  const rest = a % b;
  return (rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest) + 0;
}

/** `&`, `|` and `~` of two integers. */
export function bitwise(kind: "and" | "or" | "xor", a: number, b: number, fail: Fail): number {
  if ((a | 0) === a && (b | 0) === b) {
    return kind === "and" ? a & b : kind === "or" ? a | b : a ^ b;
  }
  const [left, right] = [BigInt(a), BigInt(b)];
  if (kind === "and") return narrowed(left & right, fail);
  return narrowed(kind === "or" ? left | right : left ^ right, fail);
}

/** `<<`, and `>>` for a negative distance: bits that are pushed out are lost, zeros come in. */
export function shiftLeft(value: number, distance: number, fail: Fail): number {
  if (Math.abs(distance) >= 64) return 0;
  const bits = BigInt.asUintN(64, BigInt(value));
  return narrowed(distance < 0 ? bits >> BigInt(-distance) : bits << BigInt(distance), fail);
}

/** The integer that hexadecimal digits mean, modulo 2^64 as in Lua; `null` where it has more bits than ours. */
export function hexInteger(digits: Uint8Array): number | null {
  const value = Number(BigInt.asIntN(64, BigInt(`0x${Buffer.from(digits).toString("latin1")}`)));
  return Number.isSafeInteger(value) ? value : null;
}

/** Whether a numeral of a script is one of an integer that we cannot hold exactly. From 2^63 on it is a float in Lua, too. */
export function isLost(numeral: Uint8Array): boolean {
  const text = Buffer.from(numeral).toString("latin1");
  return /^0x[\da-f]+$/i.test(text) || (/^\d{1,19}$/.test(text) && BigInt(text) < 1n << 63n);
}

/** Where a position of Lua, which may count from the end, is in an array. */
export function firstIndex(position: number, length: number): number {
  if (position > 0) return Math.min(position - 1, length + 1);
  return position === 0 ? 0 : Math.max(length + position, 0);
}

/** Writes an integer in two's complement. */
export function packInteger(
  into: Uint8Array,
  value: number,
  isLittleEndian: boolean,
  size: number,
): void {
  let rest = BigInt(value);
  for (let index = 0; index < size; index++) {
    into[isLittleEndian ? index : size - 1 - index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

/** Reads an integer in two's complement. */
export function unpackInteger(
  from: Uint8Array,
  isLittleEndian: boolean,
  size: number,
  isSigned: boolean,
  fail: Fail,
): number {
  let bits = 0n;
  for (let index = size - 1; index >= 0; index--) {
    bits = (bits << 8n) | BigInt(from[isLittleEndian ? index : size - 1 - index] ?? 0);
  }
  const value = Number(isSigned || size >= 8 ? BigInt.asIntN(size * 8, bits) : bits);
  return Number.isSafeInteger(value)
    ? value
    : fail(`${size}-byte integer does not fit into the 53 bits that integers have here`);
}

function narrowed(bits: bigint, fail: Fail): number {
  const result = Number(BigInt.asIntN(64, bits));
  return Number.isSafeInteger(result) ? result : fail(tooLarge);
}
