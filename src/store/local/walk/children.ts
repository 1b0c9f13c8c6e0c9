/**
 * What lies in one directory, in key order.
 *
 * @module
 */
import fs from "node:fs";
import { sep } from "node:path";

import type { Special } from "../../../core/entry.ts";
import { SyncError } from "../../../core/errors.ts";
import { compareKeys } from "../../../core/key.ts";
import { fileError, systemCode } from "../fs-errors.ts";
import { onDisk } from "../names/disk-names.ts";
import { isTempName } from "../names/temp-name.ts";

/** What a name in a directory stands for. */
export type Type = "file" | "directory" | "gone" | Special["what"];

/** The names of a directory. A million of them are a list of strings and nothing else. */
export class Children {
  /**
   * @param names in key order; those of directories end with `/`
   * @param odd what is neither a file nor a directory
   * @param pieces the path of what has another name on disk
   */
  constructor(
    readonly names: readonly string[],
    private readonly odd: ReadonlyMap<string, Type | SyncError>,
    private readonly pieces: ReadonlyMap<string, readonly string[]> | undefined,
  ) {}

  /** Whether something is neither a file nor a directory. */
  get hasOdd(): boolean {
    return this.odd.size > 0;
  }

  typeOf(name: string): Type | SyncError {
    return this.odd.get(name) ?? (name.endsWith("/") ? "directory" : "file");
  }

  /** Its path in the directory, one component each, where that is not its name. */
  otherPieces(name: string): readonly string[] | undefined {
    return this.pieces?.get(name);
  }

  /** Its path in the directory. */
  piecesOf(name: string): readonly string[] {
    return this.otherPieces(name) ?? [name.endsWith("/") ? name.slice(0, -1) : name];
  }
}

/** What a child counts as for the walk; `undefined` if it is left out. */
export type Seen = (
  path: string,
  type: Type | SyncError,
  pieces: readonly string[],
) => Type | SyncError | undefined;

/** A directory to be read. */
export interface Readable {
  /** As the system reaches it. */
  readonly self: string;
  /** As people know it. */
  readonly shown: string;
}

/** Takes the names of a directory in any order. */
export class ChildrenReader {
  private readonly names: string[] = [];
  private readonly odd = new Map<string, Type | SyncError>();
  private readonly pieces = new Map<string, readonly string[]>();

  constructor(private readonly seen: Seen) {}

  /** @param pieces its path in the directory, where that is not its name */
  add(name: string, path: string, lstatType: Type | SyncError, pieces?: readonly string[]): void {
    const type = this.seen(path, lstatType, pieces ?? [name]);
    if (type === undefined) return;
    const listed = type === "directory" ? `${name}/` : name;
    if (pieces !== undefined && pieces.join("/") !== name) this.pieces.set(listed, pieces);
    if (type === "file" || type === "directory") this.names.push(listed);
    else this.addOdd(name, type);
  }

  addOdd(name: string, type: Type | SyncError): void {
    this.names.push(name);
    this.odd.set(name, type);
  }

  /** Adds what has no key of its own, under one that nothing else has. */
  addNameless(name: string, error: SyncError): void {
    const taken = new Set(this.names);
    let free = name;
    while (taken.has(free) || taken.has(`${free}/`)) free += replacement;
    this.addOdd(free, error);
  }

  finish(): Children {
    const { names, odd, pieces } = this;
    return new Children(inKeyOrder(names), odd, pieces.size === 0 ? undefined : pieces);
  }
}

/** From here on the order of UTF-16 is not that of UTF-8. */
const surrogates = /[\ud800-\uffff]/;

/** Sorting without a function of ours is three times as fast. */
function inKeyOrder(names: readonly string[]): string[] {
  if (names.some((name) => surrogates.test(name))) return names.toSorted(compareKeys);
  // oxlint-disable-next-line typescript/require-array-sort-compare
  return names.toSorted();
}

/**
 * Reads a directory.
 *
 * @param onTemp hears of temporary files of ours, which do not count
 * @throws what the system says
 */
