/**
 * Which command is meant. SOURCE comes first on the command line, as upstream's; so a first word is a command
 * only if what follows fits it.
 *
 * @module
 */
import { SyncError } from "../index.ts";

/** Which arguments a command takes. */
export interface CommandShape {
  readonly least: number;
  readonly most: number;
  /** Whether arguments of this number can be meant for it. */
  suits?(args: readonly string[]): boolean;
}

/** A command and the arguments that are left for it. */
export interface Choice {
  readonly command: string;
  readonly rest: readonly string[];
}

/** The command that is meant when none is named. */
const byDefault = "sync";

/**
 * Decides.
 *
 * @param exists whether there is a file or directory of that name here
 * @throws SyncError `usage` when both readings fit and the path exists
 */
export function chooseCommand(
  positionals: readonly string[],
  commands: Readonly<Record<string, CommandShape>>,
  exists: (path: string) => boolean,
): Choice {
  const [first, ...rest] = positionals;
  const asSource = { command: byDefault, rest: positionals };
  if (first === undefined || !Object.hasOwn(commands, first)) return asSource;
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

function fits(shape: CommandShape | undefined, args: readonly string[]): boolean {
  if (shape === undefined || args.length < shape.least || args.length > shape.most) return false;
  return shape.suits?.(args) ?? true;
}
