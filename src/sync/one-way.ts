/**
 * One-way synchronisation: list both sides, pair, decide, transfer; delete at the very end.
 *
 * @module
 */
import type { DeleteLimit } from "../config/kinds.ts";
import type { Entry, Gap } from "../core/entry.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import type { EventSink, Route, Summary, SyncEvent } from "../core/events.ts";
import { asKey, compareKeys, type Key, type KeyRange } from "../core/key.ts";
import type { Pace } from "../core/pace.ts";
import { decide, type Decision, type Policy } from "../diff/decide.ts";
import type { PathClashes } from "../diff/path-clash.ts";
import type { UpdateCheck } from "../diff/update-check.ts";
import type { ContentFilter } from "../filter/content-filter.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import type { Pair } from "../list/merge.ts";
import type { Store } from "../store/store.ts";
import { type Found, mustBeSent } from "../transfer/compare.ts";
import { TransferContext, type TransferOptions } from "../transfer/context.ts";
import { estimate } from "../transfer/estimate.ts";
import { transfer } from "../transfer/transfer.ts";
import { Deletions } from "./deletions.ts";
import { severityOf } from "./severity.ts";
import type { StatusReport } from "./status-report.ts";
import { Tally } from "./summary.ts";
import type { TrafficMeter } from "./traffic-meter.ts";
import { walkPairs } from "./walk.ts";
import type { Workers } from "./workers.ts";

/** A run of the engine: two stores and what to do with them. */
export interface OneWayRun {
  readonly source: Store;
  readonly target: Store;
  /** The keys that the run is about. Default: all. */
  readonly range?: KeyRange | undefined;
  readonly route: Route;
  readonly deletes: boolean;
  /** More is not deleted, none of it. */
  readonly deleteLimit?: DeleteLimit | undefined;
  /** Which objects are sent at all; `undefined`: all. */
  readonly filter?: ObjectFilter | undefined;
  /** The same by what only the objects themselves tell. */
  readonly contentFilter?: ContentFilter | undefined;
  /** Which objects are sent that the target has. */
  readonly check: UpdateCheck;
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
  /** Places at which both sides are listed at the same time. */
  readonly parallelListings: number;
  readonly transfer: TransferOptions;
  /** Only compare, tell how objects stand, and change nothing. */
  readonly statusReport?: StatusReport | undefined;
  /** Counts what is asked of the stores; it hears the same events. */
  readonly meter: TrafficMeter;
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
}

/**
 * Brings the target in step with the source.
 *
 * @returns what happened; errors are in it and in the events, it never throws
 */
export function syncOneWay(run: OneWayRun): Promise<Summary> {
  return new OneWay(run).run();
}

/**
 * Failures after which the rest may still be deleted: the object is gone, or it can never be in this target.
 * After any other one the target may hold the only copy of what could not be transferred.
 */
const harmlessFailures: ReadonlySet<string> = new Set([
  "not-found",
  "unsafe-key",
  "path-clash",
  "special-file",
]);

/** Gaps that are no failure of the listing: a name that cannot be a key, a link that leads in circles. */
const harmlessGaps: ReadonlySet<string> = new Set(["file-name", "link-loop"]);

/** A decision that may lead to a transfer. */
type ToSend = Extract<Decision, { kind: "transfer" | "compare" }>;

class OneWay {
  private readonly tally = new Tally();
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly underWay = new Set<Promise<void>>();
  private readonly policy: Policy;
  private readonly deletions: Deletions;
  /** Objects that the target has. */
  private targetObjects = 0;

  constructor(private readonly options: OneWayRun) {
    const { hierarchical } = options.target.capabilities;
    this.signal = AbortSignal.any([options.signal, this.stop.signal]);
    this.deletions = new Deletions({
      target: options.target,
      dryRun: options.dryRun,
      limit: options.deleteLimit,
      tempDir: options.transfer.tempDir,
      pace: options.pace,
      emit: (event) => this.emit(event),
      report: (error, key) => this.report(error, key),
    });
    const { deletes, check, filter } = options;
    this.policy = { deletes, hierarchical, check, filter };
  }

