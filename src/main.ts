#!/usr/bin/env -S bun --no-env-file --config=/dev/null
/**
 * The program: parse, run, exit code.
 *
 * @module
 */
import { runCli } from "./cli/cli.ts";

process.exit(
  await runCli({
    argv: process.argv.slice(2),
    environment: process.env,
    exitNow: (code) => process.exit(code),
  }),
);
