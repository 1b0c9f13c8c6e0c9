/**
 * The directories that a state file keeps in step: added, taken away, listed, shown; and files that are forgotten.
 *
 * @module
 */
import path from "node:path";

import type { OptionsInput } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import { Lock } from "../state/lock.ts";
import type { State } from "../state/state-file.ts";
import { readState, readWholeState } from "../state/state-store.ts";
import { ignoredNames, ignoreFileName } from "../sync/opening/filter.ts";
import { Memory } from "./memory.ts";
import { configFor } from "./place-config.ts";
import { below, idOf, nameOf, type Place, refuseOverlap, requireStateDirectory } from "./place.ts";

/**
 * What is kept in step.
 *
 * @throws SyncError `damaged-state`
 */
export function listMaps(file: string): readonly Place[] {
  const { buckets = [] } = readState(file) ?? {};
  return buckets.flatMap(({ name, maps }) => maps.map((map) => ({ ...map, bucket: name })));
}

/**
 * Adds a place. Nothing is synchronised yet.
 *
 * @throws SyncError `usage` when it shares something with another one
 */
export function addMap(file: string, place: Place): void {
  change(file, (memory) => {
    if (memory.places.some((each) => idOf(each) === idOf(place))) {
      throw new SyncError("usage", `${nameOf(place)} is kept in step already`);
    }
    refuseOverlap(place, memory.places);
    memory.add(place);
  });
}

/**
 * Takes a place away. Files and objects stay.
 *
 * @param directory or its prefix as `s3://bucket/prefix/`
 * @throws SyncError `usage` when there is none
 */
export function removeMap(file: string, directory: string): void {
  change(file, (memory) => {
    const wanted = path.resolve(directory);
    const found = memory.places.find(
      (each) => each.path === wanted || `s3://${each.bucket}/${each.prefix}` === directory,
    );
    if (found === undefined) throw unknown(directory, file);
    memory.drop(found);
  });
}

/** What came of forgetting a name. */
export interface Forgotten {
  /** How many files that were. */
  readonly files: number;
  /** Where a line is missing: without it the next run tracks them again, if they are still there. */
  readonly missing?: MissingRule | undefined;
}

/** A line that an ignore file has not. */
export interface MissingRule {
  readonly file: string;
  readonly line: string;
}

/**
 * Tracks a file no more, or all below a directory: from then on an ignore file counts for it. It stays on both sides.
 *
 * @param rules options by which names are left alone, as later runs will have them
 * @throws SyncError `usage` when it is in no place
 */
export function forgetFile(file: string, name: string, rules: OptionsInput = {}): Forgotten {
  const wanted = path.resolve(name);
  let files = 0;
  let missing: MissingRule | undefined;
  change(file, (memory) => {
    const around = memory.places.filter((each) => wanted.startsWith(below(each)));
    if (around.length === 0) throw unknown(name, file);
    // One that is not recursive may hold another one.
    for (const place of around) {
      const key = path.relative(place.path, wanted).split(path.sep).join("/");
      const keys = Array.from(memory.past(place), (known) => known.key).filter(
        (one) => one === key || one.startsWith(`${key}/`),
      );
      for (const each of keys) memory.forget(place, each);
      files += keys.length;
      const ignores = ignoredNames(configFor(rules, place));
      if (!keys.every((each) => ignores(each))) missing = ruleFor(place, key, keys[0] !== key);
    }
    if (files === 0) throw new SyncError("usage", `${name} is not tracked`);
  });
  return { files, missing };
}

function ruleFor(place: Place, key: string, isDirectory: boolean): MissingRule {
  // What means something else in such a file.
  const name = key.replaceAll(/[*?[\]\\]| $/g, String.raw`\$&`);
  return {
    file: path.join(place.path, ignoreFileName),
    line: `/${name}${isDirectory ? "/" : ""}`,
  };
}

/** A state as JSON has it. */
export function exportState(file: string): State {
  const state = readWholeState(file);
  if (state === undefined) throw new SyncError("usage", `there is no ${file}`);
  return state;
}

function change(file: string, work: (memory: Memory) => void): void {
  requireStateDirectory(file);
  using _lock = Lock.take(`${file}.lock`, file);
  using memory = new Memory(file, true);
  work(memory);
  memory.save(undefined);
}

function unknown(name: string, file: string): SyncError {
  return new SyncError("usage", `${name} is not kept in step`, {
    hint: `What is: s3sync bsync list --state ${file}`,
  });
}
