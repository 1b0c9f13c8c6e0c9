/**
 * Files that are one and the same: the first that is written of them is the one that the others become links to.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../../../core/errors.ts";
import type { Key } from "../../../core/key.ts";
import type { DirectoryHandle } from "../directories/directories.ts";
import type { GuardedPlace } from "../files/reader.ts";
import { systemCode } from "../fs-errors.ts";
import { newTempName } from "../names/temp-name.ts";

/** Goes to the place of a key, for as long as the function runs. */
export type Reach = <T>(key: Key, use: (place: GuardedPlace) => T) => T;

/** What a file has to be to be taken for the same: it may have been replaced since. */
export interface Likeness {
  readonly size: number;
  readonly mtimeMs: number;
}

/** A file that is about to take its place. */
export interface Member {
  readonly key: Key;
  readonly directory: DirectoryHandle;
  /** Where it is now. */
  readonly path: string;
  readonly likeness: Likeness;
}

/** The files of a tree that belong together. */
export class HardLinks {
  /** The first of each group that is in its place. */
  private readonly first = new Map<string, Key>();
  /** Groups of which one is on its way. */
  private readonly coming = new Map<string, Promise<void>>();

  constructor(private readonly reach: Reach) {}

  /**
   * Puts a file in place: as a link to another one of its group, if there is one.
   *
   * @param member the file, complete
   * @param rename puts it in place
   */
  async put(group: string, member: Member, rename: () => Promise<void>): Promise<void> {
    for (let other = this.coming.get(group); other !== undefined; other = this.coming.get(group)) {
      await other;
    }
    const done = this.putNext(group, member, rename);
    const settled = done.catch(() => undefined);
    this.coming.set(group, settled);
    try {
      await done;
    } finally {
      this.coming.delete(group);
    }
  }

  private async putNext(group: string, member: Member, rename: () => Promise<void>): Promise<void> {
    const first = this.first.get(group);
    // What this run has put there before, and does over, is not what it is to be.
    const hasOther = first !== undefined && first !== member.key;
    const isLinked = hasOther && this.replaceByLink(member, first);
    await rename();
    // Where two names are one file already, a rename does nothing.
    if (isLinked) fs.rmSync(member.path, { force: true });
    else this.first.set(group, member.key);
  }

  /**
   * Makes a file that is there a link to another one of its group.
   *
   * @param pretends only find out whether it is none
   * @returns whether it was none
   */
  join(group: string, key: Key, likeness: Likeness, pretends: boolean): boolean {
    const first = this.first.get(group);
    if (first === undefined || first === key) {
      this.first.set(group, key);
      return false;
    }
    const isSame = this.reach(key, (place) =>
      this.reach(first, (other) => isOneFile(pathOf(place), pathOf(other))),
    );
    if (isSame) return false;
    if (pretends) return true;
    return this.reach(key, (place) => {
      const path = place.directory.path(newTempName());
      if (!this.linkTo(first, path, likeness)) return false;
      place.directory.confirm();
      fs.renameSync(path, pathOf(place));
      return true;
    });
  }

  private replaceByLink({ directory, path, likeness }: Member, first: Key): boolean {
    const spare = directory.path(newTempName());
    if (!this.linkTo(first, spare, likeness)) return false;
    fs.renameSync(spare, path);
    return true;
  }

  /** What cannot be linked stays a file of its own: its contents are right in any case. */
  private linkTo(first: Key, path: string, { size, mtimeMs }: Likeness): boolean {
    try {
      return this.reach(first, (place) => {
        const stats = fs.lstatSync(pathOf(place));
        const isSame = stats.isFile() && stats.size === size;
        if (!isSame || Math.abs(stats.mtimeMs - mtimeMs) >= 1) return false;
        fs.linkSync(pathOf(place), path);
        return true;
      });
    } catch (thrown) {
      if (systemCode(thrown) === undefined && !(thrown instanceof SyncError)) throw thrown;
      return false;
    }
  }
}

function pathOf({ directory, name }: GuardedPlace): string {
  return directory.path(name);
}

function isOneFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => fs.lstatSync(path, { throwIfNoEntry: false }));
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}