export function readChildren(
  { self, shown }: Readable,
  onTemp: (path: string, name: string) => void,
  seen: Seen,
): Children {
  const children = new ChildrenReader(seen);
  const { found, damaged } = namesIn(self);
  for (const { name, type } of found) {
    const path = self + sep + name;
    if (isTempName(name)) onTemp(path, name);
    else children.add(name, path, type ?? typeByLstat(path, shown + sep + name));
  }
  for (const [name, spelled] of damaged) children.addOdd(name, badName(shown + sep + spelled));
  return children.finish();
}

/** A name in a directory. */
export interface Found {
  readonly name: string;
  /** `undefined`: this file system does not tell types in its directories. */
  readonly type: Type | undefined;
}

/** All names in a directory: those that are text, and what stands for the others, spelled out. */
export function namesIn(directory: string): {
  readonly found: readonly Found[];
  readonly damaged: ReadonlyMap<string, string>;
} {
  const dirents = fs.readdirSync(directory, { withFileTypes: true });
  const all = dirents.map((dirent) => ({ name: dirent.name, type: typeOf(dirent) }));
  if (!all.some(({ name }) => name.includes(replacement)))
    return { found: all, damaged: new Map() };
  const { intact, damaged } = new Names(directory);
  const plain = all.filter(({ name }) => !name.includes(replacement));
  const odd = [...intact].map((name) => ({ name, type: undefined }));
  return { found: [...plain, ...odd], damaged };
}

/** Fewer names are read again as quickly as they are found. */
const worthKeeping = 5000;
const mostKept = 2;

/**
 * Large directories, so that walks over parts of one do not each read all of it. One that changed is read again.
 */
export class KnownDirectories {
  private readonly kept = new Map<
    string,
    { readonly state: string; readonly children: Children }
  >();

  get(directory: string, stats: fs.Stats, read: () => Children): Children {
    const state = `${stats.dev}:${stats.ino}:${stats.mtimeMs}`;
    const known = this.kept.get(directory);
    if (known?.state === state) return known.children;
    const children = read();
    this.kept.delete(directory);
    if (children.names.length < worthKeeping) return children;
    this.kept.set(directory, { state, children });
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostKept && oldest !== undefined) this.kept.delete(oldest);
    return children;
  }
}

/** `undefined`: this file system does not tell types in its directories. */
export function typeOf(entry: fs.Dirent | fs.Stats): Type | undefined {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) return "link";
  if (entry.isFIFO()) return "fifo";
  if (entry.isSocket()) return "socket";
  return entry.isBlockDevice() || entry.isCharacterDevice() ? "device" : undefined;
}

/**
 * What cannot be examined is unknown; only what is not there is gone.
 *
 * @param shown the file as people know it
 */
export function typeByLstat(file: string, shown: string): Type | SyncError {
  try {
    return typeOf(fs.lstatSync(onDisk(file))) ?? "device";
  } catch (thrown) {
    const code = systemCode(thrown);
    return code === "ENOENT" || code === "ENOTDIR" ? "gone" : fileError(thrown, "examine", shown);
  }
}

/** Stands in a decoded name for bytes that are not UTF-8. Or it is in the name itself. */
const replacement = "\ufffd";

/** The names with U+FFFD of a directory, told apart by their bytes. */
class Names {
  readonly intact: ReadonlySet<string>;
  /** What stands for a name, no two alike, and its bytes spelled out. */
  readonly damaged = new Map<string, string>();

  constructor(directory: string) {
    const raws = fs
      .readdirSync(directory, { encoding: "buffer" })
      .map((raw) => ({ raw, name: raw.toString("utf8") }))
      .filter(({ name }) => name.includes(replacement));
    const isIntact = ({ raw, name }: (typeof raws)[number]): boolean =>
      raw.equals(Buffer.from(name));
    this.intact = new Set(raws.filter(isIntact).map(({ name }) => name));
    for (const each of raws) {
      if (isIntact(each)) continue;
      const spelled = spelledOut(each.raw);
      const isTaken = this.intact.has(each.name) || this.damaged.has(each.name);
      this.damaged.set(isTaken ? spelled : each.name, spelled);
    }
  }
}

function spelledOut(raw: Buffer): string {
  return Array.from(raw, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`,
  ).join("");
}

function badName(file: string): SyncError {
  return new SyncError("file-name", `the name of ${file} is not valid UTF-8`, {
    path: file,
    hint: "Rename it; S3 keys are UTF-8.",
  });
}
