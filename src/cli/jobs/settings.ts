/**
 * A table of a configuration file: options by their long names. Here it is checked for what can be told without
 * the environment; the values themselves are read when a run wants them.
 *
 * @module
 */
import { aliases, type Option, type OptionName, optionNames, options } from "../../index.ts";
import { closest } from "../suggest.ts";
import type { Table } from "./parse-file.ts";

/** What a table says. */
export interface Settings {
  readonly values: ReadonlyMap<OptionName, Given>;
  /** Like a number of `-v`, or of `-q` if negative. */
  readonly verbosity: number | undefined;
}

/** A value as it is written. */
export interface Given {
  /** The key in the file: the name of the option, or another name for it. */
  readonly key: string;
  /** More than one only where an option takes more; variables are not put in yet. */
  readonly texts: readonly string[];
  /** Where each of them stands in the table: the order of some counts. */
  readonly places: readonly number[];
}

/** Says what is wrong with a key. */
export type Complain = (key: string, why: string) => void;

/** A table without anything. */
export const noSettings: Settings = { values: new Map(), verbosity: undefined };

/** Options about which file is read, and whether anything is run at all. */
export const outside: readonly string[] = ["config", "auto-complete-shell"] satisfies OptionName[];
const loudness = ["verbose", "quiet"] as const;
export const mostSteps = 9;

/** Reads a table. @param others keys of the table that are no options, for guesses */
export function readSettings(
  table: Table,
  others: readonly string[],
  complain: Complain,
): Settings {
  const values = new Map<OptionName, Given>();
  let place = 0;
  for (const [key, value] of Object.entries(table)) {
    if (loudness.some((name) => name === key)) continue;
    const name = optionOf(key);
    if (name === undefined) {
      complain(key, `there is no such option${suggestion(key, others)}`);
      continue;
    }
    const earlier = values.get(name);
    if (outside.includes(name)) complain(key, "it makes no sense in a file");
    else if (earlier !== undefined) complain(key, `it is the same as ${earlier.key}`);
    try {
      const texts = textsOf(value, options[name]);
      values.set(name, { key, texts, places: texts.map(() => place++) });
    } catch (error) {
      complain(key, error instanceof Error ? error.message : String(error));
    }
  }
  return { values, verbosity: verbosityOf(table, complain) };
}

function optionOf(key: string): OptionName | undefined {
  if (Object.hasOwn(aliases, key)) return aliases[key];
  return Object.hasOwn(options, key) ? (key as OptionName) : undefined;
}

/** `maxKeys`, `max_keys` and `--max-keys` are typos like others. */
function suggestion(key: string, others: readonly string[]): string {
  const plain = key
    .replace(/^-+/, "")
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`)
    .replaceAll(/[_ ]/g, "-")
    .toLowerCase();
  const meant = closest(plain, [...optionNames, ...Object.keys(aliases), ...loudness, ...others]);
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

function verbosityOf(table: Table, complain: Complain): number | undefined {
  const [verbose, quiet] = loudness.map((key) => {
    const value = Object.hasOwn(table, key) ? table[key] : undefined;
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= mostSteps) {
      return value;
    }
    complain(key, `a whole number from 0 to ${mostSteps} is allowed`);
    return 0;
  });
  if (verbose === undefined && quiet === undefined) return undefined;
  if (verbose !== undefined && quiet !== undefined) complain("quiet", "it contradicts verbose");
  return (verbose ?? 0) - (quiet ?? 0);
}

/** @throws Error that says what is wanted */
function textsOf(value: unknown, { kind }: Option): string[] {
  if (!Array.isArray(value)) return [textOf(value, kind)];
  if (kind.join === undefined) throw new Error("one value is wanted, not a list");
  return value.map((item) => textOf(item, kind));
}

/** The text that would stand on the command line. */
function textOf(value: unknown, kind: Option["kind"]): string {
  if (typeof value === "string") return value;
  if (kind.flag && typeof value === "boolean") return String(value);
  if (kind.numeric === true && typeof value === "number") return String(value);
  // TOML has times of its own.
  if (Object.prototype.toString.call(value).startsWith("[object Temporal.")) return String(value);
  throw new Error(whyNot(value, kind));
}

function whyNot(value: unknown, kind: Option["kind"]): string {
  if (value === null || value === undefined) return "it has no value";
  if (typeof value === "object")
    return `a value is wanted, not a ${Array.isArray(value) ? "list" : "table"}`;
  if (kind.flag) return "true or false is allowed";
  return kind.numeric === true ? "a number or a text is wanted" : "a text is wanted, in quotes";
}
