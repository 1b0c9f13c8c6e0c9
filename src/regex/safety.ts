/**
 * Whether JavaScript's own engine can be trusted with a pattern. It backtracks: a pattern that can match a text in
 * many ways may take for ever to find out that it does not. Worse, it gives up after a while and says so to nobody.
 *
 * @module
 */
import { type Node, some } from "./ast.ts";

/** A key has up to so many bytes. */
const textLength = 1024;
/** It tries about 700 ways a microsecond, and gives up long after these. */
const mostWays = 10_000_000;

/** A look with so few ways is hardly more than a character. */
const cheapLook = 64;

/** Whether all ways to match a text can be tried in some milliseconds. */
export function isSafe(node: Node): boolean {
  if (some(node, ({ kind }) => ["reference", "atomic"].includes(kind))) return false;
  const starts = beginsAtStart(node) ? 1 : textLength;
  return waysOf(node) * starts <= mostWays;
}

/** At most so many ways are there to match from a given place. */
function waysOf(node: Node): number {
  switch (node.kind) {
    case "sequence":
      return node.items.reduce((ways, item) => ways * waysOf(item), 1);
    case "choice":
      return node.items.reduce((ways, item) => ways + waysOf(item), 0);
    case "repeat":
      return waysToRepeat(node);
    case "group":
    case "atomic":
      return waysOf(node.item);
    case "look":
      // What is inside is tried once: nothing comes back to it.
      return Math.max(1, waysOf(node.item) / cheapLook);
    case "set":
    case "place":
    case "reference":
      return 1;
  }
}

function waysToRepeat({ item, min, max }: Extract<Node, { kind: "repeat" }>): number {
  const most = Math.min(max, textLength);
  const lengths = Math.max(most - Math.min(min, most), 0) + 1;
  return lengths * waysOf(item) ** most;
}

function beginsAtStart(node: Node): boolean {
  switch (node.kind) {
    case "place":
      return node.place === "text-start";
    case "sequence":
      return node.items[0] !== undefined && beginsAtStart(node.items[0]);
    case "choice":
      return node.items.every(beginsAtStart);
    case "group":
      return beginsAtStart(node.item);
    case "set":
    case "repeat":
    case "look":
    case "reference":
    case "atomic":
      return false;
  }
}
