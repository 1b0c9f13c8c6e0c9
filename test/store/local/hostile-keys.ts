/**
 * Keys that no path can have, at random: what stands between their slashes is odd, and there may be nothing.
 *
 * @module
 */
import fc from "fast-check";

const odd = [
  ...["", ".", "..", "...", "a.", "a ", " a", "a:b", "C:", "\\", "..\\x", "a\u0000b", "\u0000"],
  ...["con", "CON.txt", "nul .x", "com1", "LPT\u00b3", "conin$", "aux.", "console"],
  ...["%", "%%", "%2", "%2F", "%2f", "%41", "%2E%2E", "100%", "%-", "a%-", "a%-b", "%C3%A9", "%FF"],
  ...["\u001b[2J", "\u007f", "\u0085", "\u202ea", "\ufeff", "\n", "*", "?", '"', "<>|"],
  ...["a", "b", "-", "0", "~", "é", "e\u0301", "\uffff", "\u{1f600}", "\ue000"],
  ...[".s3sync-abc-1-def-1.tmp", "x".repeat(255), "x".repeat(256), ".".repeat(300)],
  ...["é".repeat(128), "\u0001".repeat(200), `${"x".repeat(251)}.`, `${"x".repeat(250)}con`],
  ...[`${"x".repeat(253)}:`, `${"x".repeat(254)}%`, "%".repeat(256), `${"x".repeat(300)}..`],
] as const;

/** A component of a key. */
export const anyComponent: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...odd),
  fc.string({ unit: "binary", maxLength: 6 }).map(wellFormed),
  fc
    .array(fc.constantFrom("%", "2", "F", "E", ".", " ", ":", "-", "a", "\u0001"), { maxLength: 8 })
    .map((characters) => characters.join("")),
  fc.tuple(fc.constantFrom(...odd), fc.constantFrom(...odd)).map((pair) => pair.join("")),
);

/** A key: as long as S3 allows, and of whole characters. */
export const anyKey: fc.Arbitrary<string> = fc
  .array(anyComponent, { minLength: 1, maxLength: 5 })
  .map((components) => components.map((each) => each.replaceAll("/", "")).join("/"))
  .filter((key) => key !== "" && Buffer.byteLength(key) <= 1024);

function wellFormed(text: string): string {
  return text.toWellFormed();
}
