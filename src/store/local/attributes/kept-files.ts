/**
 * Files with all that belongs to them: what a tree tells of them besides their bytes, and how they get it.
 *
 * @module
 */
import fs from "node:fs";

import type { Entry } from "../../../core/entry.ts";
import { SyncError } from "../../../core/errors.ts";
import {
  areOther,
  type FileAttributes,
  type FileRules,
  type FileType,
  typeOfMode,
} from "../../../core/file-attributes.ts";
import { attributesIn, metadataOf, millisecondsOf } from "../../../core/file-metadata.ts";
import type { Attributes, ObjectInfo, UserMetadata } from "../../../core/object.ts";
import type { Reader, WriteSpec } from "../../store.ts";
import type { GuardedPlace } from "../files/reader.ts";
import { changedSinceListing, isSameEntry } from "../files/same-file.ts";
import { groupNames, userNames } from "./accounts.ts";
import { type AttributeTarget, AttributeWriter } from "./apply-attributes.ts";
import type { Dress } from "./dress.ts";
import { holding } from "./held-place.ts";
import type { Native, Reached } from "./native.ts";
import { readAttributes } from "./read-attributes.ts";
import {
  contentOf,
  isStill,
  longestLink,
  type StandIn,
  standInOf,
  StandInReader,
} from "./stand-ins.ts";

/** How files are kept. */
export interface KeepOptions {
  readonly rules: FileRules;
  readonly native: Native | undefined;
  /** Hears what cannot be kept. */
  readonly warn: (error: SyncError) => void;
}

/** Services take 2 KiB of metadata in all; the rest is for other attributes. */
const mostXattrs = 1536;

/** Reads and gives attributes of the files of a tree. */
export class KeptFiles {
  readonly rules: FileRules;
  private readonly target: AttributeTarget;
  private readonly writer: AttributeWriter;

  constructor({ rules, native, warn }: KeepOptions) {
    this.rules = rules;
    this.target = { rules, native, warn, users: userNames(), groups: groupNames() };
    this.writer = new AttributeWriter(this.target);
  }

  /**
   * What a file has, as metadata.
   *
   * @param shown the file as people know it
   */
  metadataOf(stats: fs.BigIntStats, place: Reached, shown: string): UserMetadata {
    const metadata = metadataOf(readAttributes(this.target, stats, place));
    const { "s3sync-xattrs": xattrs = "", ...others } = metadata;
    if (xattrs.length <= mostXattrs) return metadata;
    this.target.warn(tooManyXattrs(shown));
    return others;
  }

  /** The same for a file that is open. */
  metadataAt(descriptor: number, shown: string): UserMetadata {
    const place = { kind: "descriptor", descriptor } as const;
    return this.metadataOf(statsOf(place), place, shown);
  }

  /**
   * What is told of something; `undefined` if it does not count as an object.
   *
   * @param isDirectory its key is that of a directory
   */
  infoOf(
    place: Reached,
    shown: string,
    attributes: Attributes,
    isDirectory: boolean,
  ): ObjectInfo | undefined {
    const stats = statsOf(place);
    if (isDirectory !== stats.isDirectory() || !this.countsAsObject(stats)) return undefined;
    return {
      size: isDirectory ? 0 : Number(stats.size),
      mtimeMs: Number(stats.mtimeNs) / 1e6,
      etag: undefined,
      versionId: undefined,
      encryption: undefined,
      attributes: { ...attributes, metadata: this.metadataOf(stats, place, shown) },
    };
  }

  private countsAsObject(stats: fs.BigIntStats): boolean {
    const { links, specials, directories } = this.rules;
    if (stats.isFile()) return true;
    if (stats.isDirectory()) return directories !== "none";
    return stats.isSymbolicLink() ? links : specials;
  }

