/**
 * Text for people's terminals. Keys and server messages come from outside: nothing in them may move the
 * cursor, change colours or turn the reading direction around.
 *
 * @module
 */

/** C0, DEL, C1, and the characters that steer bidirectional text. */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Replaces what must not reach a terminal by visible escapes. */
export function printable(text: string): string {
  return text.replace(unprintable, (c) => {
    const code = c.charCodeAt(0).toString(16);
    return short[c] ?? `\\u{${code}}`;
  });
}

/** JSON lets through some of what a terminal would obey. */
const unprintableInJson = /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A value as a line of JSON that may be shown on a terminal. */
export function printableJson(value: object): string {
  return JSON.stringify(value).replaceAll(
    unprintableInJson,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A text in double quotes, as log records show it. */
export function quoted(text: string): string {
  return `"${printable(text.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))}"`;
}
