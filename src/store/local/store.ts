/**
 * A directory as a store: files are objects, their paths below the root are the keys.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { throwIfAborted } from "../../core/cancel.ts";
import { type Entry, type Listed, storeKeyOf } from "../../core/entry.ts";
import type { SyncError } from "../../core/errors.ts";
import { isSingle, type Key, type KeyRange } from "../../core/key.ts";
import type { Attributes, ObjectInfo, UserMetadata, Written } from "../../core/object.ts";
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
import { HardLinks } from "./attributes/hard-links.ts";
import { alignListed } from "./attributes/kept-files.ts";
import { writeStandIn } from "./attributes/stand-ins.ts";
import type { Directories, DirectoryHandle, Purpose } from "./directories/directories.ts";
import {
  directoryInPlace,
  holdsData,
  inPlaceOfAnother,
  isLink,
  takenForOne,
} from "./directories/in-the-way.ts";
import { SameRoot } from "./directories/same-root.ts";
import { guardedDirectories, plainDirectories } from "./directories/ways-to-directories.ts";
import { guessContentType } from "./files/content-type.ts";
import { fileInfo, type GuardedPlace, openFile } from "./files/reader.ts";
import { type PlaceSpec, resumableFiles } from "./files/resumable.ts";
import { removeListed } from "./files/same-file.ts";
import { attachedReader, attachedWriter } from "./files/tickets.ts";
import { createTemp, type Place } from "./files/writer.ts";
import { fileError } from "./fs-errors.ts";
import { removeLeftover, removeLeftovers } from "./leftovers.ts";
import type { LocalOptions } from "./local-options.ts";
import { below, onDisk } from "./names/disk-names.ts";
import { Places } from "./names/places.ts";
import { realNames } from "./names/real-names.ts";
import { Occupants } from "./occupants.ts";
import { KnownDirectories } from "./walk/children.ts";
import { walk } from "./walk/walk.ts";

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

export type { LocalOptions } from "./local-options.ts";

/** A tree of files. */
export class LocalStore implements Store {
  readonly capabilities: Capabilities;
  readonly resumable: Resumption;
  private readonly directories: Directories;
  private readonly places: Places;
  private readonly occupants = new Occupants();
  private readonly known = new KnownDirectories();
  private readonly hardLinks: HardLinks | undefined;
  private readonly sameRoot: SameRoot;

