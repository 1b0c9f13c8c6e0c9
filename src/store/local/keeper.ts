/**
 * Puts files aside: by another link to them, which takes no time and no room, or by a copy where the place is on
 * another file system, or on one without links.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { throwIfAborted } from "../../core/cancel.ts";
import { isError, SyncError } from "../../core/errors.ts";
import type { Key } from "../../core/key.ts";
import type { Expected } from "../../core/object.ts";
import { foldersOf, type Keeper } from "../keeper.ts";
import type { Directories, DirectoryHandle } from "./directories/directories.ts";
import { isLink } from "./directories/in-the-way.ts";
import { isThere } from "./directories/make-directory.ts";
import { guardedDirectories } from "./directories/ways-to-directories.ts";
import { copyFile } from "./files/copy-file.ts";
import { changedSinceListing, isSameFile } from "./files/same-file.ts";
import { fileError, systemCode } from "./fs-errors.ts";
import { dropDraft } from "./leftovers.ts";
import { Places } from "./names/places.ts";
import { newTempName } from "./names/temp-name.ts";

/** Where files are, and where they are put. */
export interface LocalKeeperOptions {
  /** The tree that they are in. */
  readonly root: string;
  /** The place for them. It is made with the first one. */
  readonly place: string;
  /** Whether a key of the tree lies in the place. */
  readonly holds: (key: Key) => boolean;
  /** Names the folder for what is there already. */
  readonly runTime: string;
  /** What was put aside counts only when the disk has it. */
  readonly sync: boolean;
  /** How names are made of keys, and whether links to directories of the tree count as these: as in the tree. */
  readonly encodeNames?: boolean | undefined;
  readonly followsLinks?: boolean | undefined;
}

/** A file that is to be put aside: its directory, and its name there. */
interface Origin {
  readonly directory: DirectoryHandle;
  readonly name: string;
  readonly stats: fs.Stats;
}

/** Another link cannot be made here, whatever the reason: a copy does as well. */
const noLinks: ReadonlySet<string | undefined> = new Set([
  ...["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"],
]);

/** Files put aside in a directory. Close it. */
export class LocalKeeper implements Keeper {
  /** Each has two directories open, and two files where it is copied. A disk is no quicker for more. */
  readonly atOnce = 2;
  private readonly from: Directories;
  private readonly to: Directories;
  private readonly origins: Places;
  private readonly destinations: Places;

  constructor(private readonly options: LocalKeeperOptions) {
    const { root, place, sync, encodeNames = false, followsLinks = false } = options;
    this.origins = new Places(root, encodeNames);
    this.destinations = new Places(place, encodeNames);
    this.from = guardedDirectories(root, { syncs: false, followsLinks });
    this.to = guardedDirectories(place, { syncs: sync, followsLinks: false });
  }

  holds(key: Key): boolean {
    return this.options.holds(key);
  }

  placeOf(key: Key): string {
    return this.destinations.shown(key);
  }

  async keep(
    key: Key,
    expected: Expected | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    throwIfAborted(signal);
    const names = this.origins.components(key);
    const name = names.pop() ?? "";
    const directory = this.enterOrigin(names);
    if (directory === undefined) return undefined;
    try {
      const stats = fs.lstatSync(directory.path(name), { throwIfNoEntry: false });
      if (stats === undefined || !(stats.isFile() || stats.isSymbolicLink())) return undefined;
      if (!isExpected(stats, expected)) throw this.changed(key);
      return await this.place(key, names, { directory, name, stats });
    } catch (thrown) {
      throw fileError(thrown, "keep", this.pathOf(key), key);
    } finally {
      directory.leave();
    }
  }

  close(): void {
    this.from.close();
    this.to.close();
  }

  private pathOf(key: Key): string {
    return this.origins.shown(key);
  }

  private changed(key: Key): SyncError {
    return changedSinceListing(this.pathOf(key), "write");
  }

