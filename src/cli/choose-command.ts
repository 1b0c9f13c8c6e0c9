/**
 * Which command is meant. SOURCE comes first on the command line, as upstream's; so a first word is a command
 * only if what follows fits it.
 *
 * @module
 */
import { SyncError } from "../index.ts";
import { closest } from "./suggest.ts";

/** Which arguments a command takes. */
export interface CommandShape {
  readonly least: number;
  readonly most: number;
  /** Whether arguments of this number can be meant for it. */
  suits?(args: readonly string[]): boolean;
}

/** A command and the arguments that are left for it. */
export interface Choice<Name extends string = string> {
  readonly command: Name;
  readonly rest: readonly string[];
}

/** The command that is meant when none is named. */
const byDefault = "sync";

/** All commands, and the one that is meant when none is named among them. */
type Shapes<Name extends string> = Readonly<Record<Name | typeof byDefault, CommandShape>>;

/**
 * Decides.
 *
 * @param exists whether there is a file or directory of that name here
 * @throws SyncError `usage` when both readings fit and the path exists
 */
export function chooseCommand<Name extends string>(
  positionals: readonly string[],
  commands: Shapes<Name>,
  exists: (path: string) => boolean,
): Choice<Name | typeof byDefault> {
  const [first, ...rest] = positionals;
  const asSource = { command: byDefault, rest: positionals } as const;
  if (first === undefined || !isNameIn(commands, first)) return asSource;
  const asCommand = { command: first, rest };
  const fitsCommand = fits(commands[first], rest);
  const fitsSource = fits(commands[byDefault], positionals);
  if (fitsCommand && fitsSource && exists(first)) {
    throw new SyncError("usage", `${first} is a command and also a path here`, {
      hint: `Write ./${first} for the path, or s3sync ${byDefault} ${positionals.join(" ")}.`,
    });
  }
  return fitsCommand || !fitsSource ? asCommand : asSource;
}

/**
 * Guesses at the command that somebody may have meant by a first word that is none. Words are short, so a few letters
 * make another one.
 *
 * @param exists whether there is a file or directory of that name here: then it is meant
 */
export function commandMeant(
  [first = ""]: readonly string[],
  names: readonly string[],
  exists: (path: string) => boolean,
): string | undefined {
  if (!/^[a-z]+$/i.test(first) || names.includes(first) || exists(first)) return undefined;
  return closest(first.toLowerCase(), names, Math.round(first.length / 2.5));
}

function isNameIn<Names extends object>(
  commands: Names,
  name: string,
): name is keyof Names & string {
  return Object.hasOwn(commands, name);
}

function fits(shape: CommandShape | undefined, args: readonly string[]): boolean {
  if (shape === undefined || args.length < shape.least || args.length > shape.most) return false;
  return shape.suits?.(args) ?? true;
}
