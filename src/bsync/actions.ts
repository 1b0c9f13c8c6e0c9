/**
 * Carries out single steps of a two-way sync, and notes what was done: the next state is made of that, never of
 * another listing.
 *
 * @module
 */
import { type Entry, storeKeyOf } from "../core/entry.ts";
import { parseETag } from "../core/etag.ts";
import type { SyncEvent } from "../core/events.ts";
import { asKey, type Key } from "../core/key.ts";
import type { FileFacts, Known } from "../state/index-db.ts";
import type { FileTree } from "../store/local/file-tree.ts";
import type { Store } from "../store/store.ts";
import type { Course } from "../sync/course.ts";
import { TransferContext, type TransferOptions } from "../transfer/context.ts";
import type { Memory } from "./memory.ts";
import type { Place } from "./place.ts";

type Synced = Extract<SyncEvent, { type: "synced" }>;

/** What a transfer tells of its object, where all goes well. */
const ofTransfers: ReadonlySet<SyncEvent["type"]> = new Set<SyncEvent["type"]>([
  ...(["queued", "started", "moved", "kept", "synced"] as const),
  ...(["verified", "checksum-verified", "unverified"] as const),
]);

/** What steps are carried out with. */
export interface Tools {
  readonly place: Place;
  readonly local: Store;
  readonly files: FileTree;
  readonly remote: Store;
  readonly memory: Memory;
  readonly course: Course;
  readonly transfer: TransferOptions;
  readonly dryRun: boolean;
  /** Fires when the user stops the run, and not when an error does. */
  readonly userStop: AbortSignal;
}

/** Single steps. Close it. */
export class Actions {
  /** From the directory to the bucket; what is read is also compared by it. */
  readonly up: TransferContext;
  private readonly down: TransferContext;
  private readonly within: TransferContext;
  /** What the transfers have told, until it is noted. */
  private readonly told = new Map<Key, Synced>();
  /** New names of objects: their transfers are none to others. */
  private readonly newNames = new Set<Key>();

  constructor(private readonly tools: Tools) {
    const { local, remote, transfer: options, userStop } = tools;
    const emit = (event: SyncEvent): void => this.hear(event);
    this.up = new TransferContext(local, remote, options, emit, userStop);
    this.down = new TransferContext(remote, local, options, emit, userStop);
    // Bytes need not come here where the service can copy.
    const copying = { ...options, serverSideCopy: remote.serverSideCopy !== undefined };
    this.within = new TransferContext(remote, remote, copying, emit, userStop);
  }

  close(): void {
    for (const context of [this.up, this.down, this.within]) context.close();
  }

  /** Sends a file. */
  async upload(file: Entry, replaces: Entry | undefined): Promise<void> {
    const synced = await this.send(this.up, file, replaces);
    if (synced === undefined) return;
    const { key, size, sourceMtimeMs } = synced;
    const facts = this.factsOf(key, size, sourceMtimeMs);
    await this.noteWritten(synced, facts);
  }

  /** Fetches an object. */
  async download(object: Entry, replaces: Entry | undefined): Promise<void> {
    const synced = await this.send(this.down, object, replaces);
    if (synced === undefined) return;
    const { key, size, sourceETag = object.etag, sourceMtimeMs, sourceVersionId } = synced;
    this.note({
      ...{ key, size, etag: sourceETag ?? "", modifiedAt: seconds(sourceMtimeMs) },
      versionId: sourceVersionId,
      file: this.factsOf(key, size, sourceMtimeMs),
    });
  }

  /**
   * Copies an object under another key, on the server.
   *
   * @returns whether the copy is there (or would be, in a dry run)
   */
  async copy(object: Entry, key: Key, facts: FileFacts | undefined): Promise<boolean> {
    const copied = { ...object, key, storeKey: storeKeyOf(object) };
    const synced = await this.send(this.within, copied, undefined);
    if (synced !== undefined) await this.noteWritten(synced, facts);
    return synced !== undefined || this.tools.dryRun;
  }

