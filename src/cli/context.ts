/**
 * What the process gives to the command line.
 *
 * @module
 */
import type { ExitCode } from "./exit-codes.ts";

/** Arguments, variables, and a way out. */
export interface CliContext {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the process at once. */
  readonly exitNow: (code: ExitCode) => void;
}
