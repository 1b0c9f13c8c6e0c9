/**
 * File systems that take different names for one: those of macOS and Windows do so for upper and lower case, some for
 * different Unicode forms, and on Linux single directories may. What writes `a` there replaces `A`.
 *
 * @module
 */
import fs from "node:fs";

import { onDisk } from "../names/disk-names.ts";
import type { DirectoryHandle } from "./directories.ts";
import { identityOf } from "./make-directory.ts";

/** Directories whose names are remembered. Keys come in order, so few are needed. */
const mostRemembered = 8;

type Place = Pick<DirectoryHandle, "self" | "path" | "stats">;

/** Finds out under which name something lies in a directory. Costs one call where there is nothing. */
export class SpelledNames {
  private readonly remembered = new Map<string, ReadonlySet<string>>();

  /** The name under which something lies in the place of a name; `undefined` if there is nothing. */
  find(directory: Place, name: string): string | undefined {
    const found = statsAt(directory.path(name));
    if (found === undefined) return undefined;
    const isSame = (other: string): boolean => {
      const stats = statsAt(directory.path(other));
      return stats?.ino === found.ino && stats.dev === found.dev;
    };
    // Where no other spelling leads there, names are told apart, as nearly everywhere on Linux.
    if (!otherSpellings(name).some(isSame)) return name;
    const id = identityOf(directory.stats());
    if (this.remembered.get(id)?.has(name) === true) return name;
    const names = this.read(id, directory);
    return names.has(name) ? name : names.values().find(isSame);
  }

  private read(id: string, directory: Place): ReadonlySet<string> {
    const names = new Set(fs.readdirSync(directory.self));
    this.remembered.delete(id);
    this.remembered.set(id, names);
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > mostRemembered && oldest !== undefined) {
      this.remembered.delete(oldest);
    }
    return names;
  }
}

const noThrow = { throwIfNoEntry: false } as const;

/** What a file system may take for the same name. */
function otherSpellings(name: string): string[] {
  const spellings = [
    name.toUpperCase(),
    name.toLowerCase(),
    name.normalize("NFC"),
    name.normalize("NFD"),
  ];
  return [...new Set(spellings)].filter((spelling) => spelling !== name);
}

function statsAt(file: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(onDisk(file), noThrow);
  } catch {
    // A spelling may be too long. Whoever uses the name itself hears what is wrong with it.
    return undefined;
  }
}
