/**
 * What two-way syncs want of a directory besides objects: by what files are known again, and other names for them.
 *
 * @module
 */
import fs from "node:fs";

import { type Entry, storeKeyOf } from "../../core/entry.ts";
import type { Key } from "../../core/key.ts";
import type { Directories, DirectoryHandle, Purpose } from "./directories/directories.ts";
import { guardedDirectories } from "./directories/ways-to-directories.ts";
import { changedSinceListing, isSameFile } from "./files/same-file.ts";
import { fileError, lacksLinks } from "./fs-errors.ts";
import type { NameEncoding } from "./names/name-encoding.ts";
import { Places } from "./names/places.ts";

/** What a file is known by. */
export interface LocalFacts {
  readonly size: number;
  readonly mtimeMs: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  readonly inode: bigint;
}

/** The files of a directory, reached without following links. Close it. */
export class FileTree {
  private readonly directories: Directories;
  private readonly places: Places;

  /**
   * @param encoded names are encoded keys
   * @param encoding of names that are not UTF-8
   */
  constructor(root: string, encoded: boolean, encoding?: NameEncoding) {
    this.places = new Places(root, encoded, encoding);
    this.directories = guardedDirectories(root, { syncs: false, followsLinks: false });
  }

  /** What a file is known by; `undefined` if there is none. */
  facts(key: Key): LocalFacts | undefined {
    try {
      const { directory, name } = this.enter(key, "open");
      try {
        const stats = fs.lstatSync(directory.path(name), { bigint: true });
        if (!stats.isFile()) return undefined;
        const { size, mtimeNs, ino } = stats;
        return { size: Number(size), mtimeMs: Number(mtimeNs) / 1e6, mtimeNs, inode: ino };
      } finally {
        directory.leave();
      }
    } catch (thrown) {
      const error = fileError(thrown, "examine", this.places.shown(key), key);
      if (error.code === "not-found" || error.code === "path-clash") return undefined;
      throw error;
    }
  }

  /**
   * Gives a file another name, if it is still the one that was listed, and nothing has that name.
   *
   * @throws SyncError `precondition` when it has changed, `path-clash` when something has the name
   */
  rename(entry: Entry, to: Key): void {
    const key = storeKeyOf(entry);
    const [from, into] = [this.enter(key, "open"), this.enter(to, "create")];
    const [old, wanted] = [from.directory.path(from.name), into.directory.path(into.name)];
    try {
      if (!isSameFile(fs.lstatSync(old), entry)) {
        throw changedSinceListing(this.places.shown(key), "rename");
      }
      from.directory.confirm();
      into.directory.confirm();
      renameToNew(old, wanted);
    } catch (thrown) {
      throw fileError(thrown, "rename", this.places.shown(key), entry.key);
    } finally {
      from.directory.leave();
      into.directory.leave();
    }
  }

  /** Takes away a directory that holds nothing but directories, so that a file can have its name. All else stays. */
  clear(key: Key): void {
    try {
      for (const names of this.emptyTree(this.places.components(key)) ?? []) this.rmdir(names);
    } catch (thrown) {
      const error = fileError(thrown, "delete", this.places.shown(key), key);
      if (error.code !== "not-found" && error.code !== "path-clash") throw error;
    }
  }

  close(): void {
    this.directories.close();
  }

  /** A directory and all below, the deepest first; `undefined` when there is anything else in it. */
  private emptyTree(names: readonly string[]): readonly (readonly string[])[] | undefined {
    const directory = this.directories.enter(names, "list");
    try {
      const found: (readonly string[])[] = [];
      for (const child of fs.readdirSync(directory.self, { withFileTypes: true })) {
        const below = child.isDirectory() ? this.emptyTree([...names, child.name]) : undefined;
        if (below === undefined) return undefined;
        found.push(...below);
      }
      return [...found, names];
    } finally {
      directory.leave();
    }
  }

  private rmdir(names: readonly string[]): void {
    const directory = this.directories.enter(names.slice(0, -1), "open");
    try {
      fs.rmdirSync(directory.path(names.at(-1) ?? ""));
    } finally {
      directory.leave();
    }
  }

  private enter(
    key: Key,
    purpose: Purpose,
  ): { readonly directory: DirectoryHandle; readonly name: string } {
    const names = this.places.components(key);
    const name = names.pop() ?? "";
    return { directory: this.directories.enter(names, purpose), name };
  }
}

/** Unlike a rename, a link never takes the place of something. */
function renameToNew(old: string, wanted: string): void {
  try {
    fs.linkSync(old, wanted);
  } catch (thrown) {
    if (!lacksLinks(thrown) || fs.lstatSync(wanted, { throwIfNoEntry: false }) !== undefined) {
      throw thrown;
    }
    fs.renameSync(old, wanted);
    return;
  }
  fs.unlinkSync(old);
}
