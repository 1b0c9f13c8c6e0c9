/**
 * The resolved configuration of a run: every option has its value, and the values fit together.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import type { Option } from "./option.ts";
import { camelCase, optionNames, options, type OptionValues } from "./options.ts";
import { parsePlace, type Place } from "./place.ts";
import type { Purpose } from "./purpose.ts";
import { ruleViolations } from "./rules.ts";
import type { Config, ConfigInput, OptionsInput } from "./shape.ts";

/**
 * Fills in defaults and checks everything.
 *
 * @throws SyncError `usage`, one line per violation
 */
export function resolveConfig(input: ConfigInput): Config {
  return resolveOptions(input, () => ({
    source: parsePlace(input.source, "SOURCE"),
    target: parsePlace(input.target, "TARGET"),
  }));
}

/**
 * The same for places that need not be written down.
 *
 * @throws SyncError `usage`, one line per violation
 */
export function resolveOptions(
  input: OptionsInput,
  placesOf: () => Record<"source" | "target", Place>,
  purpose: Purpose = "sync",
): Config {
  const values: Record<string, unknown> = {};
  const problems = strangersIn(input);
  let allRead = problems.length === 0;
  for (const name of optionNames) {
    const property = camelCase(name);
    const option: Option = options[name];
    try {
      const given = read(option.kind, input[property]);
      values[property] = given ?? option.fallback;
      const problem = given === undefined ? undefined : option.kind.check(given);
      if (problem !== undefined) problems.push(`--${name}: ${problem}`);
    } catch (error) {
      allRead = false;
      const isTyped = error instanceof TypeError;
      const problem = isTyped ? "a value of another type is wanted" : messageOf(error);
      problems.push(`--${name}: ${problem}`);
    }
  }
  // Rules are for values of the right types.
  if (!allRead) throw new SyncError("usage", problems.join("\n"));
  const config = Object.freeze({ purpose, ...(values as unknown as OptionValues), ...placesOf() });
  problems.push(...ruleViolations(config));
  if (problems.length > 0) throw new SyncError("usage", problems.join("\n"));
  return config;
}

/** A value that may have come as text or, like `--max-delete`, as a number; or as several. */
function read(kind: Option["kind"], given: unknown): unknown {
  if (typeof given === "string") return kind.parse(given);
  const isShare = kind === options["max-delete"].kind || kind === options.sample.kind;
  if (typeof given === "number" && isShare) return kind.parse(`${given}`);
  if (!Array.isArray(given) || kind.join === undefined) return given;
  return kind.join(given.map((each) => (typeof each === "string" ? kind.parse(each) : [each])));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is said of names that are none: without a type check nobody else would notice that `dry-run` is not `dryRun`. */
function strangersIn(input: OptionsInput): string[] {
  const names = Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : name));
  return names
    .filter((name) => !properties.has(name))
    .map((name) => {
      const meant = [...properties].find((each) => spelled(each) === spelled(name));
      return `there is no option ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
    });
}

const properties: ReadonlySet<string> = new Set([
  "source",
  "target",
  ...optionNames.map(camelCase),
]);

function spelled(name: string): string {
  return name.replaceAll(/[-_]/g, "").toLowerCase();
}
