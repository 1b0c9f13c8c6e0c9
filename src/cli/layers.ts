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
  /** Somebody has just typed it. */
  readonly isTyped?: boolean;
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
      const said = error instanceof Error ? error.message : String(error);
      problems.push(`${found.origin}: ${said}${typedText(found, options[name])}`);
    }
  }
  return { values, problems, loose };
}

/**
 * Options that somebody has typed and a command does not have. A variable is for all commands.
 *
 * @param insteadOf what is there in place of an option
 * @throws SyncError `usage`
 */
export function refuseOthers(
  { values }: TypedArguments,
  isMeant: (name: OptionName) => boolean,
  command: string,
  insteadOf: (name: OptionName) => string | undefined = () => undefined,
): void {
  const others = [...values.keys()].filter((name) => !isMeant(name));
  if (others.length === 0) return;
  const lines = others.map((name) => `--${name} means nothing to ${command}`);
  const hint = others.map(insteadOf).find((text) => text !== undefined);
  throw new SyncError("usage", lines.join("\n"), { hint });
}

/** Longer texts are no typos. */
const longestShown = 60;

/**
 * What somebody typed, for those who look for the typo, or for the value that swallowed SOURCE. Only of kinds that
 * are never a secret, and never from a variable, where anything may be.
 */
function typedText({ texts, isTyped }: Found, { kind }: Option): string {
  const [text, ...others] = texts;
  const isPlain = kind.flag || kind.numeric === true || kind.words !== undefined;
  const isShown = isTyped === true && isPlain && others.length === 0;
  return isShown && text !== undefined && text.length <= longestShown ? `, not "${text}"` : "";
}

/**
 * Names the variables behind the options that a message names: on the command line nobody sees them.
 *
 * @param message of a rule, such as `--max-delete needs --delete`
 */
export function withVariables(
  message: string,
  { values }: TypedArguments,
  environment: Environment,
): string {
  return message.replaceAll(/--([a-z][a-z0-9-]*)/g, (written, name: string) => {
    if (!isOptionName(name) || values.has(name)) return written;
    const variable = variableOf(name, environment);
    return variable === undefined ? written : `${written} (the variable ${variable})`;
  });
}

function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}

/** The first that is set. An empty variable counts as one that is not. */
function variableOf(name: OptionName, environment: Environment): string | undefined {
  const names = environmentNames(name, options[name]);
  return names.find((variable) => (environment[variable] ?? "") !== "");
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
      return texts === undefined
        ? undefined
        : { texts, places, origin: `--${name}`, isTyped: true };
    },
  };
}

function variables(environment: Environment): Layer {
  return {
    find(name) {
      const variable = variableOf(name, environment);
      const text = variable === undefined ? undefined : environment[variable];
      if (text === undefined) return undefined;
      return { texts: [text], origin: `the variable ${variable}`, isLoose: isSpecial(name) };
    },
  };
}

/** Whether only one command knows it: a variable is for all of them. */
function isSpecial(name: OptionName): boolean {
  return Object.values(onlyFor).some((names) => names.includes(name));
}
