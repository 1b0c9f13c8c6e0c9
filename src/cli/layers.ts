/**
 * Where option values come from: the command line, then tables of a configuration file, then the environment,
 * then the defaults.
 *
 * @module
 */
import {
  camelCase,
  type ConfigInput,
  environmentNames,
  onlyFor,
  type Option,
  type OptionName,
  optionNames,
  options,
  SyncError,
} from "../index.ts";
import type { TypedArguments } from "./arguments.ts";

/** Values of options, read, and what was wrong with the others. */
export interface ReadOptions {
  readonly values: Partial<ConfigInput>;
  readonly problems: readonly string[];
  /** Options whose values are only defaults for many runs. */
  readonly loose: readonly OptionName[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a place says about an option. */
export interface Found {
  readonly texts: readonly string[];
  /** Where each of them stands among all options, for those of which the order counts. */
  readonly places?: readonly number[];
  /** How messages name the place where it was found. */
  readonly origin: string;
  /** It is said for many runs, and may have no effect on this one. */
  readonly isLoose?: boolean;
  /** Why there is no text to read. */
  readonly problem?: string;
}

/** A place where option values come from. */
export interface Layer {
  find(name: OptionName): Found | undefined;
}

/**
 * Reads every option from the first layer that has it.
 *
 * @param files between the command line and the environment, the one that wins first
 */
export function readOptions(
  typed: TypedArguments,
  environment: Environment,
  files: readonly Layer[] = [],
): ReadOptions {
  const layers = [commandLine(typed), ...files, variables(environment)];
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const loose: OptionName[] = [];
  for (const name of optionNames) {
    const found = firstFound(layers, name);
    if (found === undefined) continue;
    if (found.isLoose === true) loose.push(name);
    try {
      values[camelCase(name)] = valueOf(found, options[name]);
    } catch (error) {
      problems.push(`${found.origin}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { values, problems, loose };
}

/**
 * Options that somebody has typed and a command does not have. A variable is for all commands.
 *
 * @throws SyncError `usage`
 */
export function refuseOthers(
  { values }: TypedArguments,
  isMeant: (name: OptionName) => boolean,
  command: string,
): void {
  const others = [...values.keys()].filter((name) => !isMeant(name));
  if (others.length === 0) return;
  const lines = others.map((name) => `--${name} means nothing to ${command}`);
  throw new SyncError("usage", lines.join("\n"));
}

function firstFound(layers: readonly Layer[], name: OptionName): Found | undefined {
  for (const layer of layers) {
    const found = layer.find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws Error that says what is allowed */
function valueOf({ texts, places, problem }: Found, { kind }: Option): unknown {
  if (problem !== undefined) throw new Error(problem);
  const read = texts.map((text, index) => kind.parse(text, places?.[index]));
  return kind.join?.(read) ?? read[0];
}

function commandLine(typed: TypedArguments): Layer {
  return {
    find(name) {
      const texts = typed.values.get(name);
      const places = typed.places.get(name) ?? [];
      return texts === undefined ? undefined : { texts, places, origin: `--${name}` };
    },
  };
}

/** An empty variable counts as one that is not set. */
function variables(environment: Environment): Layer {
  return {
    find(name) {
      for (const variable of environmentNames(name, options[name])) {
        const text = environment[variable];
        if (text === undefined || text === "") continue;
        const origin = `the variable ${variable}`;
        return { texts: [text], origin, isLoose: isSpecial(name) };
      }
      return undefined;
    },
  };
}

/** Whether only one command knows it: a variable is for all of them. */
function isSpecial(name: OptionName): boolean {
  return Object.values(onlyFor).some((names) => names.includes(name));
}
