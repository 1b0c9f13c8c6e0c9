/**
 * The socket of a service manager. It takes datagrams in the file system or in the abstract name space of Linux, which Bun
 * cannot send: libc does it.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 * @module
 */

/** A way to a service manager. */
export interface NotifySocket extends Disposable {
  /** Sends one datagram, and waits for nobody: `false` if it could not be sent now. */
  send(text: string): boolean;
  /** The clock of `MONOTONIC_USEC`, in microseconds. */
  monotonicUs(): bigint;
}

const libraries = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

const unix = 1;
/** Datagrams; not for children. */
const kind = 2 | 0o2000000;
/** Neither waits nor signals. */
const flags = 0x40 | 0x4000;
const monotonicClock = 1;
/** Bytes of a path in `sockaddr_un`, its end included. */
const longestPath = 108;

/**
 * Opens it. Nothing is sent yet.
 *
 * @param address a path, or a name in the abstract name space that begins with `@`
 * @returns `undefined` where that is no such address, or the system has no such calls
 */
export async function openNotifySocket(address: string): Promise<NotifySocket | undefined> {
  const place = addressOf(address);
  if (place === undefined || process.platform !== "linux") return undefined;
  const ffi = await import("bun:ffi");
  for (const name of libraries) {
    try {
      return socketBy(openLibrary(ffi, name), ffi, place);
    } catch {
      // Another C library, or none that may be loaded.
    }
  }
  return undefined;
}

/** A `sockaddr_un`, which ends where its name does. */
function addressOf(address: string): Buffer | undefined {
  const isAbstract = address.startsWith("@");
  if (!isAbstract && !address.startsWith("/")) return undefined;
  const path = Buffer.from(isAbstract ? `\0${address.slice(1)}` : `${address}\0`);
  if (path.byteLength < 2 || path.byteLength > longestPath) return undefined;
  const family = new Uint8Array(new Uint16Array([unix]).buffer);
  return Buffer.concat([family, path]);
}

type Ffi = typeof import("bun:ffi");

// oxlint-disable-next-line typescript/explicit-function-return-type -- the signatures are the type
function openLibrary({ dlopen }: Ffi, name: string) {
  return dlopen(name, {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
    clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  }).symbols;
}

function socketBy(
  calls: ReturnType<typeof openLibrary>,
  { ptr }: Ffi,
  place: Buffer,
): NotifySocket | undefined {
  const descriptor = calls.socket(unix, kind, 0);
  if (descriptor < 0) return undefined;
  return {
    send(text) {
      const bytes = Buffer.from(text);
      const [from, to] = [ptr(bytes), ptr(place)];
      const { byteLength } = place;
      return calls.sendto(descriptor, from, bytes.byteLength, flags, to, byteLength) >= 0;
    },
    monotonicUs() {
      const time = new BigInt64Array(2);
      calls.clock_gettime(monotonicClock, ptr(time));
      const [seconds = 0n, nanoseconds = 0n] = time;
      return seconds * 1_000_000n + nanoseconds / 1000n;
    },
    [Symbol.dispose]() {
      calls.close(descriptor);
    },
  };
}
