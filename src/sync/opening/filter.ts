/**
 * The filters that a configuration means.
 *
 * @module
 */
import fs from "node:fs";

import type { Config } from "../../config/shape.ts";
import { SyncError } from "../../core/errors.ts";
import type { Key } from "../../core/key.ts";
import { type ContentFilter, contentFilter } from "../../filter/content-filter.ts";
import { globFilter } from "../../filter/globs.ts";
import { IgnoreRules } from "../../filter/ignore-file.ts";
import { IgnoreTree } from "../../filter/ignore-tree.ts";
import { KeyList } from "../../filter/key-list.ts";
import { type NameRule, type ObjectFilter, objectFilter } from "../../filter/object-filter.ts";
import { fileError } from "../../store/local/fs-errors.ts";
import { onDisk } from "../../store/local/names/disk-names.ts";
import { nameEncodingOf } from "../../store/local/names/name-encoding.ts";
import { Places } from "../../store/local/names/places.ts";
import type { BackupPlace } from "../backups/backup-place.ts";
import { ownFilesRule } from "./own-files.ts";

/** Ignore files in a local source have this name. */
export const ignoreFileName = ".s3syncignore";

/**
 * Reads the options about filters; `undefined` where nothing is to be filtered.
 *
 * @param backups what the source has under the keys of backups would get among them
 * @throws SyncError `usage` when a file cannot be read
 */
export function filterOf(config: Config, backups?: BackupPlace): ObjectFilter | undefined {
  const ownFiles = ownFilesRule(config);
  return objectFilter({
    beforeMs: config.filterMtimeBefore?.getTime(),
    fromMs: config.filterMtimeAfter?.getTime(),
    belowBytes: config.filterSmallerSize,
    fromBytes: config.filterLargerSize,
    include: config.filterIncludeRegex,
    exclude: config.filterExcludeRegex,
    names: [
      ...(ownFiles === undefined ? [] : [ownFiles]),
      ...(backups === undefined ? [] : [{ name: backups.option, leavesOut: backups.holds }]),
      ...globRules(config),
      ...ignoreRules(config),
      ...listRules(config),
    ],
    deletesExcluded: config.deleteExcluded,
  });
}

/** Reads the options about what only objects themselves tell. */
export function contentFilterOf(config: Config): ContentFilter | undefined {
  return contentFilter({
    contentType: {
      include: config.filterIncludeContentTypeRegex,
      exclude: config.filterExcludeContentTypeRegex,
    },
    metadata: {
      include: config.filterIncludeMetadataRegex,
      exclude: config.filterExcludeMetadataRegex,
    },
    tags: { include: config.filterIncludeTagRegex, exclude: config.filterExcludeTagRegex },
  });
}

function globRules({ include, exclude }: Config): NameRule[] {
  const leavesOut = globFilter(include, exclude);
  return leavesOut === undefined ? [] : [{ name: "--exclude", leavesOut }];
}

/**
 * Which names users do not want to see: by ignore files in a directory, by those that they name, and by globs.
 *
 * @throws SyncError `usage` when a file cannot be read
 */
export function ignoredNames(config: Config): (key: Key) => boolean {
  const tree = ignoreTree(config);
  const leavesOut = globFilter(config.include, config.exclude);
  return (key) => tree?.ignores(key) === true || leavesOut?.(key) === true;
}

function ignoreTree(config: Config): IgnoreTree | undefined {
  const { source, ignoreFile, encodeNames, filenameEncoding } = config;
  const given = ignoreFile
    .map((file) => new IgnoreRules(textOf(file, "--ignore-file")))
    .toReversed();
  const root = source.kind === "local" && isDirectory(source.path) ? source.path : undefined;
  if (root === undefined && given.length === 0) return undefined;
  const encoding = nameEncodingOf(filenameEncoding);
  const places = root === undefined ? undefined : new Places(root, encodeNames, encoding);
  const read = places === undefined ? undefined : ignoreFilesBelow(places);
  return new IgnoreTree(read, given);
}

function ignoreRules(config: Config): NameRule[] {
  const tree = ignoreTree(config);
  if (tree === undefined) return [];
  const { source } = config;
  const root = source.kind === "local" && isDirectory(source.path) ? source.path : undefined;
  const isIgnoreFile = (key: Key): boolean =>
    root !== undefined && (key === ignoreFileName || key.endsWith(`/${ignoreFileName}`));
  return [{ name: "an ignore file", leavesOut: (key) => isIgnoreFile(key) || tree.ignores(key) }];
}

function isDirectory(root: string): boolean {
  try {
    return fs.statSync(root, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // Whoever opens the source tells of it.
    return false;
  }
}

/** Read at once, when the first key of a directory is judged: the walk is there anyway. */
function ignoreFilesBelow(places: Places): (directory: string) => string | undefined {
  return (directory) => {
    const file = placeOf(places, directory + ignoreFileName);
    return file !== undefined && isThere(file) ? textOf(file, "an ignore file") : undefined;
  };
}

/** Keys that only the target has may be no paths at all. */
function placeOf(places: Places, key: string): string | undefined {
  try {
    return places.path(key);
  } catch {
    return undefined;
  }
}

/** Most directories have none, and an exception costs more than a look. */
function isThere(file: string): boolean {
  try {
    return fs.statSync(onDisk(file), { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // A name that is too long, or a directory that nobody can look into: the walk tells of it.
    return false;
  }
}

function listRules({ filesFrom }: Config): NameRule[] {
  if (filesFrom === undefined) return [];
  const list = new KeyList(textOf(filesFrom === "-" ? 0 : filesFrom, "--files-from"));
  return [{ name: "--files-from", leavesOut: (key) => !list.has(key), list }];
}

function textOf(file: string | 0, what: string): string {
  try {
    return fs.readFileSync(file === 0 ? file : onDisk(file), "utf8");
  } catch (cause) {
    const { message } = fileError(cause, "read", file === 0 ? "standard input" : file);
    throw new SyncError("usage", `${what}: ${message}`, { cause });
  }
}
