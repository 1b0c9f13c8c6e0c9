/**
 * Copies all versions of all objects: the history of a bucket, told again in another one.
 *
 * A copy notes in its metadata which version it is of; what the target has of a key is found out by that. What was
 * deleted is deleted again at its place in the history, if something follows that is not there yet.
 *
 * @module
 */
import { batchesOf } from "../core/batches.ts";
import type { Gap } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { Hidden, Summary } from "../core/events.ts";
import { compareKeys, everything, type Key, type KeyRange } from "../core/key.ts";
import type { UserMetadata } from "../core/object.ts";
import { type KeyHistory, originTimeKey, originVersionKey, type Version } from "../core/version.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import { isInShard } from "../hash/key-shard.ts";
import type { History, Store } from "../store/store.ts";
import type { TransferContext } from "../transfer/context.ts";
import { Course, type CourseOptions } from "./course.ts";
import { leftOutByCallback } from "./screening.ts";

/** A run that copies versions. */
export interface VersionsRun extends CourseOptions {
  /** The keys that the run is about. Default: all. */
  readonly range?: KeyRange | undefined;
  readonly filter?: ObjectFilter | undefined;
  /** Delete again also what was written again later. */
  readonly keepsMarkers: boolean;
}

/**
 * Brings the target's history in step with the source's.
 *
 * @returns what happened; errors are in it and in the events, it never throws
 */
export function syncVersions(run: VersionsRun): Promise<Summary> {
  return new VersionsCourse(run).run();
}

/** Versions of one key whose heads are asked for at the same time. */
const headsAtOnce = 16;

class VersionsCourse {
  private readonly course: Course;

  constructor(private readonly options: VersionsRun) {
    this.course = new Course(options, () => undefined);
  }

  run(): Promise<Summary> {
    return this.course.run((context) => this.work(context));
  }

  private async work(context: TransferContext): Promise<void> {
    const { course } = this;
    const { source, target, range = everything, shard } = this.options;
    const [from, to] = [
      await historyOf(source, course.signal),
      await historyOf(target, course.signal),
    ];
    const pairs = paired(from.list(range, course.signal), to.list(range, course.signal));
    for await (const { key, source: mine, target: other } of pairs) {
      if (shard !== undefined && !isInShard(key, shard)) {
        if (mine?.kind === "history") this.options.filter?.see(key);
        continue;
      }
      course.emit({ type: "listed", side: "source", items: mine === undefined ? 0 : 1 });
      for (const side of [mine, other]) {
        if (side?.kind === "gap") course.report(side.error, key);
      }
      // What only the target has stays; and where anything is unknown, nothing is done.
      if (mine?.kind !== "history" || other?.kind === "gap") continue;
      const bytes = mine.versions.reduce((sum, { size }) => sum + size, 0);
      await course.begin(
        key,
        bytes,
        () => this.replay(context, to, mine, other),
        (error) => {
          if (!course.isByStop(error)) course.report(error, key);
        },
      );
      if (course.signal.aborted) throw course.signal.reason;
    }
    course.emit({ type: "listing-complete" });
    course.reportUnseen(this.options.filter);
    await course.settle();
  }

  /**
   * Sends what is missing, oldest first. After a failure nothing newer is sent: it would take the place of the older.
   * Nor is what is older than what is there: it would become what the target holds now.
   */
  private async replay(
    context: TransferContext,
    history: History,
    source: KeyHistory,
    target: KeyHistory | undefined,
  ): Promise<void> {
    const { course } = this;
    const known = await this.originsOf(history, target);
    /** Markers that stand on top in the target. */
    let onTop = target?.versions.findIndex(({ isMarker }) => !isMarker) ?? 0;
    if (onTop === -1) onTop = target?.versions.length ?? 0;
    /** Markers of the source since the last version. */
    let pending = 0;
    const newestKnown = source.versions.findIndex((version) => known.has(originOf(version)));
    const tooOld = new Set(newestKnown === -1 ? [] : source.versions.slice(newestKnown));
    let left = 0;
    for (const version of source.versions.toReversed()) {
      const hidden = await this.hiddenBy(version);
      if (hidden !== undefined) course.skip(version, hidden);
      else if (version.isMarker) pending += 1;
      else if (known.has(originOf(version))) {
        pending = 0;
        course.skip(version, { reason: "unchanged" });
      } else if (tooOld.has(version)) {
        [pending, left] = [0, left + 1];
        course.skip(version, { reason: "older than what the target has" });
      } else {
        if (this.options.keepsMarkers) await this.remove(version, pending - onTop);
        [pending, onTop] = [0, 0];
        await this.send(context, version);
      }
      if (course.signal.aborted) return;
    }
    const { key } = source;
    if (left > 0) course.report(tooLate(key, left), key);
    const [latest] = source.versions;
    const wanted = this.options.keepsMarkers ? pending : Math.min(pending, 1);
    if (latest !== undefined) await this.remove(latest, wanted - onTop);
    // No new version brings it back, and to delete a marker is to change a history.
    if (wanted === 0 && onTop > 0) course.emit({ type: "notice", message: onlyThereDeleted(key) });
  }

