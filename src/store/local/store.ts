/**
 * A directory as a store: files are objects, their paths below the root are the keys.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { throwIfAborted } from "../../core/cancel.ts";
import { type Entry, type Listed, storeKeyOf } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { Key, KeyRange } from "../../core/key.ts";
import type { Attributes, ObjectInfo, Written } from "../../core/object.ts";
import type { Digests } from "../../hash/digest.ts";
import { type Body, bodyLength } from "../body.ts";
import type {
  Capabilities,
  PartReader,
  PartWriter,
  Reader,
  Removal,
  Store,
  Ticket,
  Writer,
  WriteSpec,
} from "../store.ts";
import { KnownDirectories } from "./children.ts";
import { guessContentType } from "./content-type.ts";
import { Directories } from "./directories.ts";
import { fileError } from "./fs-errors.ts";
import { type FileTicket, openFile, readFully, readPieces } from "./reader.ts";
import { pathComponents } from "./safe-path.ts";
import { changedSinceListing, isSameFile } from "./same-file.ts";
import { isLeftover, isTempName } from "./temp-name.ts";
import { isSingle, walk } from "./walk.ts";
import { createTemp, type TempFileTicket, writeAt, writeBody } from "./writer.ts";

/** How to use a directory. */
export interface LocalOptions {
  /** A source follows links, a target never does. */
  readonly side: "source" | "target";
  /** Leave links out of the listing. */
  readonly ignoreLinks: boolean;
  /** Guess the content type from the file's name. */
  readonly guessContentType: boolean;
  /** Remove what killed runs left behind. Off in a dry run. */
  readonly removeLeftovers: boolean;
  /** What is written counts only when the disk has it. */
  readonly sync: boolean;
}

const capabilities: Capabilities = {
  ordered: true,
  cheapRanges: true,
  attributes: false,
  hierarchical: true,
  etags: false,
  digestsFirst: undefined,
  partLimits: undefined,
};

const noAttributes: Attributes = { metadata: {} };
const nothingToTell: Written = { etag: undefined, versionId: undefined, encryption: undefined };

/** A tree of files. */
export class LocalStore implements Store {
  readonly capabilities = capabilities;
  private readonly directories: Directories;
  private readonly known = new KnownDirectories();

  /** @param root an existing directory for a source; a target's is created with its first file */
  constructor(
    readonly root: string,
    private readonly options: LocalOptions,
  ) {
    this.directories = new Directories(root, options.sync);
  }

  get name(): string {
    return this.root;
  }

  async ticket(): Promise<Ticket> {
    return { kind: "local" };
  }

  locate(key: Key): string {
    return path.join(this.root, ...key.split("/"));
  }

  async *list(range: KeyRange, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
    if (this.options.side === "target" && !fs.existsSync(this.root)) return;
    const pages = walk(this.root, range, {
      followLinks: this.options.side === "source",
      ignoreLinks: this.options.ignoreLinks,
      onTemp: (file, name) => this.metTemp(file, name),
      known: this.known,
    });
    if (isSingle(range)) this.sweep(range.prefix);
    for await (const page of pages) {
      throwIfAborted(signal);
      yield page;
    }
  }

  /** A walk to a single key does not read its directory, and so meets no temporary files there. */
  private sweep(key: string): void {
    if (!this.options.removeLeftovers) return;
    const directory = path.dirname(path.join(this.root, key));
    for (const name of namesIn(directory)) {
      if (isTempName(name)) this.metTemp(path.join(directory, name), name);
    }
  }

  /** Unfinished files are never data. Those of a run that is no more go away. */
  private metTemp(file: string, name: string): void {
    if (!this.options.removeLeftovers) return;
    try {
      if (isLeftover(name, fs.lstatSync(file).mtimeMs, Date.now())) fs.unlinkSync(file);
    } catch {
      // Somebody else was faster, or we may not: it stays invisible either way.
    }
  }

  private pathOf(key: Key): string {
    return path.join(this.root, ...pathComponents(key));
  }

