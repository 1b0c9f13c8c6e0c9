/**
 * Lists a tree in S3 key order. Opens nothing, follows the file types of the directory entries.
 *
 * @module
 */
import fs from "node:fs";
import { sep } from "node:path";

import type { Entry, Listed } from "../../../core/entry.ts";
import { SyncError } from "../../../core/errors.ts";
import { type FileRules, typeOfMode } from "../../../core/file-attributes.ts";
import {
  asKey,
  compareKeys,
  inRange,
  isSingle,
  type Key,
  type KeyRange,
} from "../../../core/key.ts";
import type { Directories, DirectoryHandle } from "../directories/directories.ts";
import { identityOf } from "../directories/make-directory.ts";
import { fileError, systemCode } from "../fs-errors.ts";
import { onDisk } from "../names/disk-names.ts";
import { encodedPieces } from "../names/encoded-names.ts";
import type { NameEncoding } from "../names/name-encoding.ts";
import { isTempName } from "../names/temp-name.ts";
import {
  type Children,
  ChildrenReader,
  type KnownDirectories,
  namesIn,
  type Readable,
  readChildren,
  type Seen,
  type Type,
  typeByLstat,
  typeOf,
} from "./children.ts";
import { readEncodedChildren } from "./encoded-children.ts";
import { readRecodedChildren } from "./recoded-children.ts";

/** How to walk. */
export interface WalkOptions {
  /** The way to the directories of the tree. */
  readonly directories: Directories;
  /** Which links count as what they lead to. Others are `special`. */
  readonly followLinks: "all" | "directories" | "none";
  /** Links are left out altogether. */
  readonly ignoreLinks: boolean;
  /** What counts as an object although it is no file. */
  readonly objects?: Pick<FileRules, "links" | "specials" | "directories"> | undefined;
  /** Names are encoded, see `encoded-names.ts`. Then directories are no items of their own. */
  readonly encoded: boolean;
  /** Names are in this encoding, and not UTF-8. */
  readonly encoding?: NameEncoding | undefined;
  /** A temporary file of ours was met. */
  readonly onTemp: (path: string, name: string) => void;
  /** Tell by which number the system knows a file, and when anything about it changed last. */
  readonly tellsInodes?: boolean | undefined;
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

/** One directory of the walk: its sorted children and how far the walk is. */
interface Frame {
  /** Below the root, as on disk. */
  readonly names: readonly string[];
  /** As people know it. */
  readonly path: string;
  readonly prefix: string;
  readonly identity: string;
  readonly stats: fs.Stats;
  readonly children: Children;
  next: number;
  /** Only while the walk is in it: a deep tree has more directories than may be open. */
  handle: DirectoryHandle | undefined;
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
    this.enter([], root, "");
  }

  get finished(): boolean {
    return this.stack.length === 0 && this.page.length === 0;
  }

  /** Goes on until a page is full or the tree is at its end. */
  nextPage(): readonly Listed[] {
    for (let frame = this.stack.at(-1); frame !== undefined; frame = this.stack.at(-1)) {
      const name = frame.children.names[frame.next++];
      if (name === undefined) leave(this.stack.pop());
      else this.visit(frame, name);
      if (this.page.length >= pageSize) break;
    }
    leave(this.stack.at(-1));
    const full = this.page;
    this.page = [];
    return full;
  }

  private visit(frame: Frame, name: string): void {
    const key = asKey(frame.prefix + name);
    const { until } = this.range;
    if (until !== undefined && compareKeys(key, until) > 0) {
      leave(frame);
      this.stack.length = 0;
      return;
    }
    const type = frame.children.typeOf(name);
    // What is unknown may hold keys of the range, also where it does not lie in it itself.
    const isTree = type === "directory" || type instanceof SyncError;
    if (isTree ? !this.mayHold(key) : !inRange(key, this.range)) return;
    if (type instanceof SyncError) this.page.push({ kind: "gap", key, error: type });
    else if (type === "directory") this.descend(frame, name, key);
    else if (type === "file" || this.isObject(type)) this.addFile(frame, name, key);
    else if (type !== "gone") this.page.push({ kind: "special", key, what: type });
  }

  private isObject(type: Exclude<Type, "file" | "directory">): boolean {
    const { objects } = this.options;
    if (objects === undefined || type === "gone") return false;
    return type === "link" ? objects.links : objects.specials;
  }

