/**
 * Large objects on a cluster: stores that tell who writes which part.
 *
 * @module
 */
import { asKey, type Key } from "../../src/core/key.ts";
import { digestBytes } from "../../src/hash/digest.ts";
import { bytesBody } from "../../src/store/body.ts";
import type { JoinedWriter, Part, Resumption, Store, Writer } from "../../src/store/store.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";
import type { MemoryServers } from "../support/memory-ground.ts";
import { MiB, randomBytes } from "../support/trees.ts";
import { never } from "./job-kit.ts";

/** The smallest that there are. */
export const partBytes = 5 * MiB;

/** Options by which objects are cut into these. */
export const smallParts = { multipartThreshold: partBytes, multipartChunksize: partBytes };

/** Every large object is shared, part by part, and nobody is waited for long. */
export const sharing = {
  ...{ fromBytes: 2 * partBytes, takeBytes: partBytes },
  ...{ tellMs: 20, patienceMs: 200, lookMs: 5 },
};

/** Puts an object of so many parts into a store, the last one short. */
export async function putLarge(
  store: Pick<Store, "beginWrite">,
  key: string,
  count: number,
): Promise<Uint8Array> {
  const content = randomBytes(key, (count - 1) * partBytes + 1000);
  const spec = {
    key: asKey(key),
    size: content.byteLength,
    mtimeMs: 0,
    attributes: { metadata: {} },
  };
  const writer = await store.beginWrite(spec, never);
  const receipts = [];
  for (let at = 0; at < content.byteLength; at += partBytes) {
    const bytes = content.subarray(at, at + partBytes);
    const part = { number: at / partBytes + 1, offset: at, length: bytes.byteLength };
    const digests = digestBytes(bytes, { md5: true, sha256: false });
    receipts.push(await writer.writePart(part, bytesBody(bytes), digests, never));
  }
  await writer.commit(receipts, never);
  return content;
}

/** A target that tells of each part before it is written, and remembers those that were. */
export class WatchedTarget extends Wrapper {
  /** Numbers of parts, in the order in which they were written. */
  readonly parts: number[] = [];

  constructor(
    inner: Store,
    private readonly before: (part: Part) => Promise<void> | void = () => undefined,
  ) {
    super(inner);
    // Threads would write past it.
    delete this.ticket;
    if (inner.resumable !== undefined) this.resumable = this.watched(inner.resumable);
  }

  private watched(inner: Resumption): Resumption {
    return {
      ...inner,
      begin: async (...args) => this.writer(await inner.begin(...args)),
      resume: async (...args) => {
        const found = await inner.resume(...args);
        return found && { ...found, writer: this.writer(found.writer) };
      },
      join: (note, key: Key) => {
        const joined = inner.join?.(note, key);
        return joined && this.joined(joined);
      },
    };
  }

  private joined(writer: JoinedWriter): JoinedWriter {
    return {
      ticket: undefined,
      writePart: async (part, ...rest) => {
        await this.before(part);
        const receipt = await writer.writePart(part, ...rest);
        this.parts.push(part.number);
        return receipt;
      },
    };
  }

  private writer(writer: Writer): Writer {
    return {
      ...this.joined(writer),
      commit: writer.commit.bind(writer),
      abort: writer.abort.bind(writer),
      leave: async () => await writer.leave?.(),
    };
  }
}

/** A target whose server copies: it tells of each part before that is copied, and remembers those that were. */
export class WatchedCopies extends Wrapper {
  /** Numbers of parts, in the order in which they were copied. */
  readonly parts: number[] = [];
  /** Which versions were asked for. */
  readonly versions = new Set<string | undefined>();

  constructor(inner: Store, before: (part: Part) => Promise<void> | void) {
    super(inner);
    const copier = inner.serverSideCopy;
    if (copier === undefined) throw new Error(`${inner.name} does not copy`);
    this.serverSideCopy = {
      accepts: (source) => copier.accepts(source),
      copy: (...rest) => copier.copy(...rest),
      copyPart: async (source, from, part, ...rest) => {
        await before(part);
        const receipt = await copier.copyPart(source, from, part, ...rest);
        this.parts.push(part.number);
        this.versions.add(from.versionId);
        return receipt;
      },
    };
  }
}

/** Has the parts of two wait until each of them has begun one. */
export function meeting(): (name: string) => () => Promise<void> {
  const met = Promise.withResolvers<void>();
  const seen = new Set<string>();
  return (name) => async () => {
    if (seen.add(name).size === 2) met.resolve();
    await met.promise;
  };
}

/** What is on record about objects and their parts. */
export function partRecords({ records }: MemoryServers): string[] {
  return [...records.entries.keys()].filter((key) => /^(?:objects|parts|left)\./.test(key));
}

/** Numbers of parts that records tell of. */
export function toldParts({ records }: MemoryServers): number[] {
  return [...records.entries].flatMap(([key, { text }]) => {
    if (!key.startsWith("parts.")) return [];
    const { parts } = JSON.parse(text) as { parts: [number][] };
    return parts.map(([number]) => number);
  });
}

/** All parts of an object, by their numbers. */
export function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Waits until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => void setImmediate(resolve));
}