  /** Which versions of the source the target has. */
  private async originsOf(
    history: History,
    target: KeyHistory | undefined,
  ): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const versions = target?.versions.filter(({ isMarker }) => !isMarker) ?? [];
    for (const batch of batchesOf(versions, headsAtOnce)) {
      const heads = batch.map(({ key, versionId }) =>
        history.head(key, versionId, this.course.signal),
      );
      for (const head of await Promise.all(heads)) {
        const origin = notedIn(head?.attributes.metadata);
        if (origin !== undefined) found.add(origin);
      }
    }
    return found;
  }

  private async hiddenBy(version: Version): Promise<Hidden | undefined> {
    const { course } = this;
    this.options.filter?.see(version.key);
    let reason = this.options.filter?.hides(version);
    // A marker has no size, and no contents.
    if (version.isMarker && reason?.endsWith("-size") === true) reason = undefined;
    if (reason !== undefined) return { reason };
    if ((await course.screening?.takesPart(version)) === false) {
      return { reason: leftOutByCallback };
    }
    return version.isMarker ? undefined : course.hiddenBy(version);
  }

  private async send(context: TransferContext, version: Version): Promise<void> {
    const { course } = this;
    course.queue(version);
    if (this.options.dryRun) course.pretend(context, version, undefined);
    else await course.send(context, version, undefined);
  }

  /** Deletes the key so many times: each leaves a marker. */
  private async remove(version: Version, times: number): Promise<void> {
    const { target, dryRun } = this.options;
    const { key } = version;
    for (let time = 0; time < times; time++) {
      if (!dryRun) {
        const [removal] = await target.remove(
          [{ ...version, etag: undefined }],
          this.course.signal,
        );
        if (removal?.error !== undefined) throw removal.error;
      }
      this.course.emit({ type: "deleted", key, target: target.locate(key), dryRun });
    }
  }
}

function tooLate(key: Key, versions: number): SyncError {
  const text = `${versions} older versions of ${JSON.stringify(key)} are not in the target, which has newer ones: they are not sent, because each would take the place of the newest`;
  const hint = "To have all of them, copy into a prefix or bucket where the key has no versions.";
  return new SyncError("precondition", text, { key, hint });
}

function onlyThereDeleted(key: Key): string {
  return `${JSON.stringify(key)} is deleted in the target, and not in the source; all its versions are there: to have it back, delete its delete marker`;
}

/** @throws SyncError `usage` where older versions are not kept, or not any more */
async function historyOf(store: Store, signal: AbortSignal): Promise<History> {
  const { history } = store;
  if (history === undefined || (await history.status(signal)) !== "Enabled") {
    throw new SyncError("usage", `--enable-versioning: ${store.name} keeps no versions`, {
      hint: "Enable versioning of the bucket: aws s3api put-bucket-versioning --versioning-configuration Status=Enabled --bucket NAME",
    });
  }
  return history;
}

/** `null` is the name of many: each one that is written where versions are not kept takes the place of the last. */
function named(versionId: string, mtimeMs: number): string {
  return versionId === "null" ? `null ${Math.floor(mtimeMs / 1000)}` : versionId;
}

function originOf({ versionId, mtimeMs }: Version): string {
  return named(versionId, mtimeMs);
}

/** The origin that a copy has noted. */
function notedIn(metadata: UserMetadata = {}): string | undefined {
  const { [originVersionKey]: versionId, [originTimeKey]: time = "" } = metadata;
  return versionId === undefined ? undefined : named(versionId, Date.parse(time));
}

type Listed = KeyHistory | Gap;

/** What both sides have of a key. */
interface HistoryPair {
  readonly key: Key;
  readonly source: Listed | undefined;
  readonly target: Listed | undefined;
}

/** Merges both listings. Holds a page of each. */
async function* paired(
  source: AsyncIterable<readonly Listed[]>,
  target: AsyncIterable<readonly Listed[]>,
): AsyncGenerator<HistoryPair, void, undefined> {
  const [mine, others] = [oneByOne(source), oneByOne(target)];
  let [a, b] = await Promise.all([mine.next(), others.next()]);
  while (a.done !== true || b.done !== true) {
    const order =
      a.done === true ? 1 : b.done === true ? -1 : compareKeys(a.value.key, b.value.key);
    const [left, right] = [order <= 0 ? a.value : undefined, order >= 0 ? b.value : undefined];
    const key = (left ?? right)?.key;
    if (key !== undefined) yield { key, source: left ?? undefined, target: right ?? undefined };
    if (order <= 0) a = await mine.next();
    if (order >= 0) b = await others.next();
  }
}

async function* oneByOne(
  pages: AsyncIterable<readonly Listed[]>,
): AsyncGenerator<Listed, undefined, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}
