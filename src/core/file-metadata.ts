/**
 * The attributes of files as user metadata of objects. Pure.
 *
 * Written as AWS DataSync, File Gateway and FSx for Lustre write them (the FSx for Lustre guide, "POSIX metadata
 * support for data repositories"): `file-mtime` and `file-atime` in nanoseconds with the suffix `ns`,
 * `file-permissions` as the octal mode with the bits of the type, `file-owner` and `file-group` as numbers; a link is an
 * object whose bytes say where it leads. What these do not know has names of our own. Read are also the forms of rclone
 * (`mtime`, `atime`, `mode`, `uid`, `gid`) and of s3cmd (`s3cmd-attrs`).
 *
 * @module
 */
import {
  type DeviceNumbers,
  type FileAttributes,
  modeOf,
  nanosecondsOf,
  secondsOf,
  typeOfMode,
} from "./file-attributes.ts";
import type { UserMetadata } from "./object.ts";
import { uriDecoded } from "./uri.ts";

/** Permissions where none are kept, and a mode has to say what something is. */
const openToAll = 0o777;
const permissionMask = 0o7777;

/** Writes attributes. What is unknown is left out. */
export function metadataOf(attributes: FileAttributes): UserMetadata {
  const { type, permissions, mtimeNs, atimeNs, uid, gid, userName, groupName } = attributes;
  const { device, hardLink, isSparse, xattrs } = attributes;
  const saysType = permissions !== undefined || (type !== undefined && type !== "file");
  const mode = modeOf(type ?? "file", permissions ?? openToAll);
  const texts: Record<string, string | undefined> = {
    "file-mtime": mtimeNs === undefined ? undefined : `${mtimeNs}ns`,
    "file-atime": atimeNs === undefined ? undefined : `${atimeNs}ns`,
    "file-permissions": saysType ? octal(mode) : undefined,
    "file-owner": uid?.toString(),
    "file-group": gid?.toString(),
    "s3sync-owner-name": userName === undefined ? undefined : encodeURIComponent(userName),
    "s3sync-group-name": groupName === undefined ? undefined : encodeURIComponent(groupName),
    "s3sync-device": device === undefined ? undefined : `${device.major}:${device.minor}`,
    "s3sync-hard-link": hardLink,
    "s3sync-sparse": isSparse === true ? "1" : undefined,
    "s3sync-xattrs": xattrs === undefined ? undefined : xattrText(xattrs),
  };
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(7, "0");
}

/** Says that there are none: an object that says nothing may be of somebody who keeps none, or have had too many. */
const noXattrs = "-";

function xattrText(xattrs: ReadonlyMap<string, Uint8Array>): string {
  if (xattrs.size === 0) return noXattrs;
  return Array.from(
    xattrs,
    ([name, value]) => `${encodeURIComponent(name)}=${Buffer.from(value).toString("base64")}`,
  )
    .toSorted()
    .join(",");
}

const ownNames: ReadonlySet<string> = new Set([
  ...["file-mtime", "file-atime", "file-permissions", "file-owner", "file-group"],
  ...["s3sync-owner-name", "s3sync-group-name", "s3sync-device", "s3sync-hard-link"],
  ...["s3sync-sparse", "s3sync-xattrs"],
]);

/** The metadata with these attributes in place of those that it has. */
export function withFileMetadata(metadata: UserMetadata, attributes: UserMetadata): UserMetadata {
  return { ...withoutFileMetadata(metadata), ...fileMetadataIn(attributes) };
}

/** What metadata says of files, in the form in which it is written here. */
export function fileMetadataIn(metadata: UserMetadata): UserMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => ownNames.has(name)));
}

function withoutFileMetadata(metadata: UserMetadata): UserMetadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !ownNames.has(name)));
}

/** Reads attributes, in any of the forms. What makes no sense is unknown. */
export function attributesIn(metadata: UserMetadata): FileAttributes {
  const other = attributesOfOthers(metadata);
  const mode = modeIn(metadata["file-permissions"], 8) ?? other.mode;
  return {
    type: mode === undefined ? undefined : typeOfMode(mode),
    permissions: mode === undefined ? undefined : mode & permissionMask,
    mtimeNs: lustreTime(metadata["file-mtime"]) ?? other.mtimeNs,
    atimeNs: lustreTime(metadata["file-atime"]) ?? other.atimeNs,
    uid: idIn(metadata["file-owner"]) ?? other.uid,
    gid: idIn(metadata["file-group"]) ?? other.gid,
    userName: decoded(metadata["s3sync-owner-name"]) ?? other.userName,
    groupName: decoded(metadata["s3sync-group-name"]) ?? other.groupName,
    device: deviceIn(metadata["s3sync-device"]),
    hardLink: metadata["s3sync-hard-link"],
    isSparse: metadata["s3sync-sparse"] === "1" ? true : undefined,
    xattrs: xattrsIn(metadata["s3sync-xattrs"]),
  };
}

