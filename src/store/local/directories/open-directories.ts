/**
 * Directories that are kept open (Linux). Each is opened once, without following links, from the open directory
 * above it, and files are named through that descriptor: whoever swaps a link in later changes nothing.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { syncDescriptor } from "../calls.ts";
import { fileError, systemCode } from "../fs-errors.ts";
import { below, onDisk } from "../names/disk-names.ts";
import type { Directories, DirectoryHandle, Purpose, TreeOptions } from "./directories.ts";
import { keepIdle, leaveIdle } from "./idle-directories.ts";
import {
  inTheWay,
  isLink,
  liesInside,
  linkInTheWay,
  linkLeadsOut,
  takenForOne,
} from "./in-the-way.ts";
import { identityOf, isThere, makeRoot, mkdirIfMissing } from "./make-directory.ts";
import { SpelledNames } from "./spelled-names.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fs.constants;

interface OpenDirectory {
  readonly id: string;
  readonly descriptor: number;
  readonly identity: string;
  /** It was reached through a link at its own place. */
  readonly byLink: boolean;
  /** It is known to have the name under which it was opened. */
  readonly isChecked: boolean;
  /** `undefined`: nobody has looked yet. */
  tellsCaseApart: boolean | undefined;
  users: number;
}

/** Other spellings of such a name differ in case only. */
const ascii = /^[\0-\x7f]*$/;

/** Opens directories of one tree. */
export class OpenDirectories implements Directories {
  private readonly open = new Map<string, OpenDirectory>();
  private readonly spelled = new SpelledNames();

  constructor(
    private readonly root: string,
    private readonly options: TreeOptions,
  ) {}

  enter(names: readonly string[], purpose: Purpose): DirectoryHandle {
    try {
      const directory = this.acquire(names, purpose);
      const place = placeOf(directory);
      return {
        ...place,
        nameOf: (name) =>
          directory.tellsCaseApart === true && ascii.test(name)
            ? name
            : this.spelled.find(place, name),
        learnFrom: (name) => {
          directory.tellsCaseApart ??= !isThere(place.path(name.toUpperCase()));
        },
        confirm: () => undefined,
        sync: () => syncDescriptor(directory.descriptor),
        leave: () => this.release(directory),
      };
    } catch (thrown) {
      throw fileError(thrown, purpose, path.join(this.root, ...names));
    }
  }

  close(): void {
    for (const directory of this.open.values()) {
      leaveIdle(directory);
      fs.closeSync(directory.descriptor);
    }
    this.open.clear();
  }

  private acquire(names: readonly string[], purpose: Purpose): OpenDirectory {
    const id = names.join("/");
    const known = this.open.get(id);
    // What is listed comes from the directory itself.
    const isChecked = purpose !== "list";
    if (known !== undefined && (known.isChecked || !isChecked) && this.isStillThere(known, names)) {
      known.users += 1;
      leaveIdle(known);
      return known;
    }
    if (known !== undefined) this.forget(known);
    const { descriptor, byLink } = this.openNew(names, purpose);
    const identity = identityOf(fs.fstatSync(descriptor));
    const opened = {
      id,
      descriptor,
      identity,
      byLink,
      isChecked,
      tellsCaseApart: undefined,
      users: 1,
    };
    this.open.set(id, opened);
    return opened;
  }

  private openNew(names: readonly string[], purpose: Purpose): Opened {
    const name = names.at(-1);
    if (name === undefined) {
      if (purpose === "create") makeRoot(this.root, this.options.syncs);
      return { descriptor: fs.openSync(this.root, O_RDONLY | O_DIRECTORY), byLink: false };
    }
    const parent = this.acquire(names.slice(0, -1), purpose);
    try {
      const opened = this.openChild(parent, name, names, purpose === "create");
      if (purpose !== "list") this.requireOwnName(parent, name, names, opened);
      return opened;
    } finally {
      this.release(parent);
    }
  }

  private openChild(
    parent: OpenDirectory,
    name: string,
    names: readonly string[],
    create: boolean,
  ): Opened {
    const child = `${pathOf(parent)}/${name}`;
    const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    try {
      return { descriptor: fs.openSync(onDisk(child), flags), byLink: false };
    } catch (thrown) {
      const code = systemCode(thrown);
      if (code === "ELOOP" || code === "ENOTDIR") return this.openLinked(child, names);
      if (!create || code !== "ENOENT") throw thrown;
    }
    const isNew = mkdirIfMissing(child);
    const descriptor = fs.openSync(onDisk(child), flags);
    if (isNew && this.options.syncs) fs.fsyncSync(parent.descriptor);
    return { descriptor, byLink: false };
  }

  /** @throws SyncError `path-clash` when it is there under another name */
  private requireOwnName(
    parent: OpenDirectory,
    name: string,
    names: readonly string[],
    { descriptor }: Opened,
  ): void {
    const actual = this.spelled.find(placeOf(parent), name) ?? name;
    if (actual === name) return;
    fs.closeSync(descriptor);
    const above = path.join(this.root, ...names.slice(0, -1));
    throw takenForOne(path.join(above, name), path.join(above, actual));
  }

  /** Where it leads is looked at when it is open: then nobody can change that any more. */
  private openLinked(child: string, names: readonly string[]): Opened {
    const link = path.join(this.root, ...names);
    if (!isLink(child)) throw inTheWay(link);
    if (!this.options.followsLinks) throw linkInTheWay(link);
    const descriptor = openGoal(child, link);
    const top = this.acquire([], "list");
    try {
      const goal = fs.readlinkSync(`/proc/self/fd/${descriptor}`);
      if (liesInside(goal, fs.readlinkSync(pathOf(top)))) return { descriptor, byLink: true };
    } finally {
      this.release(top);
    }
    fs.closeSync(descriptor);
    throw linkLeadsOut(link, this.root);
  }

  /** Somebody may have moved or removed it since: what is written then would go elsewhere. */
  private isStillThere({ byLink, identity }: OpenDirectory, names: readonly string[]): boolean {
    const place = below(this.root, ...names);
    const look = byLink || names.length === 0 ? fs.statSync : fs.lstatSync;
    const stats = look(onDisk(place), { throwIfNoEntry: false });
    return stats !== undefined && identityOf(stats) === identity;
  }

  /** Closes a directory as soon as nobody uses it any more. */
  private forget(directory: OpenDirectory): void {
    this.open.delete(directory.id);
    leaveIdle(directory);
    if (directory.users === 0) fs.closeSync(directory.descriptor);
  }

  private release(directory: OpenDirectory): void {
    directory.users -= 1;
    if (directory.users > 0) return;
    const forgotten = this.open.get(directory.id) !== directory;
    if (forgotten) fs.closeSync(directory.descriptor);
    else keepIdle(directory, () => this.forget(directory));
  }
}

function placeOf(directory: OpenDirectory): Pick<DirectoryHandle, "self" | "path" | "stats"> {
  const self = pathOf(directory);
  return {
    self,
    path: (name) => `${self}/${name}`,
    stats: () => fs.fstatSync(directory.descriptor),
  };
}

type Opened = Pick<OpenDirectory, "descriptor" | "byLink">;

function pathOf({ descriptor }: Pick<OpenDirectory, "descriptor">): string {
  return `/proc/self/fd/${descriptor}`;
}

/** @throws SyncError `path-clash` when it is no directory, or nothing at all */
function openGoal(child: string, link: string): number {
  try {
    return fs.openSync(onDisk(child), O_RDONLY | O_DIRECTORY);
  } catch (thrown) {
    const code = systemCode(thrown);
    throw code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" ? inTheWay(link) : thrown;
  }
}
