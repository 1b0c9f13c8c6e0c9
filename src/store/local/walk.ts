/**
 * Lists a tree in S3 key order. Opens nothing, follows the file types of the directory entries.
 *
 * @module
 */
import fs from "node:fs";
import { sep } from "node:path";

import type { Entry, Listed, Special } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import { asKey, compareKeys, inRange, type Key, type KeyRange } from "../../core/key.ts";
import { fileError, systemCode } from "./fs-errors.ts";
import { isTempName } from "./temp-name.ts";

/** How to walk. */
export interface WalkOptions {
  /** A link counts as what it leads to. Otherwise links are `special`. */
  readonly followLinks: boolean;
  /** Links are left out altogether. */
  readonly ignoreLinks: boolean;
  /** A temporary file of ours was met. */
  readonly onTemp: (path: string, name: string) => void;
}

/** Items that are gathered before they are handed on and other work gets a turn. */
const pageSize = 1000;

/** One name in a directory. */
interface Child {
  readonly name: string;
  /** The name, and `/` if it is a directory: what decides the order. */
  readonly sortKey: string;
  readonly type: Type | SyncError;
}

type Type = "file" | "directory" | "gone" | Special["what"];

/**
 * Walks the tree below `root`.
 *
 * @yields pages of at most about 1,000 items in key order
 */
export async function* walk(
  root: string,
  range: KeyRange,
  options: WalkOptions,
): AsyncGenerator<readonly Listed[], void, undefined> {
  const walker = new Walker(root, range, options);
  while (!walker.finished) {
    yield walker.nextPage();
    // The walk never waits for anything: without this, signals and timers would have to.
    await turnOfOthers();
  }
}

function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** One open directory of the walk: its sorted children and how far the walk is. */
interface Frame {
  readonly path: string;
  readonly prefix: string;
  readonly identity: string;
  readonly children: readonly Child[];
  next: number;
}

class Walker {
  private readonly stack: Frame[] = [];
  /** The directory that is being read and not on the stack yet. */
  private entering = "";
  private page: Listed[] = [];

  constructor(
    root: string,
    private readonly range: KeyRange,
    private readonly options: WalkOptions,
  ) {
    this.enter(root, "");
  }

  get finished(): boolean {
    return this.stack.length === 0 && this.page.length === 0;
  }

  /** Goes on until a page is full or the tree is at its end. */
  nextPage(): readonly Listed[] {
    for (let frame = this.stack.at(-1); frame !== undefined; frame = this.stack.at(-1)) {
      const child = frame.children[frame.next++];
      if (child === undefined) this.stack.pop();
      else this.visit(frame, child);
      if (this.page.length >= pageSize) break;
    }
    const full = this.page;
    this.page = [];
    return full;
  }

  private visit(frame: Frame, child: Child): void {
    const key = asKey(frame.prefix + child.sortKey);
    const { until } = this.range;
    if (until !== undefined && compareKeys(key, until) > 0) {
      this.stack.length = 0;
      return;
    }
    const { type } = child;
    // What is unknown may hold keys of the range, also where it does not lie in it itself.
    const isTree = child.sortKey.endsWith("/") || type instanceof SyncError;
    if (isTree ? !this.mayHold(key) : !inRange(key, this.range)) return;
    const childPath = frame.path + sep + child.name;
    if (type instanceof SyncError) this.page.push({ kind: "gap", key, error: type });
    else if (type === "directory") this.descend(childPath, key);
    else if (type === "file") this.addFile(childPath, key);
    else if (type !== "gone") this.page.push({ kind: "special", key, what: type });
  }

  /** Whether this key or keys below it can lie in the range. */
  private mayHold(key: Key): boolean {
    const { prefix, after } = this.range;
    const directory = key.endsWith("/") ? key : `${key}/`;
    if (!directory.startsWith(prefix) && !prefix.startsWith(directory)) return false;
    return after === undefined || after.startsWith(directory) || compareKeys(directory, after) > 0;
  }

  private descend(childPath: string, key: Key): void {
    if (inRange(key, this.range)) this.page.push({ kind: "directory", key });
    this.enter(childPath, key);
  }

  private enter(directory: string, prefix: string): void {
    try {
      const identity = this.options.followLinks ? identityOf(fs.statSync(directory)) : "";
      this.entering = identity;
      const children = isSingle(this.range)
        ? this.onlyChild(directory, prefix)
        : this.readChildren(directory);
      this.stack.push({ path: directory, prefix, identity, children, next: 0 });
    } catch (thrown) {
      const error = fileError(thrown, "list", directory);
      if (prefix === "") throw error;
      // A directory that went away while we walked is absent; one that cannot be read is unknown.
      if (error.code !== "not-found") this.page.push({ kind: "gap", key: asKey(prefix), error });
    }
  }

