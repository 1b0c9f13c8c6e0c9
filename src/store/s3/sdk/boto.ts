/**
 * The configuration files of boto, which gsutil, s3-bsync and older scripts use.
 *
 * @see https://boto.readthedocs.io/en/latest/boto_config_tut.html
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** What such a file says of somebody. */
export interface BotoKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  /** The keyring that has the secret. */
  readonly keyring: string | undefined;
}

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
): BotoKeys | undefined {
  const sections: Sections = new Map();
  for (const file of botoFiles(environment)) readInto(sections, file);
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

function readInto(sections: Sections, file: string): void {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch {
    return;
  }
  let section = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const name = /^\[(.+?)\]/.exec(line)?.[1];
    const [, key, value] = /^([^\s#;=:][^=:]*?)\s*[=:]\s*(.*?)\s*(?:\s;.*)?$/.exec(line) ?? [];
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
    } else if (key !== undefined && value !== undefined && value !== "") {
      section.set(key.toLowerCase(), value);
    }
  }
}
