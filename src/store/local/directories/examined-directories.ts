/**
 * Directories that are examined (macOS, Windows): every component right before use, and once more after something
 * was opened. Between a look and the call that follows it somebody may still be quicker; what was opened elsewhere
 * by that is found out before a byte is read or written there.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { fileError, systemCode } from "../fs-errors.ts";
import { below, onDisk } from "../names/disk-names.ts";
import type { Directories, DirectoryHandle, Purpose, TreeOptions } from "./directories.ts";
import {
  inTheWay,
  liesInside,
  linkInTheWay,
  linkLeadsOut,
  replacedMeanwhile,
  takenForOne,
} from "./in-the-way.ts";
import { identityOf, makeRoot, mkdirIfMissing, syncDirectory } from "./make-directory.ts";
import { SpelledNames } from "./spelled-names.ts";

/** A directory on the way to another, as it was when it was examined. */
interface Step {
  readonly path: string;
  readonly identity: string;
}

/** Examines directories of one tree. */
export class ExaminedDirectories implements Directories {
  private readonly spelled = new SpelledNames();

  constructor(
    private readonly root: string,
    private readonly options: TreeOptions,
  ) {}

  enter(names: readonly string[], purpose: Purpose): DirectoryHandle {
    try {
      return this.handleOf(this.examine(names, purpose === "create"));
    } catch (thrown) {
      throw fileError(thrown, purpose, path.join(this.root, ...names));
    }
  }

  close(): void {}

  private examine(names: readonly string[], create: boolean): readonly Step[] {
    if (create) makeRoot(this.root, this.options.syncs);
    const steps = [{ path: this.root, identity: identityOf(fs.statSync(this.root)) }];
    let at = this.root;
    for (const name of names) {
      const above = placeAt(at);
      at = above.path(name);
      if (create && mkdirIfMissing(at) && this.options.syncs) syncDirectory(above.self);
      const stats = fs.lstatSync(onDisk(at));
      if (stats.isSymbolicLink()) at = this.follow(at);
      else if (!stats.isDirectory()) throw inTheWay(at);
      const actual = this.spelled.find(above, name) ?? name;
      if (actual !== name) throw takenForOne(above.path(name), above.path(actual));
      steps.push({ path: at, identity: identityOf(fs.lstatSync(onDisk(at))) });
    }
    return steps;
  }

  private handleOf(steps: readonly Step[]): DirectoryHandle {
    const place = placeAt(steps.at(-1)?.path ?? this.root);
    return {
      ...place,
      nameOf: (name) => this.spelled.find(place, name),
      learnFrom: () => undefined,
      confirm: (opened) => {
        if (opened !== undefined) requireSame(place.path(opened.name), opened.descriptor);
        confirm(steps);
      },
      sync: async () => syncDirectory(place.self),
      leave: () => undefined,
    };
  }

  /** The real path of what a link leads to: no link is left in it. */
  private follow(link: string): string {
    if (!this.options.followsLinks) throw linkInTheWay(link);
    if (!leadsToDirectory(link)) throw inTheWay(link);
    const goal = fs.realpathSync.native(link);
    if (!liesInside(goal, fs.realpathSync.native(this.root))) throw linkLeadsOut(link, this.root);
    return goal;
  }
}

function leadsToDirectory(link: string): boolean {
  try {
    return fs.statSync(onDisk(link), { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (thrown) {
    if (systemCode(thrown) === "ELOOP") return false;
    throw thrown;
  }
}

function placeAt(self: string): Pick<DirectoryHandle, "self" | "path" | "stats"> {
  return { self, path: (name) => below(self, name), stats: () => fs.statSync(onDisk(self)) };
}

/** What was opened has to be what lies there. */
function requireSame(file: string, descriptor: number): void {
  const stats = fs.lstatSync(onDisk(file), { throwIfNoEntry: false });
  if (stats !== undefined && identityOf(stats) === identityOf(fs.fstatSync(descriptor))) return;
  throw replacedMeanwhile(file);
}

/** The root may be a link; nothing below it may have become one. */
function confirm(steps: readonly Step[]): void {
  for (const [index, { path: place, identity }] of steps.entries()) {
    const look = index === 0 ? fs.statSync : fs.lstatSync;
    const stats = look(onDisk(place), { throwIfNoEntry: false });
    if (stats === undefined || identityOf(stats) !== identity) throw replacedMeanwhile(place);
  }
}
