/**
 * Where option values come from: the command line, then the environment, then the defaults.
 *
 * @module
 */
import {
  camelCase,
  type ConfigInput,
  environmentNames,
  type Option,
  optionNames,
  options,
} from "../index.ts";
import type { TypedArguments } from "./arguments.ts";

/** Values of options, read, and what was wrong with the others. */
export interface ReadOptions {
  readonly values: Partial<ConfigInput>;
  readonly problems: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads every option from the first layer that has it. */
export function readOptions(typed: TypedArguments, environment: Environment): ReadOptions {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of optionNames) {
    const option: Option = options[name];
    const found = fromCommandLine(typed, name) ?? fromEnvironment(environment, name, option);
    if (found === undefined) continue;
    const places = typed.places.get(name) ?? [];
    try {
      const read = found.texts.map((text, index) => option.kind.parse(text, places[index]));
      values[camelCase(name)] = option.kind.join?.(read) ?? read[0];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(`${found.origin}: ${why}`);
    }
  }
  return { values, problems };
}

interface Found {
  readonly texts: readonly string[];
  /** How messages name the place where it was found. */
  readonly origin: string;
}

function fromCommandLine(
  typed: TypedArguments,
  name: (typeof optionNames)[number],
): Found | undefined {
  const texts = typed.values.get(name);
  return texts === undefined ? undefined : { texts, origin: `--${name}` };
}

/** An empty variable counts as one that is not set. */
function fromEnvironment(
  environment: Environment,
  name: string,
  option: Option,
): Found | undefined {
  for (const variable of environmentNames(name, option)) {
    const text = environment[variable];
    if (text !== undefined && text !== "")
      return { texts: [text], origin: `the variable ${variable}` };
  }
  return undefined;
}
