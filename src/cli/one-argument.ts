/**
 * Commands that are about one thing: a place, or a journal.
 *
 * @module
 */
import { type ConfigInput, SyncError } from "../index.ts";
import type { TypedArguments } from "./arguments.ts";
import type { ExitCode } from "./exit-codes.ts";

/** Such a command, as it was asked for. */
export interface SingleCommand {
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  /** What was typed: an option of no use is told, a variable for all runs is not. */
  readonly typed: TypedArguments;
  readonly exitNow: (code: ExitCode) => void;
}

/**
 * The argument that a command was given.
 *
 * @param needs what is said where there is none, or more than one: `ls needs one place`
 * @param example of the whole command line
 * @throws SyncError `usage`
 */
export function oneArgument(
  [first, ...surplus]: readonly string[],
  needs: string,
  example: string,
): string {
  if (first !== undefined && surplus.length === 0) return first;
  throw new SyncError("usage", needs, { hint: `For example: ${example}` });
}
