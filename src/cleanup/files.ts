/**
 * Unfinished files below a directory. They are known by their names, which no other program gives to files.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { throwIfAborted } from "../core/cancel.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import { everything } from "../core/key.ts";
import type { Leftover } from "../core/leftover.ts";
import type { FoundJournal } from "../state/state-directory.ts";
import type { Directories } from "../store/local/directories/directories.ts";
import {
  guardedDirectories,
  plainDirectories,
} from "../store/local/directories/ways-to-directories.ts";
import { fileError } from "../store/local/fs-errors.ts";
import { isInUse } from "../store/local/names/temp-name.ts";
import { KnownDirectories } from "../store/local/walk/children.ts";
import { walk } from "../store/local/walk/walk.ts";
import { type CleanupRules, noteOf, reasonToKeep } from "./rules.ts";

/**
 * Removes those that nobody goes on with. Links are not followed.
 *
 * @throws SyncError that tells at the end what could not be looked into
 */
export async function* cleanFiles(
  root: string,
  rules: CleanupRules,
  signal: AbortSignal,
): AsyncGenerator<Leftover, void, undefined> {
  const stats = fs.statSync(root, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) {
    const why = stats === undefined ? "does not exist" : "is not a directory";
    throw new SyncError("usage", `${root} ${why}`, { path: root });
  }
  const journals = journalsByName(rules);
  const gaps: SyncError[] = [];
  using directories = opened(root);
  for await (const file of unfinishedFiles(root, (gap) => gaps.push(gap), signal)) {
    const name = path.basename(file);
    const journal = journals.get(name);
    journals.delete(name);
    const found = cleanOne(directories, root, file, journal, rules);
    if (found !== undefined) yield found;
  }
  const [first] = gaps;
  // What was not found may lie there.
  if (first !== undefined) throw new SyncError(first.code, textOf(gaps), { ...first });
  yield* dropJournals(below(root, journals.values()), rules);
}

function* dropJournals(
  journals: Iterable<FoundJournal>,
  rules: CleanupRules,
): Generator<Leftover, void, undefined> {
  const { dryRun, state } = rules;
  for (const journal of journals) {
    if (reasonToKeep(rules, 0, journal) !== undefined) continue;
    if (!dryRun) state.forget(journal.file);
    const { file: name, mtimeMs: sinceMs } = journal;
    yield { kind: "journal", name, sinceMs, outcome: "removed", dryRun };
  }
}

/** By the names of their files, which no two have. The same directory may be reached by several paths. */
function journalsByName({ state }: CleanupRules): Map<string, FoundJournal> {
  const found = new Map<string, FoundJournal>();
  for (const journal of state.all("transfer")) {
    const { name } = noteOf(journal);
    if (typeof name === "string") found.set(name, journal);
  }
  return found;
}

function below(root: string, journals: Iterable<FoundJournal>): FoundJournal[] {
  const start = path.resolve(root) + path.sep;
  return [...journals].filter(({ text }) => String(text.head["target"]).startsWith(start));
}

function textOf(gaps: readonly SyncError[]): string {
  return gaps.map(({ message }) => message).join("\n");
}

function opened(root: string): Directories & Disposable {
  const directories = guardedDirectories(root, { syncs: false, followsLinks: false });
  return Object.assign(directories, { [Symbol.dispose]: () => directories.close() });
}

async function* unfinishedFiles(
  root: string,
  gap: (error: SyncError) => void,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let met: string[] = [];
  const options = {
    followLinks: "none",
    ...{ ignoreLinks: true, encoded: false, known: new KnownDirectories() },
    // Only to find names; what is removed is reached in a way that nobody can bend.
    directories: plainDirectories(root),
    onTemp: (file: string) => void met.push(file),
  } as const;
  for await (const page of walk(root, everything, options)) {
    throwIfAborted(signal);
    for (const item of page) {
      // A name that is no text is none of ours.
      if (item.kind === "gap" && item.error.code !== "file-name") gap(item.error);
    }
    yield* met;
    met = [];
  }
}

function cleanOne(
  directories: Directories,
  root: string,
  file: string,
  journal: FoundJournal | undefined,
  rules: CleanupRules,
): Leftover | undefined {
  const { dryRun, state } = rules;
  const names = path.relative(root, file).split(path.sep);
  const name = names.pop() ?? "";
  try {
    const directory = directories.enter(names, "open");
    try {
      const stats = fs.lstatSync(directory.path(name));
      if (!stats.isFile()) return undefined;
      const about = { kind: "file", name: file, sinceMs: stats.mtimeMs, dryRun } as const;
      const inUse = journal === undefined && isInUse(name) ? "a run works on it" : undefined;
      const reason = inUse ?? reasonToKeep(rules, stats.mtimeMs, journal);
      if (reason !== undefined) return { ...about, outcome: "left", reason };
      directory.confirm();
      if (!dryRun) fs.unlinkSync(directory.path(name));
      if (!dryRun && journal !== undefined) state.forget(journal.file);
      return { ...about, outcome: "removed" };
    } finally {
      directory.leave();
    }
  } catch (thrown) {
    const error = toSyncError(fileError(thrown, "delete", file));
    if (error.code === "not-found") return undefined;
    return {
      kind: "file",
      name: file,
      sinceMs: 0,
      dryRun,
      outcome: "failed",
      reason: error.message,
    };
  }
}
