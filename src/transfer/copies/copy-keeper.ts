/**
 * Puts objects aside by copies on the server: with their metadata, tags and encryption, whatever their size.
 *
 * @module
 */
import { metadataText } from "../../core/attribute-texts.ts";
import { isError, SyncError } from "../../core/errors.ts";
import type { EventSink, SyncEvent } from "../../core/events.ts";
import { asKey, type Key } from "../../core/key.ts";
import type { Expected, ObjectInfo } from "../../core/object.ts";
import { foldersOf, type Keeper } from "../../store/keeper.ts";
import type { Reader, Store } from "../../store/store.ts";
import { keepAll } from "../attributes.ts";
import { type Job, TransferContext, type TransferOptions } from "../context.ts";
import { copyOpened } from "./server-copy.ts";

/** What is put aside, and where. */
export interface CopyKeeperOptions {
  readonly store: Store;
  /** The place: a store of the same service. */
  readonly place: Store;
  /** Whether a key of the store lies in the place. */
  readonly holds: (key: Key) => boolean;
  /** Names the folder for what is there already. */
  readonly runTime: string;
  /** How the run moves objects. */
  readonly transfer: TransferOptions;
  /** Hears of uploads that could not be taken back. */
  readonly onEvent: EventSink;
}

/** Objects put aside under a prefix. Close it. */
export class CopyKeeper implements Keeper {
  readonly atOnce = 16;
  /** How objects go to the place, also for those who only want to know what that costs. */
  readonly context: TransferContext;
  /** Copies that are not what they were made of, by their keys in the place. */
  private readonly damaged = new Map<Key, SyncError>();

  constructor(private readonly options: CopyKeeperOptions) {
    const { store, place, transfer } = options;
    this.context = new TransferContext(store, place, asTheyAre(transfer), (event) =>
      this.hear(event),
    );
  }

  holds(key: Key): boolean {
    return this.options.holds(key);
  }

  placeOf(key: Key): string {
    return this.options.place.locate(key);
  }

  async keep(
    key: Key,
    expected: Expected | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (expected?.kind === "nothing") return undefined;
    const reader = await this.open(key, signal);
    if (reader === undefined) return undefined;
    try {
      const { info } = reader;
      if (expected?.kind === "etag" && info.etag !== expected.etag) throw this.changed(key);
      const free = await this.freeKey(key, info, signal);
      if (free.isTaken !== true) await this.copy(jobOf(key, free.key, info), reader, signal);
      return this.options.place.locate(free.key);
    } catch (thrown) {
      throw isError(thrown, "source-changed") ? this.changed(key, thrown) : thrown;
    } finally {
      await reader.close();
    }
  }

  close(): Promise<void> {
    this.context.close();
    return this.options.place.close();
  }

  private async open(key: Key, signal: AbortSignal): Promise<Reader | undefined> {
    try {
      const entry = { ...nothingKnown, key, storeKey: undefined };
      return await this.options.store.open(entry, false, signal);
    } catch (thrown) {
      if (isError(thrown, "not-found")) return undefined;
      throw thrown;
    }
  }

  /** A key of the place that nothing has, or the very same already: a run before may have come no further. */
  private async freeKey(
    key: Key,
    info: ObjectInfo,
    signal: AbortSignal,
  ): Promise<{ readonly key: Key; readonly isTaken?: boolean }> {
    for (const folder of foldersOf(this.options.runTime)) {
      const placed = asKey(folder + key);
      const there = await this.options.place.head(placed, signal);
      if (there === undefined) return { key: placed };
      if (isSame(there, info)) return { key: placed, isTaken: true };
    }
    const text = `no place is left for it under ${this.options.place.name}`;
    throw new SyncError("path-clash", text, { key });
  }

  private async copy(job: Job, reader: Reader, signal: AbortSignal): Promise<void> {
    await copyOpened(this.context, job, reader, signal);
    const error = this.damaged.get(job.key);
    this.damaged.delete(job.key);
    if (error !== undefined) throw error;
  }

  /** What is told of a copy is nothing about the run's own objects, unless something is wrong. */
  private hear(event: SyncEvent): void {
    if (event.type !== "warning") return;
    const { error, key } = event;
    if (error.code === "integrity" && key !== undefined) this.damaged.set(key, error);
    else this.options.onEvent({ type: "notice", message: error.message });
  }

  private changed(key: Key, cause?: SyncError): SyncError {
    const text = `${JSON.stringify(key)} changed in ${this.options.store.name} since it was listed and stays`;
    return new SyncError("precondition", text, { operation: "CopyObject", key, cause });
  }
}

/** HEAD tells all of it. */
const nothingKnown = {
  kind: "object",
  size: 0,
  mtimeMs: 0,
  etag: undefined,
  storageClass: undefined,
} as const;

function jobOf(storeKey: Key, key: Key, { size, mtimeMs, etag }: ObjectInfo): Job {
  return { ...nothingKnown, key, storeKey, size, mtimeMs, etag };
}

/** Nothing that the run does with its own objects, and the parts that they have: so ETags stay. */
export function asTheyAre(transfer: TransferOptions): TransferOptions {
  return {
    ...transfer,
    attributes: { ...keepAll, keepsEncryption: true },
    preprocess: undefined,
    companions: undefined,
    guards: undefined,
    chunkBytes: undefined,
    keepsParts: true,
    readsBack: false,
    serverSideCopy: true,
    verifyETags: true,
    verifyChecksums: false,
    verifyParts: true,
    threads: 0,
    help: undefined,
  };
}

/** Tags are not compared: what has some is taken for another one. */
function isSame(a: ObjectInfo, b: ObjectInfo): boolean {
  const hasTags = (a.tagCount ?? 0) > 0 || (b.tagCount ?? 0) > 0;
  return !hasTags && a.etag !== undefined && textOf(a) === textOf(b);
}

function textOf({ size, etag, encryption, attributes }: ObjectInfo): string {
  const metadata = metadataText(attributes.metadata);
  return JSON.stringify([size, etag, encryption, { ...attributes, metadata }]);
}