  /** Whether this key or keys below it can lie in the range. */
  private mayHold(key: Key): boolean {
    const { prefix, after } = this.range;
    const directory = key.endsWith("/") ? key : `${key}/`;
    if (!directory.startsWith(prefix) && !prefix.startsWith(directory)) return false;
    return after === undefined || after.startsWith(directory) || compareKeys(directory, after) > 0;
  }

  private descend(frame: Frame, name: string, key: Key): void {
    const isItem = !this.options.encoded && inRange(key, this.range);
    const { directories = "none" } = this.options.objects ?? {};
    if (isItem && directories === "none") this.page.push({ kind: "directory", key });
    leave(frame);
    const pieces = frame.children.piecesOf(name);
    this.enter([...frame.names, ...pieces], [frame.path, ...pieces].join(sep), key);
    const entered = this.stack.at(-1);
    if (!isItem || directories === "none" || entered?.prefix !== key) return;
    const isObject = directories === "all" || this.isEmpty(entered);
    const children = entered.children.names.length;
    const entry = { ...fileEntry(key, entered.stats), size: 0, children };
    this.page.push(isObject ? entry : { kind: "directory", key });
  }

  /** Whose children are not all read is asked for them. */
  private isEmpty({ children, handle }: Frame): boolean {
    if (!isSingle(this.range)) return children.names.length === 0;
    return handle !== undefined && namesIn(handle.self).found.every(({ name }) => isTempName(name));
  }

  private enter(names: readonly string[], shown: string, prefix: string): void {
    let handle: DirectoryHandle | undefined;
    try {
      handle = this.options.directories.enter(names, "list");
      const stats = handle.stats();
      this.entering = this.options.followLinks === "none" ? "" : identityOf(stats);
      const identity = this.entering;
      const place = { self: handle.self, shown };
      const children = isSingle(this.range)
        ? this.onlyChild(place, names, prefix)
        : this.childrenOf(place, names, stats);
      handle.confirm();
      const next = this.firstWanted(children, prefix);
      this.stack.push({ names, path: shown, prefix, identity, stats, children, next, handle });
    } catch (thrown) {
      handle?.leave();
      const error = fileError(thrown, "list", shown);
      if (prefix === "") throw error;
      // A directory that went away while we walked is absent; one that cannot be read is unknown.
      if (error.code !== "not-found") this.page.push({ kind: "gap", key: asKey(prefix), error });
    }
  }

  private childrenOf(place: Readable, names: readonly string[], stats: fs.Stats): Children {
    const { known, onTemp, encoded, encoding } = this.options;
    const seen = this.seenIn(place, names);
    const look = <T>(pieces: readonly string[], at: (below: Readable) => T): T =>
      this.look(place, names, pieces, at);
    return known.get(place.shown, stats, () => {
      if (encoded) return readEncodedChildren(place, look, onTemp, seen);
      if (encoding !== undefined) return readRecodedChildren(place, encoding, onTemp, seen);
      return readChildren(place, onTemp, seen);
    });
  }

