/**
 * Programs in a terminal, and what they write to it.
 *
 * @module
 */
import { expect } from "bun:test";

import { cliCommand } from "./cli.ts";

/** Variables that say that this very test is run by a machine. */
export const nobody = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(?:CI$|GITHUB_|GITLAB_|BUILD_|TEAMCITY_|TF_BUILD$|NO_COLOR$)/.test(name))
    .map((name) => [name, ""]),
);

/** What is written last: a process may have ended before all of it has come. */
const theEnd = "the-end-of-it";
const script = `"$@"; code=$?; printf ${theEnd}; exit $code`;

/** Runs s3sync in a terminal: all that was written to it. */
export async function inTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  exitCode = 0,
): Promise<string> {
  const decoder = new TextDecoder();
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  let text = "";
  await using terminal = new Bun.Terminal({
    ...{ cols: 100, rows: 30 },
    data: (_terminal, bytes) => {
      text += decoder.decode(bytes, { stream: true });
      if (text.endsWith(theEnd)) resolve();
    },
  });
  const child = Bun.spawn(["sh", "-c", script, "sh", ...cliCommand(), ...args], {
    env: { ...process.env, ...nobody, ...env },
    terminal,
  });
  expect(await child.exited).toBe(exitCode);
  await complete;
  return text.slice(0, -theEnd.length);
}

/** What moves the cursor or changes colours. */
export const steering = /[\u001b\b]|\r(?!\n)/;
