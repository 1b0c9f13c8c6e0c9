/**
 * `s3sync keyring set|remove NAME ACCESS-KEY`.
 *
 * @module
 */
import fs from "node:fs";
import type tty from "node:tty";

import { keyring, SyncError } from "../index.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { remark } from "./say.ts";

/** What `s3sync keyring --help` prints. */
export const keyringHelp = `Keep secret access keys in the system's keyring (Keychain, Credential Manager, GNOME Keyring, KWallet),
instead of in files.

Usage: s3sync keyring set NAME ACCESS-KEY
       s3sync keyring remove NAME ACCESS-KEY

  s3sync keyring set work AKIAIOSFODNN7EXAMPLE            asks for the secret
  pass show aws/work | s3sync keyring set work AKIAIOSFODNN7EXAMPLE
  s3sync --keyring work --access-key AKIAIOSFODNN7EXAMPLE ./photos s3://bucket/photos/

Runs find the secret with --keyring, --source-keyring or --target-keyring NAME, or by \`keyring = NAME\` in a
.boto file. The access key is that of --access-key, AWS_ACCESS_KEY_ID or the .boto file.
`;

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, or `credentials` when there is no keyring
 */
export async function runKeyring(positionals: readonly string[]): Promise<ExitCode> {
  const [action, name = "", accessKeyId = "", ...surplus] = positionals;
  if (name === "" || accessKeyId === "" || surplus.length > 0) throw usage();
  if (action === "set") {
    const secret = await readSecret();
    if (secret === undefined) {
      remark("nothing was kept");
      return exitCode.sigint;
    }
    await keyring.set(name, accessKeyId, secret);
  } else if (action !== "remove") throw usage();
  else if (!(await keyring.remove(name, accessKeyId))) {
    const what = `${accessKeyId} under ${JSON.stringify(name)}`;
    throw new SyncError("not-found", `the keyring has no secret for the access key ${what}`);
  }
  return exitCode.fine;
}

function usage(): SyncError {
  return new SyncError("usage", "keyring needs what to do, a name and an access key", {
    hint: "For example: s3sync keyring set work AKIAIOSFODNN7EXAMPLE",
  });
}

/** From stdin, without an echo where somebody types; `undefined` after Ctrl-C. */
async function readSecret(): Promise<string | undefined> {
  const { stdin } = process;
  const typed = stdin.isTTY ? await readHidden(stdin) : fs.readFileSync(0, "utf8");
  const secret = typed?.trim();
  if (secret === "") throw new SyncError("usage", "the secret access key on stdin is empty");
  return secret;
}

const endOfLine = /[\r\n\u0004]/;
const ctrlC = "\u0003";
const rubout = /[^\u007f\b][\u007f\b]/;

/** A line from the terminal. Nothing of it is shown. */
async function readHidden(terminal: tty.ReadStream): Promise<string | undefined> {
  terminal.setRawMode(true);
  process.stderr.write("Secret access key: ");
  let typed = "";
  try {
    for await (const chunk of terminal) {
      typed += String(chunk);
      if (typed.includes(ctrlC)) return undefined;
      if (endOfLine.test(typed)) break;
    }
  } finally {
    terminal.setRawMode(false);
    process.stderr.write("\n");
  }
  let line = typed.split(endOfLine, 1)[0] ?? "";
  while (rubout.test(line)) line = line.replace(rubout, "");
  return line;
}