  /** A source follows links; a target looks at what really lies in its tree. */
  private stat(key: Key): fs.Stats | undefined {
    try {
      if (this.options.side === "source") return this.statSource(key);
      const names = pathComponents(key);
      const name = names.pop() ?? "";
      const directory = this.directories.enter(names, false);
      try {
        return fs.lstatSync(directory.path(name));
      } finally {
        directory.leave();
      }
    } catch (thrown) {
      const error = fileError(thrown, "examine", this.locate(key), key);
      if (error.code === "not-found" || error.code === "path-clash") return undefined;
      throw error;
    }
  }

  private statSource(key: Key): fs.Stats | undefined {
    if (this.options.ignoreLinks && this.leadsThroughLink(key)) return undefined;
    return fs.statSync(this.pathOf(key));
  }

  private leadsThroughLink(key: Key): boolean {
    let at = this.root;
    return pathComponents(key).some((name) => {
      at = path.join(at, name);
      return fs.lstatSync(at).isSymbolicLink();
    });
  }

  async head(key: Key): Promise<ObjectInfo | undefined> {
    if (key.endsWith("/")) return undefined;
    const stats = this.stat(key);
    if (stats === undefined || !stats.isFile()) return undefined;
    const { size, mtimeMs } = stats;
    const attributes = this.attributesOf(key);
    return {
      size,
      mtimeMs,
      etag: undefined,
      versionId: undefined,
      encryption: undefined,
      attributes,
    };
  }

  private attributesOf(key: Key): Attributes {
    if (!this.options.guessContentType) return noAttributes;
    return { contentType: guessContentType(key), metadata: {} };
  }

  open(entry: Entry): Promise<Reader> {
    return openFile(this.pathOf(storeKeyOf(entry)), this.attributesOf(entry.key));
  }

  async write(
    spec: WriteSpec,
    body: Body,
    digests: Digests,
    signal: AbortSignal,
  ): Promise<Written> {
    throwIfAborted(signal);
    if (spec.key.endsWith("/")) return this.makeDirectory(spec.key, bodyLength(body));
    const writer = await this.beginWrite(spec, signal);
    try {
      const part = { number: 1, offset: 0, length: bodyLength(body) };
      await writer.writePart(part, body, digests, signal);
      return await writer.commit([], signal);
    } catch (thrown) {
      await writer.abort();
      throw thrown;
    }
  }

  /** A key that ends with `/` is a directory, if it holds nothing. */
  private makeDirectory(key: Key, size: number): Written {
    if (size > 0) {
      throw new SyncError(
        "unsafe-key",
        `the key ${JSON.stringify(key)} holds data but names a directory`,
        {
          key,
        },
      );
    }
    this.directories.enter(pathComponents(key), true).leave();
    return nothingToTell;
  }

  /** The same steps as writing it, without making anything. */
  refusal(key: Key): SyncError | undefined {
    try {
      const names = pathComponents(key);
      const name = key.endsWith("/") ? undefined : names.pop();
      const directory = this.directories.enter(names, false);
      try {
        const isTaken = name !== undefined && fs.lstatSync(directory.path(name)).isDirectory();
        return isTaken ? directoryInPlace(this.locate(key), key) : undefined;
      } finally {
        directory.leave();
      }
    } catch (thrown) {
      const error = fileError(thrown, "write", this.locate(key), key);
      return error.code === "not-found" ? undefined : error;
    }
  }

