/**
 * A file of keys at which the keys of a place are cut into ranges: one a line, in the order of their UTF-8 bytes.
 *
 * A line that begins with `"` is a JSON string, any other line is the key as it stands there. So every key can be written,
 * also one with a line break, or one that begins with a quotation mark.
 *
 * @module
 */
import { asKey, compareKeys, type Key, type KeyRange } from "../core/key.ts";
import { sha256Hex } from "../hash/digest.ts";

/** One line of such a file. */
export function cutLine(key: Key): string {
  return JSON.stringify(key);
}

/**
 * Reads the text of such a file.
 *
 * @throws Error that says what is wrong with a line
 */
export function readCuts(text: string): Key[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const cuts = lines.map((line, index) => readLine(line, index + 1));
  for (const [index, key] of cuts.entries()) {
    const before = cuts[index - 1];
    if (before !== undefined && compareKeys(before, key) >= 0) {
      throw new Error(`line ${index + 1} does not come after line ${index}, by UTF-8 bytes`);
    }
  }
  return cuts;
}

function readLine(line: string, number: number): Key {
  if (line === "") throw new Error(`line ${number} is empty`);
  if (!line.startsWith('"')) return asKey(line);
  try {
    const key: unknown = JSON.parse(line);
    if (typeof key === "string" && key !== "") return asKey(key);
  } catch {
    // Told below.
  }
  throw new Error(`line ${number} begins with a quotation mark, and is no key as a JSON string`);
}

/** The range with a number, from 1: after the cut before it, up to the one that ends it, itself included. */
export function rangeBetween(cuts: readonly Key[], number: number): KeyRange {
  return { prefix: asKey(""), after: cuts[number - 2], until: cuts[number - 1] };
}

/** What tells apart files that cut otherwise, in few characters. */
export function digestOfCuts(cuts: readonly Key[]): string {
  return sha256Hex(JSON.stringify(cuts)).slice(0, 12);
}
