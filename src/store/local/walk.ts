/**
 * Lists a tree in S3 key order. Opens nothing, follows the file types of the directory entries.
 *
 * @module
 */
import fs from "node:fs";
import { sep } from "node:path";

import type { Entry, Listed } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import { asKey, compareKeys, inRange, type Key, type KeyRange } from "../../core/key.ts";
import {
  type Children,
  ChildrenReader,
  type KnownDirectories,
  readChildren,
  type Type,
  typeByLstat,
  typeOf,
} from "./children.ts";
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
  /** Large directories that were read before. */
  readonly known: KnownDirectories;
}

/** Items that are gathered before they are handed on and other work gets a turn. */
const pageSize = 1000;

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
  readonly children: Children;
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
      const name = frame.children.names[frame.next++];
      if (name === undefined) this.stack.pop();
      else this.visit(frame, name);
      if (this.page.length >= pageSize) break;
    }
    const full = this.page;
    this.page = [];
    return full;
  }

  private visit(frame: Frame, name: string): void {
    const key = asKey(frame.prefix + name);
    const { until } = this.range;
    if (until !== undefined && compareKeys(key, until) > 0) {
      this.stack.length = 0;
      return;
    }
    const type = frame.children.typeOf(name);
    // What is unknown may hold keys of the range, also where it does not lie in it itself.
    const isTree = type === "directory" || type instanceof SyncError;
    if (isTree ? !this.mayHold(key) : !inRange(key, this.range)) return;
    const childPath = frame.path + sep + (type === "directory" ? name.slice(0, -1) : name);
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
      const stats = fs.statSync(directory);
      this.entering = this.options.followLinks ? identityOf(stats) : "";
      const identity = this.entering;
      const children = isSingle(this.range)
        ? this.onlyChild(directory, prefix)
        : this.childrenOf(directory, stats);
      const next = this.firstWanted(children, prefix);
      this.stack.push({ path: directory, prefix, identity, children, next });
    } catch (thrown) {
      const error = fileError(thrown, "list", directory);
      if (prefix === "") throw error;
      // A directory that went away while we walked is absent; one that cannot be read is unknown.
      if (error.code !== "not-found") this.page.push({ kind: "gap", key: asKey(prefix), error });
    }
  }

  private childrenOf(directory: string, stats: fs.Stats): Children {
    const { known, onTemp } = this.options;
    return known.get(directory, stats, () =>
      readChildren(directory, onTemp, (path, type) => this.seen(path, type)),
    );
  }

  /** Passes over the children that lie before the range: there may be a million of them. */
  private firstWanted(children: Children, prefix: string): number {
    const { after } = this.range;
    const { names } = children;
    // What is unknown may hold keys that come far behind its name.
    if (after === undefined || !after.startsWith(prefix) || children.hasOdd) return 0;
    const [component = ""] = after.slice(prefix.length).split("/", 1);
    let [low, high] = [0, names.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(names[middle] ?? "", component) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** For a single key there is no need to read a directory: it may hold a million others. */
  private onlyChild(directory: string, prefix: string): Children {
    const [name = ""] = this.range.prefix.slice(prefix.length).split("/");
    const children = new ChildrenReader((path, type) => this.seen(path, type));
    const path = directory + sep + name;
    if (name !== "" && !isTempName(name)) children.add(name, path, typeByLstat(path));
    return children.finish();
  }

  /** What a child counts as; `undefined` if it does not count. */
  private seen(path: string, type: Type | SyncError): Type | SyncError | undefined {
    if (type !== "link") return type;
    const { ignoreLinks, followLinks } = this.options;
    if (ignoreLinks) return undefined;
    return followLinks ? this.followed(path) : type;
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

function identityOf(stats: fs.Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Whether a range is one key and what lies below it. */
export function isSingle({ prefix, until }: KeyRange): boolean {
  return prefix !== "" && until === prefix;
}

function loop(file: string): SyncError {
  return new SyncError("link-loop", `the link ${file} leads back to a directory above it`, {
    path: file,
  });
}
