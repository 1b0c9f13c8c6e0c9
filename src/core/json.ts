/**
 * JSON that may be shown on a terminal, and JSON that may be anything.
 *
 * @module
 */

/** What JSON lets through and a terminal would obey: DEL, C1, and what steers bidirectional text. */
const steering = /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A value as JSON on one line, the same to whoever parses it, and harmless to whoever looks at it. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    steering,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The fields of an object. */
export type Fields = Readonly<Record<string, unknown>>;

/** What is in a text by whoever has written it; `undefined`: it is no object in JSON. */
export function fieldsIn(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The fields of an object; `undefined`: it is none, or a list. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}
