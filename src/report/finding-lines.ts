/**
 * Findings as lines: for people a table, for programs JSON.
 *
 * @module
 */
import type { Finding, Outcome } from "../core/finding.ts";
import { jsonText } from "../core/json.ts";
import { printable } from "./printable.ts";

/** How findings look. */
export interface FindingStyle {
  readonly json: boolean;
  /** Marks and colours instead of words: for terminals. */
  readonly colours: boolean;
}

/** Sign, colour. */
const marks: Readonly<Record<Outcome, readonly [string, number]>> = {
  good: ["✓", 32],
  degraded: ["!", 33],
  bad: ["✗", 31],
  unknown: ["?", 34],
};

/** The longest name that is in its column. */
const nameWidth = 40;
const wordWidth = 8;

/** The lines for a finding: what is so, and below it what that means and what to do. */
export function findingLines(finding: Finding, { json, colours }: FindingStyle): readonly string[] {
  const { name, outcome, detail, consequence, hint } = finding;
  if (json) return [jsonText({ name, outcome, detail, consequence, hint })];
  const [sign, colour] = marks[outcome];
  const mark = colours ? `\u001b[${colour}m${sign}\u001b[0m` : outcome.padEnd(wordWidth);
  const indent = " ".repeat((colours ? sign.length : wordWidth) + 2);
  const first = `${mark}  ${printable(name).padEnd(nameWidth)}  ${printable(detail)}`;
  const below = [consequence, hint].filter((text) => text !== undefined);
  return [first, ...below.map((text) => `${indent}  → ${printable(text)}`)];
}

/** The last line: `30 good, 2 degraded`. */
export function countsLine(counts: Readonly<Record<Outcome, number>>): string {
  const outcomes = ["good", "degraded", "bad", "unknown"] as const;
  return outcomes
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${counts[outcome]} ${outcome}`)
    .join(", ");
}
