/**
 * Calls of the system that Bun has no functions for (Linux): times to the nanosecond, extended attributes, FIFOs, sockets
 * and devices. Loaded only where they are wanted.
 *
 * @module
 */
import os from "node:os";

import { nanosecondsOf, secondsOf } from "../../../core/file-attributes.ts";
import { systemCode } from "../fs-errors.ts";

/** What is meant: an open file, or a path, which is a link's own if it is one. */
export type Reached =
  | { readonly kind: "descriptor"; readonly descriptor: number }
  | { readonly kind: "path"; readonly path: string; readonly isLink: boolean };

/** These calls. What the system says is thrown, with its code. */
export interface Native {
  /** Nanoseconds since 1970. Without an access time that stays as it is. */
  setTimes(place: Reached, atimeNs: bigint | undefined, mtimeNs: bigint): void;
  /** Extended attributes of a user's own (`user.…`). Links have none. */
  xattrs(place: Reached): ReadonlyMap<string, Uint8Array>;
  /** Makes these the extended attributes. */
  setXattrs(place: Reached, wanted: ReadonlyMap<string, Uint8Array>): void;
  /** Makes a FIFO, a socket or a device. */
  makeNode(path: string, mode: number, device: bigint): void;
}

const libraries = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

const workingDirectory = -100;
const noFollow = 0x100;
/** Leaves a time as it is. */
const omitted = (1n << 30n) - 2n;
/** Attributes of a user's own: others are rights, or for the system. */
const own = "user.";

/** Loads them; `undefined` where the system has them not, or lets nobody reach them. */
export async function loadNative(): Promise<Native | undefined> {
  if (process.platform !== "linux") return undefined;
  const ffi = await import("bun:ffi");
  for (const name of libraries) {
    try {
      return nativeBy(openLibrary(ffi, name), ffi);
    } catch {
      // Another C library, or none that may be loaded: then it is done without.
    }
  }
  return undefined;
}

type Ffi = typeof import("bun:ffi");

// oxlint-disable-next-line typescript/explicit-function-return-type -- the signatures are the type
function openLibrary({ dlopen }: Ffi, name: string) {
  const named = { args: ["ptr", "ptr", "ptr", "u64"], returns: "i64" } as const;
  const opened = { args: ["i32", "ptr", "ptr", "u64"], returns: "i64" } as const;
  return dlopen(name, {
    futimens: { args: ["i32", "ptr"], returns: "i32" },
    utimensat: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
    listxattr: { args: ["ptr", "ptr", "u64"], returns: "i64" },
    flistxattr: { args: ["i32", "ptr", "u64"], returns: "i64" },
    getxattr: named,
    fgetxattr: opened,
    setxattr: { args: [...named.args, "i32"], returns: "i32" },
    fsetxattr: { args: [...opened.args, "i32"], returns: "i32" },
    removexattr: { args: ["ptr", "ptr"], returns: "i32" },
    fremovexattr: { args: ["i32", "ptr"], returns: "i32" },
    mknodat: { args: ["i32", "ptr", "u32", "u64"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  }).symbols;
}

type Calls = ReturnType<typeof openLibrary>;

function nativeBy(calls: Calls, { ptr, read }: Ffi): Native {
  /** @throws Error with the system's code */
  const checked = (result: number | bigint, what: string): number => {
    if (result >= 0) return Number(result);
    const place = calls.__errno_location();
    throw systemError(place === null ? 0 : read.i32(place, 0), what);
  };
  const xattrNames = (place: Reached): string[] => {
    const list = (into: Buffer, length: number): number | bigint =>
      place.kind === "descriptor"
        ? calls.flistxattr(place.descriptor, ptr(into), length)
        : calls.listxattr(ptr(cString(place.path)), ptr(into), length);
    const names = filled(list, (result) => checked(result, "listxattr")).toString("utf8");
    return names.split("\0").filter((name) => name.startsWith(own));
  };
  const xattr = (place: Reached, name: string): Uint8Array => {
    const get = (into: Buffer, length: number): number | bigint =>
      place.kind === "descriptor"
        ? calls.fgetxattr(place.descriptor, ptr(cString(name)), ptr(into), length)
        : calls.getxattr(ptr(cString(place.path)), ptr(cString(name)), ptr(into), length);
    return filled(get, (result) => checked(result, "getxattr"));
  };
  const set = (place: Reached, name: string, value: Uint8Array): void => {
    // An empty array has no address.
    const bytes = Buffer.concat([value, Buffer.alloc(1)]);
    const [at, from, length] = [ptr(cString(name)), ptr(bytes), value.byteLength] as const;
    const result =
      place.kind === "descriptor"
        ? calls.fsetxattr(place.descriptor, at, from, length, 0)
        : calls.setxattr(ptr(cString(place.path)), at, from, length, 0);
    checked(result, "setxattr");
  };
  const remove = (place: Reached, name: string): void => {
    const result =
      place.kind === "descriptor"
        ? calls.fremovexattr(place.descriptor, ptr(cString(name)))
        : calls.removexattr(ptr(cString(place.path)), ptr(cString(name)));
    checked(result, "removexattr");
  };
  const hasXattrs = (place: Reached): boolean => place.kind === "descriptor" || !place.isLink;
  return {
    setTimes(place, atimeNs, mtimeNs) {
      const times = timesOf(atimeNs, mtimeNs);
      const result =
        place.kind === "descriptor"
          ? calls.futimens(place.descriptor, ptr(times))
          : calls.utimensat(
              workingDirectory,
              ptr(cString(place.path)),
              ptr(times),
              place.isLink ? noFollow : 0,
            );
      checked(result, "utimensat");
    },
    xattrs(place) {
      const names = hasXattrs(place) ? xattrNames(place) : [];
      return new Map(
        names.flatMap((name) => {
          const value = unlessGone(() => xattr(place, name));
          return value === undefined ? [] : [[name, value]];
        }),
      );
    },
    setXattrs(place, wanted) {
      if (!hasXattrs(place)) return;
      for (const name of xattrNames(place)) if (!wanted.has(name)) remove(place, name);
      for (const [name, value] of wanted) if (name.startsWith(own)) set(place, name, value);
    },
    makeNode(path, mode, device) {
      checked(calls.mknodat(workingDirectory, ptr(cString(path)), mode, device), "mknod");
    },
  };
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** Asks for the length first. What has grown meanwhile is asked for again. */
function filled(
  call: (into: Buffer, length: number) => number | bigint,
  checked: (result: number | bigint) => number,
): Buffer {
  for (;;) {
    const length = checked(call(Buffer.alloc(1), 0));
    if (length === 0) return Buffer.alloc(0);
    const into = Buffer.alloc(length);
    const result = call(into, length);
    if (result >= 0) return into.subarray(0, Number(result));
    if (checked(call(Buffer.alloc(1), 0)) <= length) checked(result);
  }
}

function timesOf(atimeNs: bigint | undefined, mtimeNs: bigint): BigInt64Array {
  const access =
    atimeNs === undefined ? [0n, omitted] : [secondsOf(atimeNs), nanosecondsOf(atimeNs)];
  return new BigInt64Array([...access, secondsOf(mtimeNs), nanosecondsOf(mtimeNs)]);
}

/** An attribute can be taken away while they are read. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (systemCode(thrown) === "ENODATA") return undefined;
    throw thrown;
  }
}

function systemError(errno: number, what: string): Error {
  const known = Object.entries(os.constants.errno).find(([, number]) => number === errno);
  const code = known?.[0] ?? `E${errno}`;
  return Object.assign(new Error(`${what}: ${code}`), { code, errno });
}
