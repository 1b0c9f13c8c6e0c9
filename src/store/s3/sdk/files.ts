/**
 * The AWS files: that those which are named exist, and hold the profile that is named.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { SyncError } from "../../../core/errors.ts";
import { readBotoKeys } from "./boto.ts";

/** What can be said about files and profiles. */
export interface FileOptions {
  readonly profile: string | undefined;
  readonly configFile: string | undefined;
  readonly credentialsFile: string | undefined;
}

/**
 * Tells the SDK the names of its files; it reads them from the environment only.
 *
 * @throws SyncError `usage` when one cannot be read
 */
export function useFiles({ configFile, credentialsFile }: FileOptions): void {
  useFile("AWS_CONFIG_FILE", "--aws-config-file", configFile);
  useFile("AWS_SHARED_CREDENTIALS_FILE", "--aws-shared-credentials-file", credentialsFile);
}

/** What AWS's own variable names may be absent: all AWS tools take that for an empty file. */
function useFile(variable: string, option: string, file: string | undefined): void {
  if (file === undefined || file === process.env[variable]) return;
  try {
    fs.accessSync(withHome(file), fs.constants.R_OK);
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const why = missing ? "does not exist" : "cannot be read";
    throw new SyncError("usage", `${option}: ${file} ${why}`, { path: file, cause });
  }
  process.env[variable] = file;
}

/** As the SDK reads names: `--option=~/x` is not always expanded by the shell. */
function withHome(file: string): string {
  return file.startsWith("~/") ? path.join(os.homedir(), file.slice(2)) : file;
}

/** What the AWS files say of each profile. */
export type Profiles = Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;

/**
 * Reads both files; one that is absent is as good as an empty one. The SDK keeps what it has read for as long as the
 * process lives: this has it forget that, because somebody who keeps going gets other keys.
 */
export async function readProfiles(): Promise<Profiles> {
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true });
  const names = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
  return Object.fromEntries(
    [...names].map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]),
  );
}

/** The profile that somebody names; `undefined`: nobody does, so the default one is meant. */
export function namedProfile(profile: string | undefined): string | undefined {
  const name = profile ?? process.env["AWS_PROFILE"] ?? "";
  return name === "" || name === "default" ? undefined : name;
}

/**
 * Checks that the profile exists. The SDK would say that credentials are missing, and not why.
 *
 * @throws SyncError `usage` when it is in no file
 */
export function requireProfile(profile: string | undefined, profiles: Profiles): void {
  const name = namedProfile(profile);
  // The default one need not exist.
  if (name === undefined || Object.hasOwn(profiles, name)) return;
  if (readBotoKeys(name) !== undefined) return;
  const origin = profile === undefined ? "AWS_PROFILE: " : "";
  const config = process.env["AWS_CONFIG_FILE"] ?? "~/.aws/config";
  const credentials = process.env["AWS_SHARED_CREDENTIALS_FILE"] ?? "~/.aws/credentials";
  throw new SyncError(
    "usage",
    `${origin}there is no profile ${JSON.stringify(name)} in the configuration file ${config} or the credentials file ${credentials}`,
    {
      hint: "Check the profile's name; other files: --aws-config-file, --aws-shared-credentials-file.",
    },
  );
}