  /** `undefined` if there is no such directory, hence no file. */
  private enterOrigin(names: readonly string[]): DirectoryHandle | undefined {
    try {
      return this.from.enter(names, "open");
    } catch (thrown) {
      if (isError(thrown, "not-found", "path-clash")) return undefined;
      throw thrown;
    }
  }

  private async place(key: Key, names: readonly string[], origin: Origin): Promise<string> {
    for (const folder of foldersOf(this.options.runTime)) {
      const above = folder === "" ? [] : [folder.slice(0, -1)];
      const directory = this.enterPlace([...above, ...names]);
      if (directory === undefined) continue;
      try {
        if (!(await this.put(key, origin, directory))) continue;
        if (this.options.sync) await directory.sync();
        return path.join(this.options.place, ...above, ...names, origin.name);
      } finally {
        directory.leave();
      }
    }
    throw new SyncError("path-clash", `no place is left for it in ${this.options.place}`, { key });
  }

  /** `undefined` where a file of an earlier run stands in the way. */
  private enterPlace(names: readonly string[]): DirectoryHandle | undefined {
    try {
      return this.to.enter(names, "create");
    } catch (thrown) {
      if (isError(thrown, "path-clash")) return undefined;
      throw thrown;
    }
  }

  /** @returns false where something is there already */
  private async put(key: Key, origin: Origin, to: DirectoryHandle): Promise<boolean> {
    const [from, place] = [origin.directory.path(origin.name), to.path(origin.name)];
    if (origin.stats.isSymbolicLink()) return putLink(fs.readlinkSync(from), place);
    try {
      fs.linkSync(from, place);
    } catch (thrown) {
      const code = systemCode(thrown);
      if (code === "EEXIST") return isSameInode(fs.lstatSync(place), origin.stats);
      if (!noLinks.has(code)) throw thrown;
      return this.copy(key, origin, to);
    }
    // Of what took its place meanwhile nobody has decided that it may go.
    if (isUnchanged(fs.lstatSync(place), origin.stats)) return true;
    fs.unlinkSync(place);
    throw this.changed(key);
  }

  private async copy(key: Key, origin: Origin, to: DirectoryHandle): Promise<boolean> {
    const { directory, name, stats } = origin;
    const place = to.path(name);
    if (isThere(place)) return false;
    const from = { path: directory.path(name), shown: this.pathOf(key) };
    // What has the name of a backup is one: until all is there, it has another.
    const temp = to.path(newTempName());
    try {
      await copyFile(from, { path: temp, shown: this.placeOf(key) }, stats, this.options.sync);
      const now = fs.lstatSync(from.path, { throwIfNoEntry: false });
      if (now === undefined || !isUnchanged(now, stats)) throw this.changed(key);
      return putInto(temp, place);
    } finally {
      dropDraft(temp);
    }
  }
}

/** Another link to the same goal: not every system makes a second name for the link itself. */
function putLink(goal: string, place: string): boolean {
  try {
    fs.symlinkSync(goal, place);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
    return isLink(place) && fs.readlinkSync(place) === goal;
  }
}

/**
 * Gives a file its name, unless something has it.
 *
 * @returns false where something has
 */
function putInto(temp: string, place: string): boolean {
  try {
    fs.linkSync(temp, place);
    return true;
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === "EEXIST") return false;
    if (!noLinks.has(code)) throw thrown;
  }
  // Where there are no links, a rename would replace what came this very moment.
  if (isThere(place)) return false;
  fs.renameSync(temp, place);
  return true;
}

/** A link is replaced whatever is expected. */
function isExpected(stats: fs.Stats, expected: Expected | undefined): boolean {
  if (stats.isSymbolicLink()) return true;
  if (expected?.kind === "nothing") return false;
  return expected?.kind !== "file" || isSameFile(stats, expected);
}

function isSameInode(a: fs.Stats, b: fs.Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

function isUnchanged(now: fs.Stats, then: fs.Stats): boolean {
  return isSameInode(now, then) && now.size === then.size && now.mtimeMs === then.mtimeMs;
}