  /**
   * Opens what was listed as an object although it is no file.
   *
   * @throws SyncError `source-changed` when it is something else by now
   */
  standInAt(
    path: string,
    type: Exclude<FileType, "file">,
    shown: string,
    attributes: Attributes,
  ): Reader {
    const place = { kind: "path", path, isLink: true } as const;
    const info = this.infoOf(place, shown, attributes, type === "directory");
    if (info === undefined || typeOfMode(Number(statsOf(place).mode)) !== type) {
      throw new SyncError("source-changed", `${shown} was replaced since it was listed`, {
        operation: "read",
        path: shown,
      });
    }
    const content = contentOf(path, type);
    const isUnchanged = (): boolean => isStill(path, type, content);
    return new StandInReader({ ...info, size: content.byteLength }, content, isUnchanged, shown);
  }

  /** What is to be made of an object, if that is no file. */
  standInFor({ size, attributes: { metadata } }: WriteSpec): StandIn | undefined {
    const { links, specials } = this.rules;
    const standIn = standInOf(attributesIn(metadata), this.target.native);
    if (standIn?.type === "link") return links && size <= longestLink ? standIn : undefined;
    return specials && size === 0 ? standIn : undefined;
  }

  /** Hears of what cannot be made here. */
  readonly warn = (error: SyncError): void => this.writer.warn(error);

  /** What a file gets that is written as an object with this metadata. */
  dressFor(metadata: UserMetadata): Dress {
    const wanted = this.writer.attainable(attributesIn(metadata));
    const { mtimeNs, permissions, isSparse = false, hardLink } = wanted;
    return {
      mtimeMs: mtimeNs === undefined ? undefined : millisecondsOf(mtimeNs),
      isPrivate: permissions !== undefined,
      isSparse,
      hardLink: this.rules.hardLinks ? hardLink : undefined,
      put: (place) => this.writer.apply(place, wanted),
    };
  }

  /**
   * Brings the attributes of what is there in step.
   *
   * @param pretends only find out whether that is necessary
   * @returns whether something differed
   */
  align(place: Reached, shown: string, metadata: UserMetadata, pretends: boolean): boolean {
    const stats = statsOf(place);
    const wanted = this.writer.attainable(attributesIn(metadata));
    const actual = readAttributes(this.target, stats, place);
    if (!areOther(wanted, actual, this.rules.aspects)) return false;
    if (!this.writer.mayChange(Number(stats.uid))) {
      this.writer.warn(notOurs(shown));
      return false;
    }
    if (!pretends) this.writer.apply(place, withoutSame(wanted, actual));
    return true;
  }
}

/** Does something with what was listed, if it is still there. No link is followed. */
export function alignListed(
  { directory, name }: GuardedPlace,
  entry: Entry,
  shown: string,
  use: (place: Reached) => boolean,
): boolean {
  directory.confirm();
  return holding(directory.path(name), (place, stats) => {
    requireSame(stats, entry, shown);
    return use(place);
  });
}

function requireSame(stats: fs.Stats, entry: Entry, shown: string): void {
  if (!isSameEntry(stats, entry)) throw changedSinceListing(shown, "write");
}

function statsOf(place: Reached): fs.BigIntStats {
  if (place.kind === "descriptor") return fs.fstatSync(place.descriptor, { bigint: true });
  return (place.isLink ? fs.lstatSync : fs.statSync)(place.path, { bigint: true });
}

/** The system takes setuid and setgid away when an owner is given, even the same. */
function withoutSame(wanted: FileAttributes, actual: FileAttributes): FileAttributes {
  const { uid, gid, permissions } = wanted;
  const sameOwner = (uid ?? actual.uid) === actual.uid && (gid ?? actual.gid) === actual.gid;
  return {
    ...wanted,
    ...(sameOwner ? { uid: undefined, gid: undefined } : {}),
    ...(sameOwner && permissions === actual.permissions ? { permissions: undefined } : {}),
  };
}

function notOurs(shown: string): SyncError {
  return new SyncError(
    "unsupported",
    `the attributes of ${shown} stay: it belongs to somebody else`,
    {
      path: shown,
    },
  );
}

function tooManyXattrs(shown: string): SyncError {
  return new SyncError(
    "unsupported",
    `the extended attributes of ${shown} are left behind: they take more than ${mostXattrs} bytes, and services take no more metadata`,
    { path: shown },
  );
}