interface Others extends Pick<FileAttributes, "mtimeNs" | "atimeNs" | "uid" | "gid"> {
  readonly mode?: number | undefined;
  readonly userName?: string | undefined;
  readonly groupName?: string | undefined;
}

function attributesOfOthers(metadata: UserMetadata): Others {
  const s3cmd = pairsIn(metadata["s3cmd-attrs"]);
  return {
    mode: modeIn(metadata["mode"], 8) ?? modeIn(s3cmd.get("mode"), 10),
    mtimeNs: timeIn(metadata["mtime"]) ?? timeIn(s3cmd.get("mtime")),
    atimeNs: timeIn(metadata["atime"]) ?? timeIn(s3cmd.get("atime")),
    uid: idIn(metadata["uid"]) ?? idIn(s3cmd.get("uid")),
    gid: idIn(metadata["gid"]) ?? idIn(s3cmd.get("gid")),
    userName: s3cmd.get("uname"),
    groupName: s3cmd.get("gname"),
  };
}

/** `atime:1/ctime:2/gid:3/…` */
function pairsIn(text = ""): ReadonlyMap<string, string> {
  return new Map(
    text.split("/").map((pair) => {
      const at = pair.indexOf(":");
      return [pair.slice(0, Math.max(0, at)), pair.slice(at + 1)];
    }),
  );
}

/** A mode may leave out what it is of; one of an unknown kind is none. */
function modeIn(text: string | undefined, base: 8 | 10): number | undefined {
  const form = base === 8 ? /^0*[0-7]{1,6}$/ : /^\d{1,6}$/;
  if (text === undefined || !form.test(text)) return undefined;
  const mode = Number.parseInt(text, base);
  return mode <= permissionMask || typeOfMode(mode) !== undefined ? mode : undefined;
}

const largestId = 2 ** 32 - 2;

/** The largest number means that nobody is meant. */
function idIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= largestId ? id : undefined;
}

/** Nanoseconds with `ns`, else milliseconds. */
function lustreTime(text: string | undefined): bigint | undefined {
  const [, digits, unit] = /^(-?\d{1,25})(ns)?$/.exec(text ?? "") ?? [];
  if (digits === undefined) return undefined;
  return within(unit === "ns" ? BigInt(digits) : BigInt(digits) * 1_000_000n);
}

/** Seconds with a fraction, or RFC 3339. */
function timeIn(text = ""): bigint | undefined {
  const [, sign, whole, fraction = ""] = /^(-?)(\d{1,15})(?:\.(\d{1,12}))?$/.exec(text) ?? [];
  if (whole !== undefined) {
    const ns = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
    return within(sign === "-" ? -ns : ns);
  }
  const [, day, point = "", zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const ms = Date.parse(`${day}${zone}`);
  if (day === undefined || Number.isNaN(ms)) return undefined;
  return within(BigInt(ms) * 1_000_000n + BigInt(point.padEnd(9, "0").slice(0, 9)));
}

const farthest = 2n ** 63n;

function within(ns: bigint): bigint | undefined {
  return ns < farthest && ns >= -farthest ? ns : undefined;
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : uriDecoded(text);
}

function deviceIn(text: string | undefined): DeviceNumbers | undefined {
  const [, major, minor] = /^(\d{1,8}):(\d{1,8})$/.exec(text ?? "") ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

function xattrsIn(text: string | undefined): ReadonlyMap<string, Uint8Array> | undefined {
  if (text === undefined) return undefined;
  const pairs = text.split(",").flatMap((pair): [string, Uint8Array][] => {
    const at = pair.indexOf("=");
    const name = at > 0 ? uriDecoded(pair.slice(0, at)) : undefined;
    return name === undefined ? [] : [[name, Buffer.from(pair.slice(at + 1), "base64")]];
  });
  return new Map(pairs);
}

/** A time in nanoseconds as milliseconds, as far as a number can tell. */
export function millisecondsOf(ns: bigint): number {
  return Number(secondsOf(ns)) * 1000 + Number(nanosecondsOf(ns)) / 1e6;
}
