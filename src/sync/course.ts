/**
 * The course of a run, whatever it does: from its first event to its last, work in places, failures, the end.
 *
 * @module
 */
import type { Filter } from "../core/callbacks.ts";
import { unlessStopped } from "../core/cancel.ts";
import type { Entry } from "../core/entry.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import type { EventSink, Hidden, Route, Side, Summary, SyncEvent } from "../core/events.ts";
import { asKey, type Key } from "../core/key.ts";
import type { Pace } from "../core/pace.ts";
import type { Shard } from "../core/shard.ts";
import type { ContentFilter } from "../filter/content-filter.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import type { Pair } from "../list/merge.ts";
import type { Store } from "../store/store.ts";
import { TransferContext, type TransferOptions } from "../transfer/context.ts";
import { estimate } from "../transfer/estimate.ts";
import { transfer } from "../transfer/transfer.ts";
import { holds } from "./deletions/holds.ts";
import type { Part } from "./part.ts";
import { Screening } from "./screening.ts";
import { severityOf } from "./severity.ts";
import { Tally } from "./summary.ts";
import type { TrafficMeter } from "./traffic-meter.ts";
import type { Workers } from "./workers.ts";

/** What every run needs. */
export interface CourseOptions {
  readonly source: Store;
  readonly target: Store;
  readonly route: Route;
  /** Which objects are sent, by what only the objects themselves tell; `undefined`: all. */
  readonly contentFilter?: ContentFilter | undefined;
  /** Somebody else's word on which objects take part. */
  readonly ask?: Filter | undefined;
  /** What to wait for before another object: listeners that have too much to hear. */
  readonly room?: (() => Promise<void> | undefined) | undefined;
  readonly dryRun: boolean;
  readonly warningsAreErrors: boolean;
  /** Errors about one object do not end the run. */
  readonly continuesOnError?: boolean;
  /** Objects that must be restored before they can be read are not worth a warning. */
  readonly ignoresArchived?: boolean;
  /** How fast objects may be sent and deleted; `undefined`: as fast as can be. */
  readonly pace?: Pace | undefined;
  /** The places for objects in work. */
  readonly workers: Workers;
  readonly transfer: TransferOptions;
  /** Tells in a dry run of what would be put aside before it is replaced or deleted. */
  readonly pretendBackup?: ((entry: Entry) => void) | undefined;
  /** What to remark when the listings are through, by the number of items on each side. */
  readonly remark?: ((listed: Readonly<Record<Side, number>>) => string | undefined) | undefined;
  /**
   * What is done when nothing is under way any more, however the run went. What it throws is an error of the run.
   *
   * @param isWell there were no errors, and nobody stopped it
   */
  readonly finish?: ((isWell: boolean, signal: AbortSignal) => Promise<void>) | undefined;
  /** Counts what is asked of the stores; it hears the same events. */
  readonly meter: TrafficMeter;
  readonly onEvent: EventSink;
  /** What stores have told by themselves, before the run began or later, and counts. */
  readonly early?: readonly SyncEvent[];
  readonly signal: AbortSignal;
  /** What the run is about, if it is one of many. */
  readonly part?: Part | undefined;
  /** Which keys are those of this run, by their hashes; `undefined`: all. */
  readonly shard?: Shard | undefined;
  /** Which of several runs that do together what one would do tells of a key that is nowhere; `undefined`: this one. */
  readonly isOwn?: ((key: Key) => boolean) | undefined;
}

/** One run. */
export class Course {
  readonly tally = new Tally();
  /** Asks whether objects take part, where somebody is to be asked. */
  readonly screening: Screening | undefined;
  /** Fires when the user stops the run, and when an error does. */
  readonly signal: AbortSignal;
  /** Fires then, and when nothing more is to be begun: nobody wants to know what else there is. */
  readonly listing: AbortSignal;
  private readonly stop = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  private earlyTaken = 0;

  /** @param hear hears every event before it is counted and told */
  constructor(
    private readonly options: CourseOptions,
    private readonly hear: EventSink,
  ) {
    this.signal = AbortSignal.any([options.signal, this.stop.signal]);
    const { part } = options;
    this.listing = part === undefined ? this.signal : AbortSignal.any([this.signal, part.ending]);
    this.takeEarly();
    const { ask, source } = options;
    this.screening = ask === undefined ? undefined : new Screening(ask, source, this.signal);
  }

