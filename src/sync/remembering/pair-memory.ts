/**
 * What a one-way run knows of its pair from earlier runs, and what it notes for later ones.
 *
 * Noted is what was done and proven: that a listing showed an object; that one was written, and what the store said of
 * it; that the bytes of a file and of an object were the same. Where nobody knows whether something was done, the object
 * is not known any more, and so not all of them are.
 *
 * @module
 */
import type { Entry, Listed } from "../../core/entry.ts";
import type { SyncError } from "../../core/errors.ts";
import { etagForm } from "../../core/etag.ts";
import type { Evidence, Side, SyncEvent } from "../../core/events.ts";
import { asKey, compareKeys, type Key, type KeyRange } from "../../core/key.ts";
import type { UserMetadata } from "../../core/object.ts";
import type { UpdateRule } from "../../diff/update-check.ts";
import { hex } from "../../hash/digest.ts";
import {
  isMarked,
  isSameObject,
  isSettled,
  type KnownBlocks,
  type KnownObject,
  type KnownParts,
  markOf,
} from "../../state/known-object.ts";
import type { PairLedger } from "../../state/pair-ledger.ts";
import type { Memory, Sent } from "../../transfer/memory.ts";
import { mayBeDone } from "../severity.ts";

/** How to remember. */
export interface PairMemoryOptions {
  readonly ledger: PairLedger;
  /** On which side the objects are; the other one has the files. */
  readonly side: Side;
  /** Note all objects that are listed, and not only those of which something is known. */
  readonly notesAll: boolean;
  /** The run is about all keys, so that a listing shows what is gone. */
  readonly isWhole: boolean;
  /** The target is asked for each object, and answers in whole seconds. */
  readonly asksTarget: boolean;
  /** How far the clock of the service is ahead, in milliseconds. */
  readonly clockOffsetMs: () => number;
  /** When the run began, in milliseconds since 1970. */
  readonly run: number;
}

/** An object that is being written. */
interface InWork {
  /** By the clock of the service, in milliseconds since 1970. */
  readonly since: number;
  /** An earlier try may have written it. */
  mayBeWritten: boolean;
}

/** Remembers a pair. Close it. */
export class PairMemory implements Memory {
  /** What is known of objects that are listed: of none of these another one has taken the place. */
  private readonly met = new WeakMap<Entry, KnownObject | "unknown">();
  /** What this run has not found out itself. */
  private readonly recalled = new WeakSet<Evidence>();
  private readonly inWork = new Map<Key, InWork>();
  private isListed = false;
  private hasGaps = false;
  /** Files were listed after that, and read later still: what changed in between must show. */
  private readonly begunMs = Date.now();

  constructor(private readonly options: PairMemoryOptions) {}

  /** What shows that a file and an object hold the same, without reading either. */
  known(source: Entry, target: Entry, rule: UpdateRule): Evidence | undefined {
    const by = rule.kind === "published" ? "etag" : rule.kind;
    if (by !== "etag" && by !== "checksum") return undefined;
    const { object, file } = this.sidesOf({ source, target });
    const known = this.find(object);
    if (known?.file === undefined || known.size !== file.size) return undefined;
    if (!isMarked(known.file, file)) return undefined;
    const checksum = rule.kind === "checksum" ? known.checksum : undefined;
    if (rule.kind === "checksum" && checksum?.algorithm !== rule.algorithm) return undefined;
    const evidence: Evidence = { by, source, target, checksum };
    this.recalled.add(evidence);
    return evidence;
  }

  /** What is known under a key, whatever is there now. */
  recall(key: Key): KnownObject | undefined {
    return this.options.ledger.get(key);
  }

  metadataOf(object: Entry): UserMetadata | undefined {
    return this.find(object)?.metadata;
  }

  partsOf(object: Entry): KnownParts | undefined {
    return this.find(object)?.parts;
  }

  blocksOf(object: Entry): KnownBlocks | undefined {
    const { key, etag } = object;
    return etag === undefined ? undefined : this.options.ledger.blocksOf({ key, etag });
  }

  learn(object: Entry, metadata: UserMetadata): void {
    const known = this.find(object) ?? this.listedAs(object);
    if (known !== undefined) this.note(object, { ...known, metadata });
  }

  /** What is known of all objects of a range, as a listing would show it. */
  *listing({ prefix, after = asKey(""), until }: KeyRange): Generator<readonly Entry[]> {
    for (const page of this.options.ledger.pages({ after, from: prefix, until })) {
      const below = page.filter(({ key }) => key.startsWith(prefix));
      yield below.map((known) => this.listed(known));
      if (below.length < page.length) return;
    }
  }

