/**
 * The configuration files of boto, which gsutil, s3-bsync and older scripts use.
 *
 * @see https://boto.readthedocs.io/en/latest/boto_config_tut.html
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { SyncError } from "../../../core/errors.ts";

/** What such a file says of somebody. */
export interface BotoKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  /** The keyring that has the secret. */
  readonly keyring: string | undefined;
}

/** Hears of a file that is broken; what can be read of it counts all the same. */
export type HearTrouble = (error: SyncError) => void;

type Environment = Readonly<Record<string, string | undefined>>;
type Sections = Map<string, Map<string, string>>;

/**
 * Reads the files; later ones add to the earlier ones and win. One that is absent is as good as an empty one.
 *
 * @param profile whose keys are wanted; `undefined`: those of nobody in particular
 * @returns `undefined` where no file names an access key
 */
export function readBotoKeys(
  profile: string | undefined,
  environment: Environment = process.env,
  warn: HearTrouble = () => undefined,
): BotoKeys | undefined {
  const sections: Sections = new Map();
  for (const file of botoFiles(environment)) readInto(sections, file, warn);
  const section = sections.get(profile === undefined ? "Credentials" : `profile ${profile}`);
  const accessKeyId = section?.get("aws_access_key_id");
  if (section === undefined || accessKeyId === undefined) return undefined;
  return {
    accessKeyId,
    secretAccessKey: section.get("aws_secret_access_key"),
    sessionToken: section.get("aws_security_token") ?? section.get("aws_session_token"),
    keyring: section.get("keyring"),
  };
}

/** `BOTO_CONFIG` names one file, `BOTO_PATH` several. */
function botoFiles({ BOTO_CONFIG: one = "", BOTO_PATH: several = "" }: Environment): string[] {
  if (one !== "") return [withHome(one)];
  if (several !== "") return several.split(path.delimiter).map(withHome);
  return ["/etc/boto.cfg", withHome("~/.boto")];
}

function withHome(file: string): string {
  return file.startsWith("~/") ? path.join(os.homedir(), file.slice(2)) : file;
}

function readInto(sections: Sections, file: string, warn: HearTrouble): void {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch {
    return;
  }
  let section: Map<string, string> | undefined;
  let broken: number | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const name = /^\[(.+?)\]/.exec(line)?.[1];
    const [, key, value] = /^([^\s#;=:][^=:]*?)\s*[=:]\s*(.*?)\s*(?:\s;.*)?$/.exec(line) ?? [];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
    } else if (key !== undefined && value !== undefined && section !== undefined) {
      if (value !== "") section.set(key.toLowerCase(), value);
    } else if (!passed.test(line)) broken ??= index + 1;
  }
  if (broken !== undefined) warn(brokenAt(file, broken));
}

/** Blank lines, comments, and those that go on with a value. */
const passed = /^\s|^[#;]|^$/;

/** The line is not shown: it may hold a secret. */
function brokenAt(file: string, line: number): SyncError {
  const what = `${file}: line ${line} is neither [SECTION] nor NAME = VALUE in a section`;
  return new SyncError("credentials", what, {
    path: file,
    hint: "Correct the line: keys that stand there or below it may be overlooked.",
  });
}