  /** Looks into a directory below another one. */
  private look<T>(
    { shown }: Readable,
    names: readonly string[],
    pieces: readonly string[],
    look: (place: Readable) => T,
  ): T {
    const handle = this.options.directories.enter([...names, ...pieces], "list");
    try {
      const seen = look({ self: handle.self, shown: [shown, ...pieces].join(sep) });
      handle.confirm();
      return seen;
    } finally {
      handle.leave();
    }
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
  private onlyChild(place: Readable, names: readonly string[], prefix: string): Children {
    const [name = ""] = this.range.prefix.slice(prefix.length).split("/");
    const children = new ChildrenReader(this.seenIn(place, names));
    const pieces = this.piecesOf(name);
    const add = (path: string, shown: string): void =>
      children.add(name, path, typeByLstat(path, shown), pieces);
    if (pieces.length > 0) this.lookAt(place, names, pieces, add);
    return children.finish();
  }

  /** Under which names a child lies on disk; none if it cannot be there. */
  private piecesOf(name: string): readonly string[] {
    const { encoded, encoding } = this.options;
    if (encoded) return encodedPieces(name);
    if (name === "" || isTempName(name)) return [];
    const spelled = encoding === undefined ? name : encoding.nameOf(name);
    return spelled === undefined ? [] : [spelled];
  }

  /** Looks at what may lie some pieces of a name below a directory. */
  private lookAt(
    place: Readable,
    names: readonly string[],
    pieces: readonly string[],
    look: (path: string, shown: string) => void,
  ): void {
    const name = pieces.at(-1) ?? "";
    const above = pieces.slice(0, -1);
    const lookIn = ({ self, shown }: Readable): void => look(self + sep + name, shown + sep + name);
    if (above.length === 0) return lookIn(place);
    try {
      this.look(place, names, above, lookIn);
    } catch (thrown) {
      if (fileError(thrown, "list", place.shown).code !== "not-found") throw thrown;
    }
  }

  /** What a child of a directory counts as; `undefined` if it does not count. */
  private seenIn({ shown }: Readable, names: readonly string[]): Seen {
    const { ignoreLinks, followLinks } = this.options;
    return (path, type, pieces) => {
      if (type !== "link") return type;
      if (ignoreLinks) return undefined;
      if (followLinks === "none") return type;
      const link = [shown, ...pieces].join(sep);
      return followLinks === "all"
        ? this.followed(path, link)
        : this.linkedDirectory(path, link, [...names, ...pieces]);
    };
  }

  /** A link that leads to a directory of the tree counts as one, every other one as a link. */
  private linkedDirectory(path: string, shown: string, names: readonly string[]): Type | SyncError {
    const type = this.followed(path, shown);
    if (type !== "directory") return type instanceof SyncError ? type : "link";
    try {
      this.options.directories.enter(names, "list").leave();
      return type;
    } catch (thrown) {
      const error = fileError(thrown, "list", shown);
      return error.code === "path-clash" ? "link" : error;
    }
  }

  /** What a link leads to. One that leads nowhere stays a link; one that leads back up is an error. */
  private followed(link: string, shown: string): Type | SyncError {
    try {
      const stats = fs.statSync(onDisk(link));
      const type = typeOf(stats) ?? "device";
      if (type !== "directory") return type;
      const identity = identityOf(stats);
      const leadsBack =
        identity === this.entering || this.stack.some((frame) => frame.identity === identity);
      return leadsBack ? loop(shown) : type;
    } catch (thrown) {
      const code = systemCode(thrown);
      if (code === "ELOOP") return loop(shown);
      return code === "ENOENT" || code === "ENOTDIR" ? "link" : fileError(thrown, "examine", shown);
    }
  }

  private addFile(frame: Frame, name: string, key: Key): void {
    try {
      const pieces = frame.children.otherPieces(name);
      frame.handle ??= this.options.directories.enter(frame.names, "list");
      if (pieces === undefined) this.pushFile(frame.handle.path(name), key);
      else {
        const place = { self: frame.handle.self, shown: frame.path };
        this.lookAt(place, frame.names, pieces, (path) => this.pushFile(path, key));
      }
    } catch (thrown) {
      const file = [frame.path, ...frame.children.piecesOf(name)].join(sep);
      const error = fileError(thrown, "examine", file, key);
      if (error.code !== "not-found") this.page.push({ kind: "gap", key, error });
    }
  }

  private pushFile(path: string, key: Key): void {
    const look = this.options.followLinks === "all" ? fs.statSync : fs.lstatSync;
    const stats = look(onDisk(path));
    const entry = fileEntry(key, stats);
    const { ino: inode, ctimeMs } = stats;
    this.page.push(this.options.tellsInodes === true ? { ...entry, inode, ctimeMs } : entry);
  }
}

function leave(frame: Frame | undefined): void {
  frame?.handle?.leave();
  if (frame !== undefined) frame.handle = undefined;
}

/** The entry for a regular file, or for something else that counts as an object. */
export function fileEntry(key: Key, stats: fs.Stats): Entry {
  const entry: Entry = {
    kind: "object",
    key,
    size: stats.size,
    mtimeMs: stats.mtimeMs,
    etag: undefined,
    storageClass: undefined,
    storeKey: undefined,
  };
  if (stats.isFile()) return entry;
  const fileType = typeOfMode(stats.mode);
  return fileType === undefined || fileType === "file" ? entry : { ...entry, fileType };
}

function loop(file: string): SyncError {
  return new SyncError("link-loop", `the link ${file} leads back to a directory above it`, {
    path: file,
  });
}