  private listed(known: KnownObject): Entry {
    const entry = entryOf(known);
    this.met.set(entry, known);
    return entry;
  }

  /** Compares what a listing shows with what is known, as it passes. */
  async *following(
    range: KeyRange,
    pages: AsyncIterable<readonly Listed[]>,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    const { ledger, isWhole } = this.options;
    if (!isWhole || range.prefix !== "") {
      yield* pages;
      return;
    }
    let after: string = range.after ?? "";
    for await (const page of pages) {
      const last = page.at(-1)?.key;
      if (last !== undefined) {
        this.meet(page, ledger.pages({ after, from: "", until: last }));
        after = last;
      }
      yield page;
    }
    this.meet([], ledger.pages({ after, from: "", until: range.until }));
  }

  hear(event: SyncEvent): void {
    switch (event.type) {
      case "started":
        if (this.writesObjects && !this.inWork.has(event.key)) {
          this.inWork.set(event.key, { since: this.serverNow(), mayBeWritten: false });
        }
        return;
      case "retry":
      case "warning":
      case "error":
        this.failed(event);
        return;
      case "skipped":
        this.inWork.delete(event.key);
        if (event.evidence !== undefined) this.confirm(event.evidence);
        return;
      case "synced":
        if (event.only === "metadata" && !event.dryRun) this.rewritten(event.key);
        return;
      case "deleted":
        if (this.writesObjects && !event.dryRun) this.options.ledger.remove(event.key);
        return;
      case "listing-complete":
        this.isListed = true;
        return;
      default:
    }
  }

  sent({ entry, info, written, isProven, attributes, parts }: Sent): void {
    const { key, size } = { key: entry.key, size: info.size };
    const isUp = this.writesObjects;
    const etag = isUp ? written.etag : info.etag;
    if (etag === undefined) {
      if (isUp) this.doubt(key);
      return;
    }
    const mark = isUp ? markOf(entry) : written.file;
    const seenMs = isUp ? this.begunMs : Date.now();
    const isKnown = isProven && mark !== undefined && isSettled(mark, seenMs);
    const knownParts = isProven ? partsOf(parts, etag) : undefined;
    if (knownParts !== undefined && parts?.blocks !== undefined) {
      this.options.ledger.putBlocks({ key, etag }, parts.blocks);
    }
    this.options.ledger.put({
      ...{ key, size, etag },
      ...(isUp ? this.timesOf(key) : listedTimes(entry, info)),
      storageClass: isUp ? attributes?.storageClass : entry.storageClass,
      checksum: isUp ? written.checksum : info.checksum,
      parts: knownParts,
      metadata: isUp ? attributes?.metadata : info.attributes.metadata,
      file: isKnown ? mark : undefined,
      run: this.options.run,
    });
    this.inWork.delete(key);
  }

  /** An object is not what is known of it. */
  forget(key: Key): void {
    this.options.ledger.remove(key);
  }

  /** Nobody knows what became of an object. */
  doubt(key: Key): void {
    this.inWork.delete(key);
    this.options.ledger.remove(key);
    this.options.ledger.giveUp();
  }

  /** Call it when nothing is under way any more. */
  close(): void {
    const { ledger, notesAll, isWhole, run } = this.options;
    for (const key of this.inWork.keys()) this.doubt(key);
    const hasListedAll = this.isListed && notesAll && isWhole && !this.hasGaps;
    ledger.finish(hasListedAll ? run : undefined);
  }

  private failed({ type, key, error }: Extract<SyncEvent, { error: SyncError }>): void {
    const object = key === undefined ? undefined : this.inWork.get(asKey(key));
    if (key === undefined || object === undefined) return;
    object.mayBeWritten ||= mayBeDone(error);
    if (type === "retry") return;
    if (object.mayBeWritten) this.doubt(asKey(key));
    else this.inWork.delete(asKey(key));
  }

  private get writesObjects(): boolean {
    return this.options.side === "target";
  }

  private sidesOf({ source, target }: Pick<Evidence, "source" | "target">): {
    readonly object: Entry;
    readonly file: Entry;
  } {
    return this.writesObjects ? { object: target, file: source } : { object: source, file: target };
  }

  private serverNow(): number {
    return Date.now() + this.options.clockOffsetMs();
  }

  /** What is known of a listed object, if it is still the same. */
  private find(object: Entry): KnownObject | undefined {
    const met = this.met.get(object);
    if (met !== undefined) return met === "unknown" ? undefined : met;
    const known = this.options.ledger.get(object.key);
    return known !== undefined && isSameObject(known, object) ? known : undefined;
  }