  async run(): Promise<Summary> {
    const { source, target, route, dryRun } = this.options;
    const startedAt = performance.now();
    this.emit({ type: "start", source: source.name, target: target.name, route, dryRun });
    const emit = (event: SyncEvent): void => this.emit(event);
    const context = new TransferContext(source, target, this.options.transfer, emit);
    using deletions = this.deletions;
    try {
      await walkPairs(
        this.options,
        {
          listed: (pairs) => this.countListed(pairs),
          visit: (pair, clashes, range) => this.visit(context, pair, clashes, range),
        },
        this.signal,
      );
      this.emit({ type: "listing-complete" });
      this.reportUnseen();
      await Promise.all(this.underWay);
      const isWell = !this.tally.hasErrors && !this.signal.aborted;
      if (isWell) await deletions.carryOut(this.targetObjects, this.signal);
    } catch (thrown) {
      this.failRun(thrown);
      await Promise.allSettled(this.underWay);
    } finally {
      context.close();
    }
    const interrupted = this.options.signal.aborted;
    const durationMs = performance.now() - startedAt;
    const { traffic } = this.options.meter;
    const counted = this.tally.summary(durationMs, dryRun, interrupted, traffic);
    const summary = { ...counted, status: this.options.statusReport?.counts };
    this.options.onEvent({ type: "end", summary });
    return summary;
  }

  private emit(event: SyncEvent): void {
    if (event.type === "warning" && event.error.code === "integrity") {
      this.deletions.block("an object in the target is not what was sent");
    }
    this.tally.take(event);
    this.options.onEvent(event);
  }

  /** Nobody asks for a key by name that is not there, unless by mistake. */
  private reportUnseen(): void {
    for (const name of this.options.filter?.unseen() ?? []) {
      const key = asKey(name);
      const text = `${JSON.stringify(name)} is asked for, and ${this.options.source.name} does not have it`;
      this.report(new SyncError("not-found", text, { key }), key);
    }
  }

  /** Acts on a pair of the listings, or starts to. */
  private visit(
    context: TransferContext,
    pair: Pair,
    clashes: PathClashes | undefined,
    range: KeyRange,
  ): Promise<void> | undefined {
    const decision = this.decide(pair, clashes);
    switch (decision.kind) {
      case "transfer":
      case "compare":
        return this.start(context, decision);
      case "delete":
        this.deletions.add(decision.entry);
        return undefined;
      case "skip": {
        const { reason, evidence } = decision;
        this.emit({ type: "skipped", key: pair.key, reason, evidence });
        return undefined;
      }
      case "warn":
        // What covers the range from outside is told where it lies.
        if (!liesBefore(pair.key, range)) this.report(decision.error, pair.key);
        return undefined;
      case "nothing":
        this.tellExtra(pair);
        return undefined;
    }
  }

  private countListed(pairs: readonly Pair[]): void {
    let [sources, targets] = [0, 0];
    for (const { source, target } of pairs) {
      if (source !== undefined) sources += 1;
      if (target !== undefined) targets += 1;
      if (target?.kind === "object") this.targetObjects += 1;
    }
    if (sources > 0) this.emit({ type: "listed", side: "source", items: sources });
    if (targets > 0) this.emit({ type: "listed", side: "target", items: targets });
  }

  private decide(pair: Pair, clashes: PathClashes | undefined): Decision {
    const { key, source, target } = pair;
    for (const side of [source, target]) {
      if (side?.kind === "gap" && !harmlessGaps.has((side satisfies Gap).error.code)) {
        this.deletions.block("a part of a listing is missing");
      }
    }
    const blocking = source?.kind === "object" ? clashes?.check(key) : undefined;
    if (blocking !== undefined) return { kind: "warn", error: clash(key, blocking) };
    return decide(pair, this.policy);
  }

  /** Waits for a free place and starts a transfer, or finds out first whether it is one. */
  private async start(context: TransferContext, decision: ToSend): Promise<void> {
    const { key, size } = decision.entry;
    const { check, contentFilter, statusReport } = this.options;
    const mustLook =
      statusReport !== undefined ||
      decision.kind === "compare" ||
      check.headEachTarget ||
      contentFilter !== undefined;
    if (!mustLook) {
      this.emit({ type: "queued", key, size });
      if (this.options.dryRun) return this.pretend(context, decision.entry);
    }
    const release = await this.options.workers.enter(size);
    if (this.signal.aborted) {
      release();
      return;
    }
    const work = this.workOn(context, decision, mustLook)
      .catch((thrown: unknown) => this.transferFailed(thrown, key))
      .finally(() => {
        release();
        this.underWay.delete(work);
      });
    this.underWay.add(work);
  }

  private async workOn(
    context: TransferContext,
    decision: ToSend,
    mustLook: boolean,
  ): Promise<void> {
    if (this.options.statusReport !== undefined) {
      return this.tellStatus(context, decision, this.options.statusReport);
    }
    return mustLook ? this.look(context, decision) : this.send(context, decision);
  }

