/**
 * Regular expressions in Rust's syntax, for filters: whatever somebody writes, a run neither hangs nor takes a
 * text for one that does not match.
 *
 * Three engines, by what a pattern needs: JavaScript's own where it cannot go astray, RE2 where only a linear one
 * will do, and one that counts its steps for the rest.
 *
 * @module
 */
import { RE2JS, RE2JSException } from "re2js";

import { SyncError } from "../core/errors.ts";
import { isWordPlace, type Node, some } from "./ast.ts";
import { backtracker, TooManySteps } from "./backtrack.ts";
import { parse } from "./parse.ts";
import { isSafe } from "./safety.ts";
import { asJavaScript, asRe2 } from "./write.ts";

/** A pattern that is understood. */
export interface Regex {
  readonly pattern: string;
  /**
   * Whether it matches anywhere in a text.
   *
   * @throws SyncError `usage` when the pattern needs too many steps for this text
   */
  test(text: string): boolean;
}

/**
 * Understands a pattern.
 *
 * @throws PatternError that says what is wrong and where
 */
export function compileRegex(pattern: string): Regex {
  const node = parse(pattern);
  return { pattern, test: testOf(pattern, node) };
}

/** A pattern that matches a text as it is. */
export function quoted(text: string): string {
  return text.replaceAll(/[^\w/]/gu, (found) => `\\x{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

function testOf(pattern: string, node: Node): (text: string) => boolean {
  if (isSafe(node)) {
    const native = new RegExp(asJavaScript(node), "u");
    return (text) => native.test(text);
  }
  return linearTest(node) ?? countedTest(pattern, node);
}

/** `undefined` if RE2 cannot do it, or thinks it too large. */
function linearTest(node: Node): ((text: string) => boolean) | undefined {
  if (some(node, needsSteps)) return undefined;
  try {
    const linear = RE2JS.compile(asRe2(node));
    return (text) => linear.matcher(text).find();
  } catch (cause) {
    if (cause instanceof RE2JSException) return undefined;
    throw cause;
  }
}

function countedTest(pattern: string, node: Node): (text: string) => boolean {
  const stepwise = backtracker(node);
  return (text) => {
    try {
      return stepwise(text);
    } catch (cause) {
      if (!(cause instanceof TooManySteps)) throw cause;
      throw tooCostly(pattern, text, cause);
    }
  };
}

/** What RE2 has not. */
function needsSteps(node: Node): boolean {
  return (
    ["look", "reference", "atomic"].includes(node.kind) ||
    (node.kind === "place" && isWordPlace(node.place))
  );
}

/** Of a text so much is shown. */
const shownLength = 80;

function tooCostly(pattern: string, text: string, cause: TooManySteps): SyncError {
  const shown = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
  return new SyncError(
    "usage",
    `the pattern ${JSON.stringify(pattern)} can match ${JSON.stringify(shown)} in too many ways to try them all`,
    { hint: "Write it without nested repetitions, or without look-around and references.", cause },
  );
}