  private meet(items: readonly Listed[], pages: Iterable<readonly KnownObject[]>): void {
    const hasGap = items.some(({ kind }) => kind === "gap");
    if (hasGap) this.hasGaps = true;
    let at = 0;
    for (const page of pages) {
      for (const known of page) {
        let item = items[at];
        for (; item !== undefined && compareKeys(item.key, known.key) < 0; item = items[at]) {
          this.seen(item, undefined);
          at += 1;
        }
        if (item?.key === known.key) {
          this.seen(item, known);
          at += 1;
        } else if (!hasGap) this.missed(known);
      }
    }
    for (; at < items.length; at++) this.seen(items[at], undefined);
  }

  /** A listing does not show it. What this run has written was listed before. */
  private missed({ key, run }: KnownObject): void {
    if (run !== this.options.run) this.options.ledger.remove(key);
  }

  private seen(object: Listed | undefined, known: KnownObject | undefined): void {
    if (object?.kind !== "object") return;
    const { ledger, notesAll, run } = this.options;
    if (known !== undefined && isSameObject(known, object)) {
      if (known.untilMs === undefined) this.met.set(object, known);
      else this.note(object, { ...known, modifiedMs: object.mtimeMs, untilMs: undefined });
      return;
    }
    this.met.set(object, "unknown");
    if (known?.run === run) return;
    const listed = notesAll || known !== undefined ? this.listedAs(object) : undefined;
    if (listed !== undefined) this.note(object, listed);
    else if (known !== undefined) ledger.remove(object.key);
  }

  private listedAs(object: Entry): KnownObject | undefined {
    const { key, size, etag, mtimeMs: modifiedMs, storageClass } = object;
    if (etag === undefined) return undefined;
    const untilMs = this.options.asksTarget ? modifiedMs + 999 : undefined;
    return { key, size, etag, modifiedMs, untilMs, storageClass };
  }

  /** Contents were compared, and are the same. */
  private confirm(evidence: Evidence): void {
    const isOfContents = evidence.by === "etag" || evidence.by === "checksum";
    if (!isOfContents || this.recalled.has(evidence)) return;
    const { object, file: entry } = this.sidesOf(evidence);
    const known = this.find(object) ?? this.listedAs(object);
    const file = markOf(entry);
    if (known === undefined || file === undefined || !isSettled(file, this.begunMs)) return;
    const checksum = evidence.checksum ?? known.checksum;
    this.note(object, { ...known, checksum, file });
  }

  private note(object: Entry, known: KnownObject): void {
    this.met.set(object, known);
    this.options.ledger.put(known);
  }

  /** An object was copied onto itself: the bytes are the same, the time and the metadata are not. */
  private rewritten(key: Key): void {
    const known = this.options.ledger.get(key);
    if (known === undefined || !this.writesObjects) return;
    const { run, clockOffsetMs } = this.options;
    const times = { modifiedMs: run + clockOffsetMs(), untilMs: this.serverNow() };
    this.options.ledger.put({ ...known, ...times, metadata: undefined, run });
  }

  /** Within which the server has written an object. */
  private timesOf(key: Key): Pick<KnownObject, "modifiedMs" | "untilMs"> {
    const untilMs = this.serverNow();
    return { modifiedMs: this.inWork.get(key)?.since ?? untilMs, untilMs };
  }
}

/** The listing is exact; what is read tells whole seconds. */
function listedTimes(
  entry: Entry,
  info: Sent["info"],
): Pick<KnownObject, "modifiedMs" | "untilMs"> {
  if (entry.etag === info.etag) return { modifiedMs: entry.mtimeMs, untilMs: undefined };
  return { modifiedMs: info.mtimeMs, untilMs: info.mtimeMs + 999 };
}

/** The parts, if they are those of the object: its ETag tells how many it has. */
function partsOf(parts: Sent["parts"], etag: KnownObject["etag"]): KnownParts | undefined {
  const form = etagForm(etag);
  if (parts === undefined || form.kind !== "multipart") return undefined;
  const { size, md5s, checksums } = parts;
  const hasAll = (list: readonly unknown[] | undefined): boolean => list?.length === form.parts;
  if (!hasAll(md5s) && !hasAll(checksums?.values)) return undefined;
  return {
    size,
    md5s: hasAll(md5s) ? md5s.map(hex) : undefined,
    checksums: hasAll(checksums?.values) ? checksums : undefined,
  };
}

function entryOf({ key, size, etag, modifiedMs, storageClass }: KnownObject): Entry {
  const storeKey = undefined;
  return { kind: "object", key, size, mtimeMs: modifiedMs, etag, storageClass, storeKey };
}
