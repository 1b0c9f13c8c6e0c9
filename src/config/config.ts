/**
 * The resolved configuration of a run: every option has its value, and the values fit together.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import type { Option } from "./option.ts";
import { camelCase, optionNames, options, type OptionValues } from "./options.ts";
import { parsePlace, type Place } from "./place.ts";
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
): Config {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of optionNames) {
    const property = camelCase(name);
    const given = input[property];
    const option: Option = options[name];
    values[property] = given ?? option.fallback;
    const problem = given === undefined ? undefined : option.kind.check(given);
    if (problem !== undefined) problems.push(`--${name}: ${problem}`);
  }
  const config = Object.freeze({ ...(values as unknown as OptionValues), ...placesOf() });
  problems.push(...ruleViolations(config));
  if (problems.length > 0) throw new SyncError("usage", problems.join("\n"));
  return config;
}
