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
  Resumption,
  Store,
  Ticket,
  Writer,
  WriteSpec,
} from "../store.ts";
import { KnownDirectories } from "./children.ts";
import { guessContentType } from "./content-type.ts";
import type { Directories, DirectoryHandle, Purpose } from "./directories.ts";
import { fileError } from "./fs-errors.ts";
import { isLink, liesInside, sameName, takenForOne } from "./in-the-way.ts";
import { removeLeftover, removeLeftovers } from "./leftovers.ts";
import { Places } from "./places.ts";
import { type GuardedPlace, openFile } from "./reader.ts";
import { realNames } from "./real-names.ts";
import { type PlaceSpec, resumableFiles } from "./resumable.ts";
import { changedSinceListing, isSameFile } from "./same-file.ts";
import { SameRoot } from "./same-root.ts";
import { attachedReader, attachedWriter } from "./tickets.ts";
import { isSingle, walk } from "./walk.ts";
import { guardedDirectories, plainDirectories } from "./ways-to-directories.ts";
import { createTemp, type Place } from "./writer.ts";

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
  /** Whether a journal is about an unfinished file of this name: then it stays. */
  readonly isResumable?: ((name: string) => boolean) | undefined;
  /** What is written counts only when the disk has it. */
  readonly sync: boolean;
  /** Names of files are encoded keys, see `encoded-names.ts`. */
  readonly encodeNames?: boolean;
  /** Listings tell by which number the system knows a file, and when anything about it changed last. */
  readonly tellsInodes?: boolean;
  /** So does what is written. */
  readonly tellsWritten?: boolean;
  /** A target follows links to its own directories. */
  readonly followTargetLinks?: boolean;
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
  readonly capabilities: Capabilities;
  readonly resumable: Resumption;
  private readonly directories: Directories;
  private readonly places: Places;
  /** Files and directories that stand where a key could not be written. What lies there stays. */
  private readonly occupants = new Set<string>();
  private readonly known = new KnownDirectories();
  private readonly sameRoot: SameRoot;

  /** @param root an existing directory for a source; a target's is created with its first file */
  constructor(
    readonly root: string,
    private readonly options: LocalOptions,
  ) {
    const { side, sync, encodeNames = false, followTargetLinks = false } = options;
    this.capabilities = { ...capabilities, keepsMarkers: encodeNames };
    this.places = new Places(root, encodeNames);
    this.sameRoot = new SameRoot(root);
    if (side === "target" && followTargetLinks) this.otherKey = (key) => this.realKey(key);
    this.directories =
      side === "source"
        ? plainDirectories(root)
        : guardedDirectories(root, { syncs: sync, followsLinks: followTargetLinks });
    this.resumable = resumableFiles({
      locate: (key) => this.locate(key),
      placeFor: (spec) => this.placeFor(spec),
      directoryOf: (key) => this.enter(key, "open").directory,
      noted: (thrown) => this.noted(thrown),
    });
  }

  get name(): string {
    return this.root;
  }

  async ticket(): Promise<Ticket> {
    return { kind: "local" };
  }

  locate(key: Key): string {
    return this.places.shown(key);
  }

  async *list(range: KeyRange, signal: AbortSignal): AsyncGenerator<readonly Listed[]> {
    const { side, ignoreLinks, followTargetLinks = false, encodeNames = false } = this.options;
    const { removeLeftovers: removes, isResumable } = this.options;
    this.sameRoot.require();
    if (side === "target" && !fs.existsSync(this.root)) return;
    const pages = walk(this.root, range, {
      directories: this.directories,
      followLinks: side === "source" ? "all" : followTargetLinks ? "directories" : "none",
      ignoreLinks,
      encoded: encodeNames,
      onTemp: removes ? (file, name) => removeLeftover(file, name, isResumable) : () => undefined,
      known: this.known,
      tellsInodes: this.options.tellsInodes,
    });
    if (isSingle(range)) this.sweep(range.prefix);
    for await (const page of pages) {
      throwIfAborted(signal);
      yield page;
    }
    // Only now what was not found is known to be no more.
    this.sameRoot.require();
  }

  /** A walk to a single key does not read its directory, and so meets no temporary files there. */
  private sweep(key: string): void {
    if (!this.options.removeLeftovers) return;
    try {
      const names = this.places.components(key).slice(0, -1);
      const directory = this.directories.enter(names, "open");
      try {
        removeLeftovers(directory, this.options.isResumable);
      } finally {
        directory.leave();
      }
    } catch {
      // There is nothing of ours in it, or nothing that we can do about it.
    }
  }

  /** The directory that a key's file is in, and its name there. Leave the directory. */
  private enter(key: Key, purpose: Purpose): GuardedPlace {
    const names = this.places.components(key);
    const name = names.pop() ?? "";
    return { directory: this.directories.enter(names, purpose), name };
  }

  /** A source follows links; a target looks at what really lies in its tree. */
  private stat(key: Key): fs.Stats | undefined {
    try {
      if (this.options.side === "source" && this.leadsThroughLink(key)) return undefined;
      const { directory, name } = this.enter(key, "open");
      try {
        if (this.options.side === "source") return fs.statSync(directory.path(name));
        const stats = fs.lstatSync(directory.path(name));
        return directory.nameOf(name) === name ? stats : undefined;
      } finally {
        directory.leave();
      }
    } catch (thrown) {
      const error = fileError(thrown, "examine", this.locate(key), key);
      if (error.code === "not-found" || error.code === "path-clash") return undefined;
      throw error;
    }
  }

  private leadsThroughLink(key: Key): boolean {
    if (!this.options.ignoreLinks) return false;
    let at = this.root;
    return this.places.components(key).some((name) => {
      at = path.join(at, name);
      return isLink(at);
    });
  }

  async head(key: Key): Promise<ObjectInfo | undefined> {
    if (this.isDirectory(key)) return undefined;
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

  async open(entry: Entry): Promise<Reader> {
    const key = storeKeyOf(entry);
    const attributes = this.attributesOf(entry.key);
    if (this.options.side === "source") return openFile(this.places.path(key), attributes);
    return openFile(this.locate(key), attributes, this.enter(key, "open"));
  }

  async write(
    spec: WriteSpec,
    body: Body,
    digests: Digests,
    signal: AbortSignal,
  ): Promise<Written> {
    throwIfAborted(signal);
    if (this.isDirectory(spec.key)) return this.makeDirectory(spec.key, bodyLength(body));
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

  private isDirectory(key: Key): boolean {
    return key.endsWith("/") && this.options.encodeNames !== true;
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
    this.directories.enter(this.places.components(key), "create").leave();
    return nothingToTell;
  }

  async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    throwIfAborted(signal);
    try {
      return await createTemp(this.placeFor(spec));
    } catch (thrown) {
      throw this.noted(thrown);
    }
  }

  /** Enters the directory, which whoever writes there leaves. */
  private placeFor({ key, size, mtimeMs, expected }: PlaceSpec): Place {
    const names = this.places.components(key);
    const name = names.pop() ?? "";
    const directory = this.directories.enter(names, "create");
    const { sync, tellsWritten: tells = false } = this.options;
    return { directory, name, path: this.locate(key), size, mtimeMs, expected, sync, tells };
  }

  /** What stands where a key could not be written is not what only the target has. */
  private noted(thrown: unknown): unknown {
    if (thrown instanceof SyncError && thrown.reason === sameName && thrown.path !== undefined) {
      this.occupants.add(thrown.path);
    }
    return thrown;
  }

  /** By links that are followed, a file may have two names. The real one is that without links. */
  otherKey?: (key: Key) => Key | undefined;

  private realKey(key: Key): Key | undefined {
    const names = this.places.components(key);
    const real = realNames(this.root, names);
    return real === undefined ? undefined : this.places.keyOf(real);
  }

  /** The same steps as writing it, without making anything. */
  refusal(key: Key): SyncError | undefined {
    try {
      this.places.requireStorable(key);
      if (this.isDirectory(key)) {
        this.directories.enter(this.places.components(key), "open").leave();
        return undefined;
      }
      const { directory, name } = this.enter(key, "open");
      try {
        return this.inPlaceOf(key, directory, name);
      } finally {
        directory.leave();
      }
    } catch (thrown) {
      const error = fileError(this.noted(thrown), "write", this.locate(key), key);
      return error.code === "not-found" ? undefined : error;
    }
  }

  /** What a file cannot replace. */
  private inPlaceOf(key: Key, directory: DirectoryHandle, name: string): SyncError | undefined {
    const file = this.locate(key);
    const actual = directory.nameOf(name) ?? name;
    if (actual !== name) throw takenForOne(file, path.join(path.dirname(file), actual));
    const stats = fs.lstatSync(directory.path(name), { throwIfNoEntry: false });
    return stats?.isDirectory() === true ? directoryInPlace(file, key) : undefined;
  }

  attachReader(ticket: Ticket): PartReader {
    return attachedReader(ticket);
  }

  attachWriter(ticket: Ticket): PartWriter {
    return attachedWriter(ticket);
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
    if (this.isOccupant(file)) return inPlaceOfAnother(file);
    try {
      const { directory, name } = this.enter(key, "open");
      try {
        const stats = fs.lstatSync(directory.path(name));
        directory.confirm();
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

  private isOccupant(file: string): boolean {
    if (this.occupants.size === 0) return false;
    return this.occupants.values().some((place) => liesInside(file, place));
  }

  async close(): Promise<void> {
    this.directories.close();
  }
}

function inPlaceOfAnother(file: string): SyncError {
  const text = `${file} stays: a key that this file system cannot tell from it could not be written`;
  return new SyncError("precondition", text, { operation: "delete", path: file });
}

function directoryInPlace(file: string, key: Key): SyncError {
  const text = `cannot write ${file}: a directory stands where the file is wanted`;
  return new SyncError("path-clash", text, { operation: "write", path: file, key });
}
