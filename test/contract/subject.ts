/**
 * A store under contract, and short ways to use one.
 *
 * @module
 */
import { test } from "bun:test";

import type { Entry, Listed } from "../../src/core/entry.ts";
import { asKey, everything, type KeyRange, only } from "../../src/core/key.ts";
import type { Attributes, Written } from "../../src/core/object.ts";
import { digestBytes, type Digests } from "../../src/hash/digest.ts";
import { type Body, bytesBody } from "../../src/store/body.ts";
import type { Part, PartReceipt, Reader, Store, Writer, WriteSpec } from "../../src/store/store.ts";

/** An empty store for one test. */
export interface Subject extends AsyncDisposable {
  readonly store: Store;
  /** Keys on a full page of its listings. */
  readonly pageSize: number;
  /** The longest key it takes, in bytes. */
  readonly longestKey: number;
}

/** Rules that a store does not keep, each with the reason. */
export type Exceptions = Readonly<Record<string, string>>;

/** A signal that never fires. */
export const never = new AbortController().signal;

/** Turns rules into tests of one store. */
export class Rules {
  /** The names of all rules so far. */
  readonly names = new Set<string>();

  constructor(
    private readonly open: () => Promise<Subject>,
    private readonly exceptions: Exceptions,
  ) {}

  /** A rule that is an exception here must really fail: an exception that is out of date is found. */
  rule(name: string, body: (store: Store, subject: Subject) => Promise<void>): void {
    this.names.add(name);
    const run = async (): Promise<void> => {
      await using subject = await this.open();
      await body(subject.store, subject);
    };
    const reason = this.exceptions[name];
    if (reason === undefined) test(name, run);
    else test.failing(`${name}: not here, because ${reason}`, run);
  }
}

/** Bytes that tell their place. */
export function patterned(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) * 7 + seed) & 0xff;
  return bytes;
}

/** The digests that a store wants ahead of a body. */
export function digestsFor(store: Store, bytes: Uint8Array): Digests {
  return digestBytes(bytes, store.capabilities.digestsFirst ?? { md5: false, sha256: false });
}

export function specOf(key: string, size: number, attributes?: Attributes): WriteSpec {
  return {
    key: asKey(key),
    size,
    mtimeMs: 1_600_000_000_000,
    attributes: attributes ?? { metadata: {} },
  };
}

/** Writes an object at once. */
export function put(
  store: Store,
  key: string,
  content: Uint8Array | string,
  attributes?: Attributes,
): Promise<Written> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const spec = specOf(key, bytes.byteLength, attributes);
  return store.write(spec, bytesBody(bytes), digestsFor(store, bytes), never);
}

/** An entry for a key, whether there is an object or not. */
export function entryOf(key: string, more: Partial<Entry> = {}): Entry {
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

export async function listAll(store: Store, range: KeyRange = everything): Promise<Listed[]> {
  return (await Array.fromAsync(store.list(range, never))).flat();
}

/** The objects of a listing: directories are a matter of some stores only. */
export async function objects(store: Store, range: KeyRange = everything): Promise<Entry[]> {
  return (await listAll(store, range)).flatMap((item) => (item.kind === "object" ? [item] : []));
}

export async function keys(store: Store, range: KeyRange = everything): Promise<string[]> {
  return (await objects(store, range)).map(({ key }) => key);
}

/** The listed entry of one key. */
export async function listed(store: Store, key: string): Promise<Entry> {
  const [entry] = await objects(store, only(asKey(key)));
  if (entry === undefined) throw new Error(`${key} is not listed`);
  return entry;
}

/** Opens an object, does something, closes it. */
export async function reading<T>(
  store: Store,
  key: string,
  whole: boolean,
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  const reader = await store.open(await listed(store, key), whole, never);
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** The bytes of an object, `undefined` if there is none. */
export async function get(store: Store, key: string): Promise<Buffer | undefined> {
  if ((await store.head(asKey(key), never)) === undefined) return undefined;
  return reading(store, key, true, async (reader) => Buffer.from(await reader.bytes(never)));
}

/** The content of an object as text. */
export async function text(store: Store, key: string): Promise<string | undefined> {
  return (await get(store, key))?.toString();
}

/** Cuts bytes into parts of a size that the store allows. */
export function partsOf(
  store: Store,
  bytes: Uint8Array,
  size: number,
): readonly (readonly [Part, Uint8Array])[] {
  const legal = Math.max(size, store.capabilities.partLimits?.minBytes ?? 1);
  const count = Math.max(1, Math.ceil(bytes.byteLength / legal));
  return Array.from({ length: count }, (_, index) => {
    const slice = bytes.slice(index * legal, (index + 1) * legal);
    return [{ number: index + 1, offset: index * legal, length: slice.byteLength }, slice] as const;
  });
}

/** Three parts, the last one shorter, of sizes that the store allows. */
export function threeParts(store: Store): readonly (readonly [Part, Uint8Array])[] {
  const size = store.capabilities.partLimits?.minBytes ?? 10;
  return partsOf(store, patterned(2 * size + 7), size);
}

export function writePart(
  store: Store,
  writer: Pick<Writer, "writePart">,
  part: Part,
  bytes: Uint8Array,
): Promise<PartReceipt> {
  return writer.writePart(part, bytesBody(bytes), digestsFor(store, bytes), never);
}

/** A body that goes on only when it is told to. */
export class HeldBody {
  private readonly gate = Promise.withResolvers<void>();
  private readonly begun = Promise.withResolvers<void>();
  /** The store has begun to read. */
  readonly started = this.begun.promise;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly atHalf: () => void = () => undefined,
  ) {}

  get body(): Body {
    return { kind: "stream", length: this.bytes.byteLength, open: () => this.open() };
  }

  /** Lets the second half go. */
  release(): void {
    this.gate.resolve();
  }

  /** Breaks off after the first half. */
  fail(error: Error): void {
    this.gate.reject(error);
  }

  private open(): ReadableStream<Uint8Array> {
    const half = this.bytes.byteLength >> 1;
    const pieces = [this.bytes.slice(0, half), this.bytes.slice(half)];
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const piece = pieces.shift();
        if (pieces.length === 0) {
          this.begun.resolve();
          this.atHalf();
          await this.gate.promise;
        }
        if (piece !== undefined) controller.enqueue(piece);
        if (pieces.length === 0) controller.close();
      },
    });
  }
}