  private readChildren(directory: string): Child[] {
    const children: Child[] = [];
    const dirents = fs.readdirSync(directory, { withFileTypes: true });
    const names = dirents.some(({ name }) => name.includes(replacement))
      ? new Names(directory)
      : undefined;
    for (const dirent of dirents) {
      const { name } = dirent;
      const path = directory + sep + name;
      if (isTempName(name)) this.options.onTemp(path, name);
      else if (names === undefined || !name.includes(replacement)) {
        this.addChild(children, name, path, typeOf(dirent) ?? typeByLstat(path));
      }
    }
    for (const name of names?.intact ?? []) {
      const path = directory + sep + name;
      this.addChild(children, name, path, typeByLstat(path));
    }
    for (const [name, spelled] of names?.damaged ?? []) {
      children.push({ name, sortKey: name, type: badName(directory + sep + spelled) });
    }
    return children.toSorted((a, b) => compareKeys(a.sortKey, b.sortKey));
  }

  /** For a single key there is no need to read a directory: it may hold a million others. */
  private onlyChild(directory: string, prefix: string): Child[] {
    const [name = ""] = this.range.prefix.slice(prefix.length).split("/");
    const children: Child[] = [];
    const path = directory + sep + name;
    if (name !== "" && !isTempName(name)) {
      this.addChild(children, name, path, typeByLstat(path));
    }
    return children;
  }

  private addChild(
    children: Child[],
    name: string,
    path: string,
    lstatType: Type | SyncError,
  ): void {
    const { ignoreLinks, followLinks } = this.options;
    if (lstatType === "link" && ignoreLinks) return;
    const type = lstatType === "link" && followLinks ? this.followed(path) : lstatType;
    children.push({ name, sortKey: type === "directory" ? `${name}/` : name, type });
  }

  /** What a link leads to. One that leads nowhere stays a link; one that leads back up is an error. */
  private followed(link: string): Type | SyncError {
    try {
      const stats = fs.statSync(link);
      const type = typeOf(stats) ?? "device";
      if (type !== "directory") return type;
      const identity = identityOf(stats);
      const leadsBack =
        identity === this.entering || this.stack.some((frame) => frame.identity === identity);
      return leadsBack ? loop(link) : type;
    } catch (thrown) {
      const code = systemCode(thrown);
      if (code === "ELOOP") return loop(link);
      return code === "ENOENT" || code === "ENOTDIR" ? "link" : fileError(thrown, "examine", link);
    }
  }

  private addFile(file: string, key: Key): void {
    try {
      const stats = this.options.followLinks ? fs.statSync(file) : fs.lstatSync(file);
      this.page.push(fileEntry(key, stats));
    } catch (thrown) {
      if (systemCode(thrown) === "ENOENT") return;
      this.page.push({ kind: "gap", key, error: fileError(thrown, "examine", file, key) });
    }
  }
}

/** The entry for a regular file. */
export function fileEntry(key: Key, stats: fs.Stats): Entry {
  return {
    kind: "object",
    key,
    size: stats.size,
    mtimeMs: stats.mtimeMs,
    etag: undefined,
    storageClass: undefined,
    storeKey: undefined,
  };
}

/** `undefined`: this file system does not tell types in its directories. */
function typeOf(entry: fs.Dirent | fs.Stats): Type | undefined {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) return "link";
  if (entry.isFIFO()) return "fifo";
  if (entry.isSocket()) return "socket";
  return entry.isBlockDevice() || entry.isCharacterDevice() ? "device" : undefined;
}

/** What cannot be examined is unknown; only what is not there is gone. */
function typeByLstat(file: string): Type | SyncError {
  try {
    return typeOf(fs.lstatSync(file)) ?? "device";
  } catch (thrown) {
    const code = systemCode(thrown);
    return code === "ENOENT" || code === "ENOTDIR" ? "gone" : fileError(thrown, "examine", file);
  }
}

function identityOf(stats: fs.Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Whether a range is one key and what lies below it. */
export function isSingle({ prefix, until }: KeyRange): boolean {
  return prefix !== "" && until === prefix;
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

function loop(file: string): SyncError {
  return new SyncError("link-loop", `the link ${file} leads back to a directory above it`, {
    path: file,
  });
}
