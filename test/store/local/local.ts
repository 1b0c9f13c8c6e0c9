/**
 * Short ways to use local stores in tests.
 *
 * @module
 */
import fs from "node:fs";

import type { Listed } from "../../../src/core/entry.ts";
import { asKey, everything, type KeyRange } from "../../../src/core/key.ts";
import { type Body, bytesBody } from "../../../src/store/body.ts";
import { type LocalOptions, LocalStore } from "../../../src/store/local/store.ts";
import type { Store, WriteSpec } from "../../../src/store/store.ts";

export const never = new AbortController().signal;
export const noDigests = { md5: undefined, sha256: undefined };

/** A directory as a source. */
export function sourceAt(root: string, more: Partial<LocalOptions> = {}): LocalStore {
  return new LocalStore(root, {
    side: "source",
    ignoreLinks: false,
    guessContentType: false,
    removeLeftovers: false,
    sync: false,
    ...more,
  });
}

/** A directory as a target. */
export function targetAt(root: string, more: Partial<LocalOptions> = {}): LocalStore {
  return sourceAt(root, { side: "target", ...more });
}

/** Everything that a store lists. */
export async function listAll(store: Store, range: KeyRange = everything): Promise<Listed[]> {
  return (await Array.fromAsync(store.list(range, never))).flat();
}

/** What a listing shows, one line for each item: `object a/b`, `gap c/ access-denied`, `fifo p`. */
export async function shown(store: Store, range: KeyRange = everything): Promise<string[]> {
  return (await listAll(store, range)).map((item) => {
    if (item.kind === "gap") return `gap ${item.key} ${item.error.code}`;
    return `${item.kind === "special" ? item.what : item.kind} ${item.key}`;
  });
}

/** Says what is to be written. */
export function specOf(key: string, size: number, mtimeMs = 1_600_000_000_000): WriteSpec {
  return { key: asKey(key), size, mtimeMs, attributes: { metadata: {} } };
}

/** Writes a whole file. */
export async function put(
  store: Store,
  key: string,
  content: string,
  mtimeMs?: number,
): Promise<void> {
  const bytes = Buffer.from(content);
  await store.write(specOf(key, bytes.byteLength, mtimeMs), bytesBody(bytes), noDigests, never);
}

/** How many descriptors of this process lead below a directory. Linux only. */
export function descriptorsBelow(directory: string): number {
  return fs.readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(directory);
    } catch {
      return false;
    }
  }).length;
}

/** A body that is a stream of these pieces. */
export function streamBody(...pieces: readonly string[]): Body {
  const all = pieces.map((piece) => Buffer.from(piece));
  return {
    kind: "stream",
    length: all.reduce((sum, piece) => sum + piece.byteLength, 0),
    open: () =>
      new ReadableStream({
        start(controller) {
          for (const piece of all) controller.enqueue(piece);
          controller.close();
        },
      }),
  };
}