  /** Runs; what the work throws ends the run, and is told. */
  async run(
    work: (context: TransferContext) => Promise<void>,
    more: () => Partial<Summary> = () => ({}),
  ): Promise<Summary> {
    const { source, target, route, dryRun, meter } = this.options;
    const startedAt = performance.now();
    this.emit({ type: "start", source: source.name, target: target.name, route, dryRun });
    const emit = (event: SyncEvent): void => this.emit(event);
    const { transfer: how, signal } = this.options;
    const context = new TransferContext(source, target, how, emit, signal);
    using _ = this.options.workers.alongWith(() => context.partSlots.slowDown());
    try {
      await work(context);
      this.remark();
    } catch (thrown) {
      this.fail(thrown);
      await this.screening?.settle();
      await Promise.allSettled(this.underWay);
    } finally {
      context.close();
    }
    await this.finish();
    this.takeEarly();
    const interrupted = this.options.signal.aborted || this.isEnding;
    const durationMs = performance.now() - startedAt;
    const counted = this.tally.summary(durationMs, dryRun, interrupted, meter.traffic);
    const summary = { ...counted, ...more() };
    this.options.onEvent({ type: "end", summary });
    return summary;
  }

  private async finish(): Promise<void> {
    try {
      await this.options.finish?.(this.isWell, this.options.signal);
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  /** Where something was warned of, that says enough. */
  private remark(): void {
    if (!this.isWell || this.tally.hasWarnings || this.options.part?.places !== undefined) return;
    const message = this.options.remark?.(this.tally.listed);
    if (message !== undefined) this.emit({ type: "notice", message, isDoubtful: true });
  }

  /** Counts what the stores have told by themselves, also when they did so during the run. */
  private takeEarly(): void {
    const { early = [] } = this.options;
    for (const event of early.slice(this.earlyTaken)) this.tally.take(event);
    this.earlyTaken = early.length;
  }

  /** Whether all has gone well so far, and is to go on. */
  get isWell(): boolean {
    return !this.tally.hasErrors && !this.signal.aborted && !this.isEnding;
  }

  /** Whether nothing more is to be begun. */
  get isEnding(): boolean {
    return this.options.part?.ending.aborted === true;
  }

  /**
   * Waits for listings to be gone through, which are cut short when nothing more is to be begun.
   *
   * @throws what they meet
   */
  async list(through: Promise<void>): Promise<void> {
    try {
      await through;
    } catch (thrown) {
      if (!this.isEnding || toSyncError(thrown).code !== "aborted") throw thrown;
    }
  }

  emit(event: SyncEvent): void {
    this.hear(event);
    this.tally.take(event);
    this.options.onEvent(event);
  }

  /**
   * Waits for a free place and has something done there.
   *
   * @param size what the work on the key moves, in bytes
   * @param failed hears why it was not done
   */
  async begin(
    key: Key,
    size: number,
    work: () => Promise<void>,
    failed: (error: SyncError, key: Key) => void,
  ): Promise<void> {
    const room = this.room();
    if (room !== undefined) await room;
    const release = await this.options.workers.enter(size);
    if (this.signal.aborted || this.isEnding) {
      release();
      return;
    }
    const done = work()
      .catch((thrown: unknown) => failed(toSyncError(thrown), key))
      .finally(() => {
        release();
        this.underWay.delete(done);
      });
    this.underWay.add(done);
  }

  /** What to wait for before another object, if anything. */
  room(): Promise<void> | undefined {
    const room = this.options.room?.();
    return room === undefined || this.signal.aborted ? undefined : this.orStop(room);
  }

  /** A listener that hangs must not keep a run from stopping. */
  private async orStop(room: Promise<void>): Promise<void> {
    await unlessStopped(room, this.signal, toSyncError).catch(() => undefined);
  }

  /** Waits for all that was begun. */
  async settle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** Tells how many items of each side are in pairs of the listings. */
  countListed(pairs: readonly Pair[]): void {
    let [sources, targets] = [0, 0];
    for (const { source, target } of pairs) {
      if (source !== undefined) sources += 1;
      if (target !== undefined) targets += 1;
    }
    if (sources > 0) this.emit({ type: "listed", side: "source", items: sources });
    if (targets > 0) this.emit({ type: "listed", side: "target", items: targets });
  }

  /** Tells that an object is to be sent. */
  queue({ key, size, versionId }: Entry): void {
    this.emit({ type: "queued", key, size, sourceVersionId: versionId });
  }

  /** Tells that an object is left alone. */
  skip(source: Entry, hidden: Hidden): void {
    this.emit({ type: "skipped", key: source.key, source, ...hidden });
  }

  /** Sends an object, when its turn has come. */
  async send(context: TransferContext, entry: Entry, target: Entry | undefined): Promise<void> {
    this.requireWritable(entry.key);
    await this.options.pace?.take(1, this.signal);
    await transfer(context, { ...entry, replaces: target }, this.signal);
  }

  /** @throws SyncError what the target has against a key, before anything is asked for */
  private requireWritable(key: Key): void {
    const refusal = this.options.target.refusal?.(key);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * Makes sure that a place in the target is not that of another key of the source: by a link it may have two names.
   *
   * @throws SyncError `path-clash`
   */
  async requireOwnPlace(key: Key): Promise<void> {
    const { source, target } = this.options;
    const other = target.otherKey?.(key);
    if (other === undefined || !(await holds(source, other, this.signal))) return;
    const text = `${JSON.stringify(key)} is not written: its place is that of ${JSON.stringify(other)}, by a link`;
    throw new SyncError("path-clash", text, { key });
  }

  /**
   * Says what sending an object would be.
   *
   * @param replaced what it takes the place of
   * @param isCleared what is in its place would be deleted by now
   * @throws SyncError why it would not be sent, as far as that shows without asking a server
   */
  pretend(
    context: TransferContext,
    entry: Entry,
    replaced: Entry | undefined,
    isCleared = false,
  ): void {
    if (!isCleared) this.requireWritable(entry.key);
    const { key, size, mtimeMs, versionId, etag } = entry;
    for (const traffic of estimate(context, entry)) this.emit({ type: "planned", traffic });
    if (replaced !== undefined) this.options.pretendBackup?.(replaced);
    this.emit({ type: "moved", key, bytes: size });
    this.emit({
      type: "synced",
      key,
      size,
      sourceMtimeMs: mtimeMs,
      sourceVersionId: versionId,
      sourceETag: etag,
      target: this.options.target.locate(key),
      dryRun: true,
    });
  }

  /** Why an object does not take part, by what only itself tells; `undefined` if it does. */
  async hiddenBy(entry: Entry, side: Side = "source"): Promise<Hidden | undefined> {
    const { contentFilter, [side]: store } = this.options;
    if (contentFilter === undefined) return undefined;
    const reader = await store.open(entry, false, this.signal);
    try {
      const { attributes } = reader.info;
      const reason = contentFilter.hides(attributes);
      if (reason !== undefined) return { reason, attributes };
      if (contentFilter.hidesByTags === undefined) return undefined;
      const tagging = (await reader.tagging?.(this.signal)) ?? "";
      const byTags = contentFilter.hidesByTags(tagging);
      return byTags === undefined ? undefined : { reason: byTags, attributes, tagging };
    } finally {
      await reader.close();
    }
  }

  /** Tells of something that is wrong with a key. An error ends the run, unless it is to go on. */
  report(error: SyncError, key: Key): void {
    if (error.code === "archived" && this.options.ignoresArchived === true) {
      this.emit({ type: "skipped", key, reason: "archived" });
      return;
    }
    const severity = severityOf(error, this.options.warningsAreErrors);
    this.emit({ type: severity, error, key });
    // Whatever a callback decides about the others may be wrong, too.
    const isFatal = error.code === "callback" || this.options.continuesOnError !== true;
    if (severity === "error" && isFatal) {
      this.stop.abort(stopReason());
    }
  }

  /** Nobody asks for a key by name that is not there, unless by mistake. */
  reportUnseen(filter: ObjectFilter | undefined): void {
    if (this.options.part?.places !== undefined || this.isEnding) return;
    for (const name of filter?.unseen() ?? []) {
      const key = asKey(name);
      if (this.options.isOwn?.(key) === false) continue;
      const text = `${JSON.stringify(name)} is asked for, and ${this.options.source.name} does not have it`;
      this.report(new SyncError("not-found", text, { key }), key);
    }
  }

  /** What is under way when the run stops reports the stop, each in its way; the reason was told before. */
  isByStop(error: SyncError): boolean {
    return this.options.signal.aborted || (error.code === "aborted" && this.signal.aborted);
  }

  /** Without its listings a run cannot go on, however mild the error would be for one object. */
  private fail(thrown: unknown): void {
    const error = toSyncError(thrown);
    if (!this.isByStop(error)) this.emit({ type: "error", error, key: undefined });
    this.stop.abort(stopReason());
  }
}

function stopReason(): SyncError {
  return new SyncError("aborted", "an error stopped the run");
}
