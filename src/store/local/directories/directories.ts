/**
 * Ways to reach the directories of a tree, so that nothing is read, written or removed through a symbolic link.
 *
 * @module
 */
import type fs from "node:fs";

/** A directory in use. Leave it when done. */
export interface DirectoryHandle {
  /** The path by which the system reaches the directory itself. */
  readonly self: string;
  /** The path by which the system reaches a name in it. */
  path(name: string): string;
  stats(): fs.Stats;
  /** The name under which something lies in the place of a name, where names are not told apart by their bytes. */
  nameOf(name: string): string | undefined;
  /** Finds out whether case matters here, by a file in lower case that has just been made: once is enough. */
  learnFrom(name: string): void;
  /**
   * Makes sure that what was reached by these paths was in the tree: to be called after something was opened, and
   * before something is put in place.
   *
   * @param opened a file that was opened by its name here
   * @throws SyncError `path-clash` when somebody put something else into the way
   */
  confirm(opened?: OpenedFile): void;
  /** Waits until the disk has its names. */
  sync(): Promise<void>;
  leave(): void;
}

/** A file of a directory, open. */
export interface OpenedFile {
  readonly name: string;
  readonly descriptor: number;
}

/** Why a directory is entered. What is missing is made only to create something in it. */
export type Purpose = "create" | "list" | "open";

/** The directories of one tree. */
export interface Directories {
  /**
   * Enters a directory.
   *
   * @param names its path below the root, one component each; none for the root
   * @throws SyncError `path-clash` when a link or a file is in the way, `not-found`
   */
  enter(names: readonly string[], purpose: Purpose): DirectoryHandle;
  /** Closes what is open. */
  close(): void;
}

/** How to treat a tree. */
export interface TreeOptions {
  /** A directory that is made is on the disk before it is used. */
  readonly syncs: boolean;
  /** Links to directories of the same tree count as these. */
  readonly followsLinks: boolean;
}
