/**
 * What a file has besides its bytes, as it is on this disk.
 *
 * @module
 */
import type fs from "node:fs";

import {
  type DeviceNumbers,
  type FileAttributes,
  type FileRules,
  keptOf,
  typeOfMode,
} from "../../../core/file-attributes.ts";
import { systemCode } from "../fs-errors.ts";
import type { Names } from "./accounts.ts";
import type { Native, Reached } from "./native.ts";

/** How to read attributes. */
export interface AttributeSource {
  readonly rules: FileRules;
  readonly users: Names;
  readonly groups: Names;
  /** Without it there are no extended attributes. */
  readonly native: Native | undefined;
}

/** Smaller files can lie in their directory, and take no blocks. */
const leastSparse = 65_536n;
const blockSize = 512n;

/** Reads what is kept of a file. */
export function readAttributes(
  source: AttributeSource,
  stats: fs.BigIntStats,
  place: Reached,
): FileAttributes {
  const { rules, users, groups, native } = source;
  const mode = Number(stats.mode);
  const [uid, gid] = [Number(stats.uid), Number(stats.gid)];
  const isDevice = stats.isBlockDevice() || stats.isCharacterDevice();
  const hasXattrs = rules.aspects.has("xattrs") && (stats.isFile() || stats.isDirectory());
  const isLinked = rules.hardLinks && stats.isFile() && stats.nlink > 1n;
  const hasNames = rules.aspects.has("owner");
  const attributes: FileAttributes = {
    type: typeOfMode(mode),
    permissions: mode & 0o7777,
    mtimeNs: stats.mtimeNs,
    atimeNs: stats.atimeNs,
    uid,
    gid,
    userName: hasNames ? users.nameOf(uid) : undefined,
    groupName: hasNames ? groups.nameOf(gid) : undefined,
    device: isDevice ? numbersOf(stats.rdev) : undefined,
    hardLink: isLinked ? hardLinkOf(stats) : undefined,
    isSparse: isSparse(stats) ? true : undefined,
    xattrs: hasXattrs ? xattrsOf(native, noLink(place)) : undefined,
  };
  return keptOf(attributes, rules.aspects);
}

/** Some file systems have none: then nothing is left behind. */
function xattrsOf(native: Native | undefined, place: Reached): FileAttributes["xattrs"] {
  try {
    return native?.xattrs(place);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === "ENOTSUP" || code === "EOPNOTSUPP") return undefined;
    throw thrown;
  }
}

/** What turned out to be none. */
function noLink(place: Reached): Reached {
  return place.kind === "path" ? { ...place, isLink: false } : place;
}

/** What has the same number and was written at the same time is the same file: numbers are given again. */
function hardLinkOf({ dev, ino, mtimeNs }: fs.BigIntStats): string {
  return [dev, ino, mtimeNs].map((number) => number.toString(36)).join(".");
}

function isSparse(stats: fs.BigIntStats): boolean {
  return stats.isFile() && stats.size >= leastSparse && stats.blocks * blockSize < stats.size;
}

/** As Linux puts both into one number. */
function numbersOf(device: bigint): DeviceNumbers {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffffffffn);
  return { major: Number(major), minor: Number(minor) };
}

/** The other way round. */
export function deviceOf({ major, minor }: DeviceNumbers): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    (low & 0xffn) | ((high & 0xfffn) << 8n) | ((low & ~0xffn) << 12n) | ((high & ~0xfffn) << 32n)
  );
}