  async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    const names = pathComponents(spec.key);
    throwIfAborted(signal);
    const name = names.pop() ?? "";
    return createTemp({
      directory: this.directories.enter(names, true),
      name,
      path: this.locate(spec.key),
      size: spec.size,
      mtimeMs: spec.mtimeMs,
      expected: spec.expected,
      sync: this.options.sync,
    });
  }

  attachReader(ticket: Ticket): PartReader {
    const { descriptor, path: file } = ticket as FileTicket;
    return {
      read: (offset, into) => readFully(descriptor, file, offset, into),
      readPieces: (offset, length, sink) => readPieces(descriptor, file, offset, length, sink),
    };
  }

  attachWriter(ticket: Ticket): PartWriter {
    const { descriptor, path: file } = ticket as TempFileTicket;
    return {
      writePart: async (part, body) => {
        await writeBody(descriptor, file, part.offset, body);
        return { number: part.number, etag: undefined };
      },
      writeAt: (offset, bytes) => writeAt(descriptor, file, offset, bytes),
    };
  }

  async remove(entries: readonly Entry[], signal: AbortSignal): Promise<readonly Removal[]> {
    return entries.map((entry) => {
      throwIfAborted(signal);
      return { entry, error: this.removeOne(entry) };
    });
  }

  /** Only the very file that was listed goes; links and whatever took its place stay. */
  private removeOne(entry: Entry): SyncError | undefined {
    const key = storeKeyOf(entry);
    const file = this.locate(key);
    try {
      const names = pathComponents(key);
      const name = names.pop() ?? "";
      const directory = this.directories.enter(names, false);
      try {
        const stats = fs.lstatSync(directory.path(name));
        if (!isSameFile(stats, entry)) return changedSinceListing(file, "delete");
        fs.unlinkSync(directory.path(name));
        return undefined;
      } finally {
        directory.leave();
      }
    } catch (thrown) {
      const error = fileError(thrown, "delete", file, entry.key);
      return error.code === "not-found" ? undefined : error;
    }
  }

  /** What a file is known by; `undefined` if there is none. */
  facts(key: Key): LocalFacts | undefined {
    const names = pathComponents(key);
    const name = names.pop() ?? "";
    try {
      const directory = this.directories.enter(names, false);
      try {
        const stats = fs.lstatSync(directory.path(name), { bigint: true });
        if (!stats.isFile()) return undefined;
        const { size, mtimeNs, ino } = stats;
        return { size: Number(size), mtimeMs: Number(mtimeNs) / 1e6, mtimeNs, inode: ino };
      } finally {
        directory.leave();
      }
    } catch (thrown) {
      const error = fileError(thrown, "examine", this.locate(key), key);
      if (error.code === "not-found" || error.code === "path-clash") return undefined;
      throw error;
    }
  }

  /**
   * Gives a file another name, if it is still the one that was listed, and nothing has that name.
   *
   * @throws SyncError `precondition` when it has changed, `path-clash` when something has the name
   */
  rename(entry: Entry, to: Key): void {
    const key = storeKeyOf(entry);
    const [from, into] = [this.entered(key, false), this.entered(to, true)];
    try {
      requireListed(fs.lstatSync(from.path), entry, this.locate(key), "rename");
      // Unlike a rename, a link never takes the place of something.
      fs.linkSync(from.path, into.path);
      fs.unlinkSync(from.path);
    } catch (thrown) {
      throw fileError(thrown, "rename", this.locate(key), entry.key);
    } finally {
      from.leave();
      into.leave();
    }
  }

  private entered(key: Key, create: boolean): { readonly path: string; leave(): void } {
    const names = pathComponents(key);
    const name = names.pop() ?? "";
    const directory = this.directories.enter(names, create);
    return { path: directory.path(name), leave: () => directory.leave() };
  }

  async close(): Promise<void> {
    this.directories.close();
  }
}

/** What a file is known by. */
export interface LocalFacts {
  readonly size: number;
  readonly mtimeMs: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  readonly inode: bigint;
}

/** @throws SyncError `precondition` for a file that is not the one that was listed */
function requireListed(stats: fs.Stats, entry: Entry, file: string, operation: string): void {
  if (stats.isFile() && stats.size === entry.size && stats.mtimeMs === entry.mtimeMs) return;
  const text = `${file} changed since it was listed and stays`;
  throw new SyncError("precondition", text, { operation, path: file });
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    // There is nothing of ours in it, or nothing that we can do about it.
    return [];
  }
}

function directoryInPlace(file: string, key: Key): SyncError {
  const text = `cannot write ${file}: a directory stands where the file is wanted`;
  return new SyncError("path-clash", text, { operation: "write", path: file, key });
}
