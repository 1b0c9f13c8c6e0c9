/**
 * What is known of one pair, while a run works on it: read from the index, and noted there many at a time.
 *
 * All objects of a pair can be known, from a listing and from what runs have done since. While a run changes any, that
 * does not hold, and the index says so: a run that dies leaves one that knows less, and nothing wrong.
 *
 * @module
 */
import { isError } from "../core/errors.ts";
import type { Key } from "../core/key.ts";
import { fileError } from "../store/local/fs-errors.ts";
import type { KnownBlocks, KnownObject } from "./known-object.ts";
import type { ObjectIndex, Stretch } from "./object-index.ts";

/** How many notes wait, and for how long, in milliseconds, until they are written. */
const mostNotes = 1000;
const longestWaitMs = 5000;
const pageSize = 1000;

/** How to keep it. */
export interface LedgerOptions {
  /** Of the index, for people. */
  readonly file: string;
  readonly index: ObjectIndex;
  /** The names of the places. */
  readonly pair: string;
  /** Whether anything is written. */
  readonly records: boolean;
  /** Hears once why nothing can be written any more. */
  readonly onFailure: (error: Error) => void;
}

/** The objects of a pair. Finish it. */
export class PairLedger {
  /** When all objects were listed that are known, in milliseconds since 1970; `undefined`: not all are known. */
  readonly listedAt: number | undefined;
  private readonly pair: number | undefined;
  private readonly notes = new Map<Key, KnownObject | undefined>();
  private oldestNoteAt = 0;
  private hasFailed = false;
  private hasGivenUp = false;

  /** @throws SyncError `file-system` when the index cannot be written */
  constructor(private readonly options: LedgerOptions) {
    const { index, pair, records, file } = options;
    try {
      this.pair = records ? index.addPair(pair) : index.pair(pair);
      this.listedAt = this.pair === undefined ? undefined : index.listedAt(this.pair);
      if (records && this.listedAt !== undefined) this.setListedAt(undefined);
    } catch (cause) {
      throw isError(cause) ? cause : fileError(cause, "write", file);
    }
  }

  get(key: Key): KnownObject | undefined {
    if (this.notes.has(key)) return this.notes.get(key);
    return this.pair === undefined ? undefined : this.options.index.get(this.pair, key);
  }

  /** The objects of a stretch, in the order of their keys, page by page. What is noted meanwhile may be among them. */
  *pages(stretch: Stretch): Generator<readonly KnownObject[], void, undefined> {
    if (this.pair === undefined) return;
    let { after } = stretch;
    for (;;) {
      this.flush();
      const page = this.options.index.page(this.pair, { ...stretch, after }, pageSize);
      yield page;
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return;
      after = last.key;
    }
  }

  /** The blocks of an object with that ETag, if they are known. */
  blocksOf(known: Pick<KnownObject, "key" | "etag">): KnownBlocks | undefined {
    return this.pair === undefined ? undefined : this.options.index.blocks(this.pair, known);
  }

  /** They go to the disk at once: they are of a large object, and many of them would be large themselves. */
  putBlocks(known: Pick<KnownObject, "key" | "etag">, blocks: KnownBlocks): void {
    this.changeBlocks((index, pair) => index.putBlocks(pair, known, blocks));
  }

  put(known: KnownObject): void {
    this.note(known.key, known);
  }

  remove(key: Key): void {
    this.note(key, undefined);
  }

  /**
   * Writes what is left.
   *
   * @param listedAt when all objects were listed, if this run has done so
   */
  finish(listedAt: number | undefined): void {
    this.flush();
    // What was interrupted is gone on with: then the blocks of what it replaces are of use.
    if (!this.hasGivenUp) this.changeBlocks((index, pair) => index.removeStrayBlocks(pair));
    const isAll = listedAt ?? this.listedAt;
    if (!this.options.records || this.hasFailed || isAll === undefined) return;
    this.guarded(() => this.setListedAt(isAll));
  }

  /** From now on not all objects are known, whatever else happens. */
  giveUp(): void {
    this.hasGivenUp = true;
  }

  private setListedAt(timeMs: number | undefined): void {
    if (this.pair === undefined || this.hasGivenUp) return;
    this.options.index.setListedAt(this.pair, timeMs);
  }

  private note(key: Key, known: KnownObject | undefined): void {
    if (!this.options.records || this.hasFailed) return;
    if (this.notes.size === 0) this.oldestNoteAt = performance.now();
    this.notes.set(key, known);
    const isLate = performance.now() - this.oldestNoteAt > longestWaitMs;
    if (isLate || this.notes.size >= mostNotes) this.flush();
  }

  private flush(): void {
    const { pair, notes } = this;
    if (pair === undefined || notes.size === 0) return;
    this.guarded(() => {
      const { index } = this.options;
      index.together(() => {
        for (const [key, known] of notes) {
          if (known === undefined) index.remove(pair, key);
          else index.put(pair, known);
        }
      });
    });
    notes.clear();
  }

  private changeBlocks(work: (index: ObjectIndex, pair: number) => void): void {
    const { pair, hasFailed } = this;
    const { index, records } = this.options;
    if (pair === undefined || hasFailed || !records) return;
    this.guarded(() => work(index, pair));
  }

  /** A run does not depend on what it remembers. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (this.hasFailed) return;
      this.hasFailed = true;
      this.options.onFailure(fileError(cause, "write", this.options.file));
    }
  }
}
