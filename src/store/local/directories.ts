/**
 * The directories of a target tree, opened so that nothing is ever written through a symbolic link.
 *
 * On Linux each directory is opened once, without following links, from the open directory above it, and
 * files are then named through that descriptor: whoever swaps a link in later changes nothing. Elsewhere
 * every component is examined before each use.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../../core/errors.ts";
import { syncDescriptor } from "./calls.ts";
import { fileError, systemCode } from "./fs-errors.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fs.constants;
const hasDescriptorPaths = process.platform === "linux";
/** Directories kept open while nobody uses them. Keys come in order, so few are needed. */
const idleLimit = 32;

/** A directory in use. Leave it when done. */
export interface DirectoryHandle {
  /** The path by which the system reaches a name in this directory. */
  path(name: string): string;
  /** Waits until the disk has its names. */
  sync(): Promise<void>;
  leave(): void;
}

/** Opens directories of one tree. */
export class Directories {
  private readonly open = new Map<string, OpenDirectory>();

  /**
   * @param root may itself be a link: the user named it
   * @param syncs a directory that is made is on the disk before it is used
   */
  constructor(
    private readonly root: string,
    private readonly syncs = false,
  ) {}

  /**
   * Enters a directory.
   *
   * @param names its path below the root, one component each; none for the root
   * @param create makes what is missing
   * @throws SyncError `path-clash` when a link or a file is in the way, `not-found`
   */
  enter(names: readonly string[], create: boolean): DirectoryHandle {
    try {
      if (!hasDescriptorPaths) return this.examine(names, create);
      const directory = this.acquire(names, create);
      return {
        path: (name) => `/proc/self/fd/${directory.descriptor}/${name}`,
        sync: () => syncDescriptor(directory.descriptor),
        leave: () => this.release(directory),
      };
    } catch (thrown) {
      throw fileError(thrown, create ? "create" : "open", path.join(this.root, ...names));
    }
  }

  /** Closes what is open. */
  close(): void {
    for (const directory of this.open.values()) fs.closeSync(directory.descriptor);
    this.open.clear();
  }

  private acquire(names: readonly string[], create: boolean): OpenDirectory {
    const id = names.join("/");
    const known = this.open.get(id);
    if (known !== undefined && this.isStillThere(known, names)) {
      known.users += 1;
      return known;
    }
    if (known !== undefined) this.forget(known);
    const descriptor = this.openNew(names, create);
    const opened = { id, descriptor, identity: identityOf(fs.fstatSync(descriptor)), users: 1 };
    this.open.set(id, opened);
    this.closeIdle();
    return opened;
  }

  private openNew(names: readonly string[], create: boolean): number {
    const name = names.at(-1);
    if (name === undefined) {
      if (create) this.makeRoot();
      return fs.openSync(this.root, O_RDONLY | O_DIRECTORY);
    }
    const parent = this.acquire(names.slice(0, -1), create);
    try {
      const { descriptor, isNew } = openChild(`/proc/self/fd/${parent.descriptor}/${name}`, create);
      if (isNew && this.syncs) fs.fsyncSync(parent.descriptor);
      return descriptor;
    } finally {
      this.release(parent);
    }
  }

  /** Somebody may have moved or removed it since: what is written then would go elsewhere. */
  private isStillThere(directory: OpenDirectory, names: readonly string[]): boolean {
    const place = path.join(this.root, ...names);
    const stats =
      names.length === 0
        ? fs.statSync(place, { throwIfNoEntry: false })
        : fs.lstatSync(place, { throwIfNoEntry: false });
    return stats !== undefined && identityOf(stats) === directory.identity;
  }

  /** Closes a directory as soon as nobody uses it any more. */
  private forget(directory: OpenDirectory): void {
    this.open.delete(directory.id);
    if (directory.users === 0) fs.closeSync(directory.descriptor);
  }

  private release(directory: OpenDirectory): void {
    directory.users -= 1;
    const forgotten = this.open.get(directory.id) !== directory;
    if (forgotten && directory.users === 0) fs.closeSync(directory.descriptor);
  }

  /** Closes the longest-known directories that nobody uses. */
  private closeIdle(): void {
    if (this.open.size <= idleLimit) return;
    for (const directory of this.open.values()) {
      if (this.open.size <= idleLimit) return;
      if (directory.users === 0) this.forget(directory);
    }
  }

  /** Without descriptor paths: looks at each component, right before use. */
  private examine(names: readonly string[], create: boolean): DirectoryHandle {
    let at = this.root;
    if (create) this.makeRoot();
    for (const name of names) {
      const above = at;
      at = path.join(at, name);
      if (create && mkdirIfMissing(at) && this.syncs) syncDirectory(above);
      if (!fs.lstatSync(at).isDirectory()) throw inTheWay(at);
    }
    return {
      path: (name) => path.join(at, name),
      sync: async () => syncDirectory(at),
      leave: () => undefined,
    };
  }

  /** The root, and what is missing above it. */
  private makeRoot(): void {
    const first = fs.mkdirSync(this.root, { recursive: true });
    if (first === undefined || !this.syncs) return;
    for (let at = path.resolve(this.root); ; at = path.dirname(at)) {
      syncDirectory(path.dirname(at));
      if (at === path.resolve(first) || at === path.dirname(at)) return;
    }
  }
}

interface OpenDirectory {
  readonly id: string;
  readonly descriptor: number;
  readonly identity: string;
  users: number;
}

function identityOf(stats: fs.Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

function openChild(child: string, create: boolean): { descriptor: number; isNew: boolean } {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  try {
    return { descriptor: fs.openSync(child, flags), isNew: false };
  } catch (thrown) {
    if (!create || systemCode(thrown) !== "ENOENT") throw thrown;
    const isNew = mkdirIfMissing(child);
    return { descriptor: fs.openSync(child, flags), isNew };
  }
}

/** Whether it was missing. */
function mkdirIfMissing(directory: string): boolean {
  try {
    fs.mkdirSync(directory);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
    return false;
  }
}

/** Windows keeps names by itself, and lets nobody open a directory for that. */
function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(directory, O_RDONLY);
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function inTheWay(directory: string): SyncError {
  return new SyncError("path-clash", `${directory} is in the way: it is not a directory`, {
    path: directory,
    hint: "Nothing is written through symbolic links or over files.",
  });
}