  private async tellStatus(
    context: TransferContext,
    { entry, target }: ToSend,
    statusReport: StatusReport,
  ): Promise<void> {
    const { key, size } = entry;
    const reason = await this.hiddenBy(entry);
    if (reason !== undefined) return this.emit({ type: "skipped", key, reason });
    this.emit({ type: "queued", key, size });
    await statusReport.compare(context, entry, target, this.signal);
  }

  /** What only the target has, and would be deleted by --delete. */
  private tellExtra({ key, source, target }: Pair): void {
    const { statusReport, filter } = this.options;
    if (statusReport === undefined || source !== undefined || target?.kind !== "object") return;
    if (filter?.protects(key) !== true) statusReport.extra(target);
  }

  private async send(context: TransferContext, { entry, target }: ToSend): Promise<void> {
    await this.options.pace?.take(1, this.signal);
    await transfer(context, { ...entry, replaces: target }, this.signal);
  }

  /** Sends an object if a closer look shows that it must be. */
  private async look(context: TransferContext, decision: ToSend): Promise<void> {
    const { entry } = decision;
    const { key, size } = entry;
    const found = await this.lookAt(context, decision);
    if (found.kind === "current") {
      const { evidence } = found;
      return this.emit({ type: "skipped", key, reason: "unchanged", evidence });
    }
    const reason = await this.hiddenBy(entry);
    if (reason !== undefined) return this.emit({ type: "skipped", key, reason });
    if (found.kind === "unknown") this.report(found.error, key);
    if (this.signal.aborted) return;
    this.emit({ type: "queued", key, size });
    if (this.options.dryRun) this.pretend(context, entry);
    else await this.send(context, { kind: "transfer", entry, target: found.target });
  }

  private async lookAt(context: TransferContext, { kind, entry, target }: ToSend): Promise<Found> {
    const { check } = this.options;
    if (kind === "transfer" && !check.headEachTarget) return { kind: "stale", target };
    return mustBeSent(context, check, entry, target, this.signal);
  }

  private async hiddenBy(entry: Entry): Promise<string | undefined> {
    const { source, contentFilter } = this.options;
    if (contentFilter === undefined) return undefined;
    const reader = await source.open(entry, false, this.signal);
    try {
      const reason = contentFilter.hides(reader.info.attributes);
      if (reason !== undefined || contentFilter.hidesByTags === undefined) return reason;
      return contentFilter.hidesByTags((await reader.tagging?.(this.signal)) ?? "");
    } finally {
      await reader.close();
    }
  }

  private pretend(context: TransferContext, entry: Entry): void {
    const { key, size, mtimeMs } = entry;
    try {
      for (const traffic of estimate(context, entry)) this.emit({ type: "planned", traffic });
    } catch (thrown) {
      return this.transferFailed(thrown, key);
    }
    this.emit({ type: "moved", key, bytes: size });
    this.emit({
      type: "synced",
      key,
      size,
      sourceMtimeMs: mtimeMs,
      sourceVersionId: undefined,
      target: this.options.target.locate(key),
      dryRun: true,
    });
  }

  private transferFailed(thrown: unknown, key: Key): void {
    const error = toSyncError(thrown);
    if (error.code === "path-clash") this.deletions.spare(key);
    if (!harmlessFailures.has(error.code)) {
      this.deletions.block("not everything could be transferred");
    }
    if (!this.isByStop(error)) this.report(error, key);
  }

  /** Without its listings a run cannot go on, however mild the error would be for one object. */
  private failRun(thrown: unknown): void {
    const error = toSyncError(thrown);
    if (!this.isByStop(error)) this.emit({ type: "error", error, key: undefined });
    this.stop.abort(stopReason());
  }

  /** What is under way when the run stops reports the stop, each in its way; the reason was told before. */
  private isByStop(error: SyncError): boolean {
    return this.options.signal.aborted || (error.code === "aborted" && this.signal.aborted);
  }

  private report(error: SyncError, key: Key): void {
    if (error.code === "archived" && this.options.ignoresArchived === true) {
      this.emit({ type: "skipped", key, reason: "archived" });
      return;
    }
    const severity = severityOf(error, this.options.warningsAreErrors);
    this.emit({ type: severity, error, key });
    if (severity === "error" && this.options.continuesOnError !== true) {
      this.stop.abort(stopReason());
    }
  }
}

function liesBefore(key: Key, { after }: KeyRange): boolean {
  return after !== undefined && compareKeys(key, after) < 0;
}

function stopReason(): SyncError {
  return new SyncError("aborted", "an error stopped the run");
}

function clash(key: Key, blocking: Key): SyncError {
  const what =
    key === blocking ? "another key has the same path" : `${JSON.stringify(blocking)} is a file`;
  return new SyncError("path-clash", `${JSON.stringify(key)} is not written: ${what}`, { key });
}
