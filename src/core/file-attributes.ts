/**
 * What a file has besides its bytes, and which of it is kept. Pure. How it travels: `file-metadata.ts`.
 *
 * @module
 */

/** What of a file can be kept. `special-bits` are setuid and setgid. */
export const fileAspects = ["mtime", "mode", "owner", "atime", "xattrs", "special-bits"] as const;

/** One of these. */
export type FileAspect = (typeof fileAspects)[number];

/** What is kept of files. */
export type KeptAspects = ReadonlySet<FileAspect>;

/** What is kept where nothing is named. */
export const usualAspects: readonly FileAspect[] = ["mtime", "mode", "owner"];

/** What a file system holds under a name. */
export type FileType =
  "file" | "directory" | "link" | "fifo" | "socket" | "block-device" | "character-device";

/** The numbers of a device. */
export interface DeviceNumbers {
  readonly major: number;
  readonly minor: number;
}

/** What is known of a file besides its bytes. What is absent is unknown. */
export interface FileAttributes {
  readonly type?: FileType | undefined;
  /** Nanoseconds since 1970. */
  readonly mtimeNs?: bigint | undefined;
  /** Nanoseconds since 1970. */
  readonly atimeNs?: bigint | undefined;
  /** The lower twelve bits of a mode. */
  readonly permissions?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly userName?: string | undefined;
  readonly groupName?: string | undefined;
  readonly device?: DeviceNumbers | undefined;
  /** Files that are one and the same have the same. */
  readonly hardLink?: string | undefined;
  /** It has holes. */
  readonly isSparse?: boolean | undefined;
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** Of what files are made in their listings and in the target, where that is not their bytes alone. */
export interface FileRules {
  readonly aspects: KeptAspects;
  /** Links are objects, whose bytes say where they lead. */
  readonly links: boolean;
  /** FIFOs, sockets and devices are objects without bytes. */
  readonly specials: boolean;
  readonly hardLinks: boolean;
  /** Which directories are objects without bytes. */
  readonly directories: "none" | "empty" | "all";
}

const typeBits: Readonly<Record<FileType, number>> = {
  file: 0o100000,
  directory: 0o040000,
  link: 0o120000,
  fifo: 0o010000,
  socket: 0o140000,
  "block-device": 0o060000,
  "character-device": 0o020000,
};

const typeMask = 0o170000;
const permissionMask = 0o7777;
const specialBits = 0o6000;

/** The mode that the system gives to a file of this type with these permissions. */
export function modeOf(type: FileType, permissions: number): number {
  return typeBits[type] | (permissions & permissionMask);
}

/** The type that a mode tells; `undefined` if it tells none. */
export function typeOfMode(mode: number): FileType | undefined {
  const bits = mode & typeMask;
  return (Object.keys(typeBits) as FileType[]).find((type) => typeBits[type] === bits);
}

/** The permissions in a mode, as far as they are kept: setuid and setgid only if these are. */
export function permissionsOf(mode: number, aspects: KeptAspects): number {
  const all = mode & permissionMask;
  return aspects.has("special-bits") ? all : all & ~specialBits;
}

/** What is kept of what is known. What a thing is, and with which others it is one, is no matter of choice. */
export function keptOf(attributes: FileAttributes, aspects: KeptAspects): FileAttributes {
  const { type, device, hardLink, isSparse, permissions } = attributes;
  const { mtimeNs, atimeNs, uid, gid, userName, groupName, xattrs } = attributes;
  const isKept = permissions !== undefined && aspects.has("mode");
  return {
    ...{ type, device, hardLink, isSparse },
    ...(isKept ? { permissions: permissionsOf(permissions, aspects) } : {}),
    ...(aspects.has("mtime") ? { mtimeNs } : {}),
    ...(aspects.has("atime") ? { atimeNs } : {}),
    ...(aspects.has("owner") ? { uid, gid, userName, groupName } : {}),
    ...(aspects.has("xattrs") ? { xattrs } : {}),
  };
}

/**
 * Whether something differs that is kept. What is unknown in `wanted` does not; nor does the time of the last access,
 * which reading changes.
 *
 * @param wanted what is to be
 * @param actual what is
 */
export function areOther(
  wanted: FileAttributes,
  actual: FileAttributes,
  aspects: KeptAspects,
): boolean {
  const [a, b] = [keptOf(wanted, aspects), keptOf(actual, aspects)];
  // The permissions of a link mean nothing, and some systems have none.
  const hasMode = a.type !== "link" && b.type !== "link";
  return (
    (hasMode && isOther(a.permissions, b.permissions)) ||
    isOther(a.uid, b.uid) ||
    isOther(a.gid, b.gid) ||
    (a.mtimeNs !== undefined && (b.mtimeNs === undefined || !isSameTime(a.mtimeNs, b.mtimeNs))) ||
    (a.xattrs !== undefined && xattrText(a.xattrs) !== xattrText(b.xattrs))
  );
}

function isOther(wanted: number | undefined, actual: number | undefined): boolean {
  return wanted !== undefined && wanted !== actual;
}

/** Who has none may well be silent about it. */
function xattrText(xattrs: ReadonlyMap<string, Uint8Array> = new Map()): string {
  const texts = Array.from(xattrs, ([name, value]) => [name, Buffer.from(value).toString("hex")]);
  return JSON.stringify(texts.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)));
}

const second = 1_000_000_000n;
/** Times that are set by a floating point number are not kept to the last digit. */
const tolerance = 1000n;

/** Whether two times, in nanoseconds, are the same: by whole seconds, unless both know more. */
export function isSameTime(a: bigint, b: bigint): boolean {
  if (a % second === 0n || b % second === 0n) return secondsOf(a) === secondsOf(b);
  const distance = a > b ? a - b : b - a;
  return distance < tolerance;
}

/** The whole seconds of a time in nanoseconds, also before 1970. */
export function secondsOf(ns: bigint): bigint {
  const rest = ns % second;
  return (rest < 0n ? ns - rest - second : ns - rest) / second;
}

/** What a time in nanoseconds has beyond whole seconds. Never negative. */
export function nanosecondsOf(ns: bigint): bigint {
  return ns - secondsOf(ns) * second;
}
