/**
 * Which configuration file is meant.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../../index.ts";
import type { TypedArguments } from "../arguments.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What `run` looks for where nobody names a file. */
const names = ["s3sync.toml", "s3sync.yaml", "s3sync.yml", "s3sync.json"];

/** The file that somebody has named, if anybody has. */
export function namedFile(typed: TypedArguments, environment: Environment): string | undefined {
  const [file] = typed.values.get("config") ?? [];
  const fromVariable = environment["S3SYNC_CONFIG"];
  return file ?? (fromVariable === "" ? undefined : fromVariable);
}

/**
 * The file in the working directory, else that of the user.
 *
 * @throws SyncError `usage` if there is none, or more than one in a directory
 */
export function usualFile(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = userDirectory(environment, platform);
  for (const directory of ["", ...(home === undefined ? [] : [home])]) {
    const found = names.map((name) => path.join(directory, name)).filter(isFile);
    const [file] = found;
    if (found.length > 1) {
      throw new SyncError("usage", `there is more than one configuration file: ${and(found)}`, {
        hint: "Keep one of them, or name it with --config FILE.",
      });
    }
    if (file !== undefined) return file;
  }
  const elsewhere = home === undefined ? "" : `, nor in ${home}`;
  throw new SyncError("usage", `there is no ${names.join(", ")} here${elsewhere}`, {
    hint: "Name the file with --config FILE; see s3sync run --help. A directory is written ./run.",
  });
}

function userDirectory(
  { XDG_CONFIG_HOME: xdg = "", HOME: home = "", APPDATA: appData = "" }: Environment,
  platform: NodeJS.Platform,
): string | undefined {
  const isWindows = platform === "win32";
  const homeConfig = home === "" ? "" : path.join(home, ".config");
  // A relative path there is to be ignored, the specification says.
  const base = isWindows ? appData : path.isAbsolute(xdg) ? xdg : homeConfig;
  return base === "" ? undefined : path.join(base, "s3sync");
}

function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function and(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
