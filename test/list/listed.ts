/**
 * Items of listings, made by hand.
 *
 * @module
 */
import type { Directory, Entry, Gap, Listed, Special } from "../../src/core/entry.ts";
import { type ErrorCode, SyncError } from "../../src/core/errors.ts";
import { asKey } from "../../src/core/key.ts";

/** An object. */
export function objectOf(key: string, more: Partial<Entry> = {}): Entry {
  return {
    kind: "object",
    key: asKey(key),
    size: 0,
    mtimeMs: 0,
    etag: undefined,
    storageClass: undefined,
    storeKey: undefined,
    ...more,
  };
}

/** A directory; the key ends with `/`. */
export function directoryOf(key: string): Directory {
  return { kind: "directory", key: asKey(key) };
}

/** A link, FIFO, socket or device. */
export function specialOf(key: string, what: Special["what"] = "fifo"): Special {
  return { kind: "special", key: asKey(key), what };
}

/** A key, or a subtree if it ends with `/`, of which nothing is known. */
export function gapOf(key: string, code: ErrorCode = "access-denied", operation = "list"): Gap {
  return {
    kind: "gap",
    key: asKey(key),
    error: new SyncError(code, `nothing is known of ${key}`, { operation }),
  };
}

/** Hands out pages and remembers how many were asked for. */
export class Pages implements AsyncIterable<readonly Listed[]> {
  /** Pages that were asked for. */
  asked = 0;
  closed = false;

  constructor(
    private readonly pages: readonly (readonly Listed[])[],
    private readonly failure?: Error,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Listed[], void, undefined> {
    try {
      for (const page of this.pages) {
        this.asked += 1;
        yield page;
      }
      if (this.failure !== undefined) throw this.failure;
    } finally {
      this.closed = true;
    }
  }
}
