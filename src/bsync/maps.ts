/**
 * The directories that a state file keeps in step: added, taken away, listed, shown; and files that are forgotten.
 *
 * @module
 */
import path from "node:path";

import { SyncError } from "../core/errors.ts";
import { Lock } from "../state/lock.ts";
import type { State } from "../state/state-file.ts";
import { readState } from "../state/state-store.ts";
import { Memory } from "./memory.ts";
import { below, idOf, nameOf, type Place, refuseOverlap, requireStateDirectory } from "./place.ts";

/**
 * What is kept in step.
 *
 * @throws SyncError `damaged-state`
 */
export function listMaps(file: string): readonly Place[] {
  const { buckets = [] } = readState(file, "skipped") ?? {};
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

/**
 * Tracks a file no more: from then on an ignore file counts for it. It stays on both sides.
 *
 * @returns how many files that were
 * @throws SyncError `usage` when it is in no place
 */
export function forgetFile(file: string, name: string): number {
  const wanted = path.resolve(name);
  let forgotten = 0;
  change(file, (memory) => {
    const around = memory.places.filter((each) => wanted.startsWith(below(each)));
    if (around.length === 0) throw unknown(name, file);
    // One that is not recursive may hold another one.
    for (const place of around) {
      const key = path.relative(place.path, wanted).split(path.sep).join("/");
      const keys = Array.from(memory.past(place), (known) => known.key);
      for (const each of keys.filter((one) => one === key || one.startsWith(`${key}/`))) {
        memory.forget(place, each);
        forgotten += 1;
      }
    }
    if (forgotten === 0) throw new SyncError("usage", `${name} is not tracked`);
  });
  return forgotten;
}

/** A state as JSON has it. */
export function exportState(file: string): State {
  const state = readState(file);
  if (state === undefined) throw new SyncError("usage", `there is no ${file}`);
  const { syncedAt, buckets } = state;
  return { syncedAt, buckets };
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