  /**
   * Gives an object another name. That is one thing, and whoever has it done tells of it.
   *
   * @param unchanged leaves out what was written meanwhile, which stays
   */
  async move(
    object: Entry,
    key: Key,
    facts: FileFacts | undefined,
    unchanged: (object: Entry) => Promise<readonly Entry[]>,
  ): Promise<void> {
    this.newNames.add(key);
    try {
      if (!(await this.copy(object, key, facts))) return;
    } catch (thrown) {
      this.newNames.delete(key);
      throw thrown;
    }
    await this.drop(this.tools.remote, await unchanged(object));
  }

  /** Both sides hold the same: only that is noted. */
  noteSame(file: Entry, { key, size, etag = parseETag(""), mtimeMs, versionId }: Entry): void {
    const facts = this.factsOf(key, file.size, file.mtimeMs);
    this.note({ key, size, etag, modifiedAt: seconds(mtimeMs), versionId, file: facts });
  }

  /** Gives a file another name, which nothing has yet. */
  rename(file: Entry, key: Key): void {
    const { files, dryRun } = this.tools;
    if (!dryRun) files.rename(file, key);
  }

  note(known: Known): void {
    const { memory, place, dryRun } = this.tools;
    if (!dryRun) memory.note(place, known);
  }

  forget(key: Key): void {
    const { memory, place, dryRun } = this.tools;
    if (!dryRun) memory.forget(place, key);
  }

  /** Deletes what the other side has not any more. What has changed since it was listed stays. */
  async remove(store: Store, entries: readonly Entry[]): Promise<void> {
    const { course, dryRun } = this.tools;
    for (const key of await this.drop(store, entries)) {
      course.emit({ type: "deleted", key, target: store.locate(key), dryRun });
    }
  }

  /** @returns what is gone */
  private async drop(store: Store, entries: readonly Entry[]): Promise<readonly Key[]> {
    const { course, dryRun } = this.tools;
    if (dryRun) return entries.map(({ key }) => key);
    const gone: Key[] = [];
    for (const { entry, error } of await store.remove(entries, course.signal)) {
      const { key } = entry;
      if (error !== undefined) {
        course.report(error, key);
        continue;
      }
      this.forget(key);
      gone.push(key);
    }
    return gone;
  }

  /** What a file is known by, if it is still the one of which size and time are known. */
  factsOf(key: Key, size: number, mtimeMs: number): FileFacts | undefined {
    const facts = this.tools.files.facts(key);
    if (facts?.size !== size || Math.abs(facts.mtimeMs - mtimeMs) >= 0.001) return undefined;
    const { mtimeNs, inode } = facts;
    return { mtimeNs, inode };
  }

  private hear(event: SyncEvent): void {
    if (event.type === "synced") this.told.set(event.key, event);
    const isOfMove = "key" in event && this.newNames.has(asKey(event.key ?? ""));
    if (!isOfMove || !ofTransfers.has(event.type)) this.tools.course.emit(event);
  }

  private async send(
    context: TransferContext,
    entry: Entry,
    replaces: Entry | undefined,
  ): Promise<Synced | undefined> {
    const { course, dryRun } = this.tools;
    const { key, size, versionId: sourceVersionId } = entry;
    this.hear({ type: "queued", key, size, sourceVersionId });
    if (dryRun) this.pretend(context, entry);
    else await course.send(context, entry, replaces);
    const synced = this.told.get(entry.key);
    this.told.delete(entry.key);
    return dryRun ? undefined : synced;
  }

  private pretend({ target }: TransferContext, { key, size, mtimeMs }: Entry): void {
    this.hear({ type: "moved", key, bytes: size });
    this.hear({
      ...{ type: "synced", key, size, sourceMtimeMs: mtimeMs, sourceVersionId: undefined },
      ...{ target: target.locate(key), dryRun: true },
    });
  }

  /** S3 does not tell the time of an object when it is written. Somebody else's object is none of ours. */
  private async noteWritten(synced: Synced, file: FileFacts | undefined): Promise<void> {
    const { remote, course } = this.tools;
    const { key, size, targetETag, targetVersionId } = synced;
    const info = await remote.head(key, course.signal);
    const etag = targetETag ?? info?.etag ?? "";
    const isOurs = info !== undefined && info.etag === etag;
    const modifiedAt = seconds(isOurs ? info.mtimeMs : Date.now());
    this.note({ key, size, etag, modifiedAt, versionId: targetVersionId, file });
  }
}

function seconds(milliseconds: number): number {
  return Math.max(0, Math.floor(milliseconds / 1000));
}
