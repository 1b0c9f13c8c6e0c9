/**
 * Reads the command line against the option table. citty's own parser takes unknown options without a word
 * and eats every `--no-…`, so options are read here; citty runs the commands.
 *
 * @module
 */
import { aliases, letters, type Option, type OptionName, optionNames, options } from "../index.ts";
import { adviceFor, adviceForLetters } from "./habits.ts";
import { closest } from "./suggest.ts";

/** What somebody typed. */
export interface TypedArguments {
  readonly positionals: readonly string[];
  /** Texts as typed, in their order; flags without a value are `"true"`. */
  readonly values: ReadonlyMap<OptionName, readonly string[]>;
  /** Where each of these texts stands among all options: the order of some counts. */
  readonly places: ReadonlyMap<OptionName, readonly number[]>;
  /** `-v` counts up, `-q` counts down. */
  readonly verbosity: number;
  readonly help: boolean;
  readonly version: boolean;
  /** Of `run`: all jobs. */
  readonly all: boolean;
  /** Of `run`: the schema of its files is wanted. */
  readonly printSchema: boolean;
  /** Everything wrong with it, one sentence each. */
  readonly problems: readonly string[];
}

/** What is no row of the option table: it says what is to be done, not how. */
type PlainFlag = "help" | "version" | "verbose" | "quiet" | "all" | "printSchema";

const plainFlags: Readonly<Record<string, PlainFlag>> = {
  "--help": "help",
  "-h": "help",
  "--version": "version",
  "-V": "version",
  "--verbose": "verbose",
  "--quiet": "quiet",
  "--all": "all",
  "--print-schema": "printSchema",
};

/** `-vvv`. */
const cluster = /^-[vqhV]+$/;

/** What a typo may have been meant to be: a spelling, and what to suggest for it. */
const meanings = new Map<string, string>([
  ...sidelessNames(),
  ...[...optionNames.map((name) => `--${name}`), ...Object.keys(plainFlags)]
    .filter((name) => name.startsWith("--"))
    .map((name) => [name, name] as const),
]);

/** `--profile`, as other tools have it: here each side has its own. */
function sidelessNames(): (readonly [string, string])[] {
  const sided = optionNames.flatMap((name) => /^(?:source|target)-(.*)$/.exec(name)?.[1] ?? []);
  return [...new Set(sided)].map((rest) => {
    const both = optionNames.filter((name) => [`source-${rest}`, `target-${rest}`].includes(name));
    return [`--${rest}`, both.map((name) => `--${name}`).join(" or ")];
  });
}

/** Reads arguments. Never throws: all problems are told together. */
export function parseArguments(argv: readonly string[]): TypedArguments {
  return new ArgumentReader(argv).read();
}

class ArgumentReader {
  private at = 0;
  private verbosity = 0;
  private readonly seen = { help: false, version: false, all: false, printSchema: false };
  private readonly positionals: string[] = [];
  private readonly values = new Map<OptionName, readonly string[]>();
  private readonly places = new Map<OptionName, readonly number[]>();
  private readonly problems: string[] = [];

  constructor(private readonly argv: readonly string[]) {}

  read(): TypedArguments {
    for (let text = this.next(); text !== undefined; text = this.next()) {
      if (text === "--") {
        this.positionals.push(...this.argv.slice(this.at));
        break;
      }
      if (text.startsWith("-") && text !== "-") this.readOption(text);
      else this.positionals.push(text);
    }
    const { positionals, values, places, verbosity, problems } = this;
    return { positionals, values, places, verbosity, ...this.seen, problems };
  }

  private next(): string | undefined {
    return this.argv[this.at++];
  }

  private readOption(text: string): void {
    const equals = text.indexOf("=");
    const typed = equals === -1 ? text : text.slice(0, equals);
    const value = equals === -1 ? undefined : text.slice(equals + 1);
    const plain = Object.hasOwn(plainFlags, typed) ? plainFlags[typed] : undefined;
    if (plain !== undefined && value === undefined) this.readPlain(plain);
    else if (cluster.test(text)) this.readCluster(text);
    else if (plain !== undefined || cluster.test(typed)) {
      this.problems.push(`${typed} takes no value`);
    } else {
      const name = optionNamed(typed);
      if (name === undefined) this.problems.push(unknownOption(typed));
      else this.readValue(typed, name, value);
    }
  }

  private readPlain(flag: PlainFlag): void {
    if (flag === "verbose") this.verbosity += 1;
    else if (flag === "quiet") this.verbosity -= 1;
    else this.seen[flag] = true;
  }

  /** `-vvv`. */
  private readCluster(text: string): void {
    for (const letter of text.slice(1)) {
      if (letter === "v") this.verbosity += 1;
      else if (letter === "q") this.verbosity -= 1;
      else this.seen[letter === "h" ? "help" : "version"] = true;
    }
  }

  private readValue(typed: string, name: OptionName, given: string | undefined): void {
    this.places.set(name, [...(this.places.get(name) ?? []), this.at]);
    const { kind }: Option = options[name];
    if (kind.flag) {
      this.values.set(name, [given ?? "true"]);
      return;
    }
    const value = given ?? this.valueAfter();
    if (value === undefined) this.problems.push(`${typed} needs a value`);
    else if (kind.join !== undefined)
      this.values.set(name, [...(this.values.get(name) ?? []), value]);
    else if (this.values.has(name)) this.problems.push(`${typed} is given twice`);
    else this.values.set(name, [value]);
  }

  /** The next argument, unless it is an option itself: then the value was forgotten. */
  private valueAfter(): string | undefined {
    const text = this.argv[this.at];
    if (text === undefined || looksLikeOption(text)) return undefined;
    this.at += 1;
    return text;
  }
}

function looksLikeOption(text: string): boolean {
  if (text === "--" || cluster.test(text) || Object.hasOwn(plainFlags, text)) return true;
  return optionNamed(text.split("=", 1)[0] ?? "") !== undefined;
}

function optionNamed(typed: string): OptionName | undefined {
  if (Object.hasOwn(letters, typed)) return letters[typed];
  if (!typed.startsWith("--")) return undefined;
  const name = typed.slice(2);
  if (Object.hasOwn(aliases, name)) return aliases[name];
  return Object.hasOwn(options, name) ? (name as OptionName) : undefined;
}

function unknownOption(typed: string): string {
  const advice = adviceFor(typed) ?? guess(typed) ?? adviceForLetters(typed);
  return `unknown option ${typed}${advice === undefined ? "" : `; ${advice}`}`;
}

/** A letter is like any other letter, and nothing but dashes like any short name: of them there is no guessing. */
function guess(typed: string): string | undefined {
  if (typed.length <= "-x".length || /^-+$/.test(typed)) return undefined;
  const spelling = closest(typed.toLowerCase(), [...meanings.keys()]);
  return spelling === undefined ? undefined : `did you mean ${meanings.get(spelling)}?`;
}