  /** @param root an existing directory for a source; a target's is created with its first file */
  constructor(
    readonly root: string,
    private readonly options: LocalOptions,
  ) {
    const { side, sync, encodeNames = false, followTargetLinks = false } = options;
    const fileMetadata = options.kept !== undefined;
    this.capabilities = { ...capabilities, keepsMarkers: encodeNames, fileMetadata };
    if (fileMetadata) this.alignFile = (...given) => this.align(...given);
    if (options.kept?.rules.hardLinks === true) {
      this.hardLinks = new HardLinks((key, use) => this.within(key, use));
    }
    this.places = new Places(root, encodeNames, options.nameEncoding);
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
      noted: this.occupants.noted,
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
    const { removeLeftovers: removes, isResumable, kept } = this.options;
    this.sameRoot.require();
    if (side === "target" && !fs.existsSync(this.root)) return;
    const pages = walk(this.root, range, {
      directories: this.directories,
      followLinks: this.followsLinks ? "all" : followTargetLinks ? "directories" : "none",
      objects: kept?.rules,
      ignoreLinks,
      encoded: encodeNames,
      encoding: this.options.nameEncoding,
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

  /** A source does, unless links are objects themselves. */
  private get followsLinks(): boolean {
    return this.options.side === "source" && this.options.kept?.rules.links !== true;
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

  /** The directory that a key's file is in, and its name there, for as long as the function runs. */
  private within<T>(key: Key, use: (place: GuardedPlace) => T): T {
    const place = this.enter(key, "open");
    try {
      return use(place);
    } finally {
      place.directory.leave();
    }
  }

  /** A source follows links; a target looks at what really lies in its tree. */
  private look<T>(key: Key, at: (path: string) => T): T | undefined {
    const { side } = this.options;
    try {
      if (side === "source" && this.leadsThroughLink(key)) return undefined;
      return this.within(key, ({ directory, name }) => {
        const seen = at(directory.path(name));
        return side === "source" || directory.nameOf(name) === name ? seen : undefined;
      });
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
      at = below(at, name);
      return isLink(at);
    });
  }

  async head(key: Key): Promise<ObjectInfo | undefined> {
    const { kept } = this.options;
    const attributes = this.attributesOf(key);
    if (kept !== undefined) {
      const place = { kind: "path", isLink: !this.followsLinks } as const;
      const [shown, isDirectory] = [this.locate(key), this.isDirectory(key)];
      return this.look(key, (at) =>
        kept.infoOf({ ...place, path: at }, shown, attributes, isDirectory),
      );
    }
    if (this.isDirectory(key)) return undefined;
    const follows = this.followsLinks;
    const stats = this.look(key, (at) => (follows ? fs.statSync : fs.lstatSync)(onDisk(at)));
    return stats?.isFile() === true ? fileInfo(stats, attributes) : undefined;
  }

  private attributesOf(key: Key): Attributes {
    if (!this.options.guessContentType) return noAttributes;
    return { contentType: guessContentType(key), metadata: {} };
  }

  async open(entry: Entry): Promise<Reader> {
    const key = storeKeyOf(entry);
    const attributes = this.attributesOf(entry.key);
    const { kept } = this.options;
    const file = this.locate(key);
    const { fileType } = entry;
    if (kept !== undefined && fileType !== undefined) {
      return this.within(key, ({ directory, name }) =>
        kept.standInAt(directory.path(name), fileType, file, attributes),
      );
    }
    const tell = kept && ((descriptor: number) => kept.metadataAt(descriptor, file));
    return this.followsLinks
      ? openFile(this.places.path(key), attributes, undefined, tell)
      : openFile(file, attributes, this.enter(key, "open"), tell);
  }

  async write(
    spec: WriteSpec,
    body: Body,
    digests: Digests,
    signal: AbortSignal,
  ): Promise<Written> {
    throwIfAborted(signal);
    if (this.isDirectory(spec.key)) return this.makeDirectory(spec.key, bodyLength(body));
    const { kept } = this.options;
    const standIn = kept?.standInFor(spec);
    if (kept !== undefined && standIn !== undefined) {
      return writeStandIn(this.placeFor(spec), standIn, body, kept.warn);
    }
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
    if (size > 0) throw holdsData(key);
    this.directories.enter(this.places.components(key), "create").leave();
    return nothingToTell;
  }

  async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    throwIfAborted(signal);
    try {
      return await createTemp(this.placeFor(spec));
    } catch (thrown) {
      throw this.occupants.noted(thrown);
    }
  }

  /** Enters the directory, which whoever writes there leaves. */
  private placeFor({ key, size, mtimeMs: listed, expected, attributes }: PlaceSpec): Place {
    const { sync, kept, tellsWritten: tells = false } = this.options;
    const dress = attributes === undefined ? undefined : kept?.dressFor(attributes.metadata);
    const mtimeMs = dress?.mtimeMs ?? listed;
    const likeness = { size, mtimeMs };
    const { directory, name } = this.enter(key, "create");
    const { hardLink } = dress ?? {};
    const { hardLinks } = this;
    const together: Place["together"] =
      hardLink === undefined || hardLinks === undefined
        ? undefined
        : (at, put) => hardLinks.put(hardLink, { directory, key, path: at, likeness }, put);
    const file = this.locate(key);
    return { directory, name, path: file, size, mtimeMs, expected, sync, tells, dress, together };
  }

  alignFile?: NonNullable<Store["alignFile"]>;

  private async align(
    entry: Entry,
    metadata: UserMetadata,
    pretends: boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    throwIfAborted(signal);
    const { kept } = this.options;
    const key = storeKeyOf(entry);
    const file = this.locate(key);
    if (kept === undefined) return false;
    try {
      const differs = this.within(key, (place) =>
        alignListed(place, entry, file, (at) => kept.align(at, file, metadata, pretends)),
      );
      const { hardLink, mtimeMs = entry.mtimeMs } = kept.dressFor(metadata);
      const likeness = { size: entry.size, mtimeMs };
      const joins =
        hardLink !== undefined && this.hardLinks?.join(hardLink, key, likeness, pretends);
      return differs || joins === true;
    } catch (thrown) {
      throw fileError(thrown, "write", file, entry.key);
    }
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
      return this.within(key, ({ directory, name }) => this.inPlaceOf(key, directory, name));
    } catch (thrown) {
      const error = fileError(this.occupants.noted(thrown), "write", this.locate(key), key);
      return error.code === "not-found" ? undefined : error;
    }
  }

  /** What a file cannot replace. */
  private inPlaceOf(key: Key, directory: DirectoryHandle, name: string): SyncError | undefined {
    const file = this.locate(key);
    const actual = directory.nameOf(name) ?? name;
    if (actual !== name) throw takenForOne(file, path.join(path.dirname(file), actual));
    const stats = fs.lstatSync(onDisk(directory.path(name)), { throwIfNoEntry: false });
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
    if (this.occupants.holds(file)) return inPlaceOfAnother(file);
    try {
      return this.within(key, (place) => removeListed(place, file, entry));
    } catch (thrown) {
      const error = fileError(thrown, "delete", file, entry.key);
      return error.code === "not-found" ? undefined : error;
    }
  }

  async close(): Promise<void> {
    this.directories.close();
  }
}
