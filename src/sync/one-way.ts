/**
 * One-way synchronisation: list both sides, pair, decide, transfer; delete at the very end.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { type SyncError, toSyncError } from "../core/errors.ts";
import type { Evidence, Summary, SyncEvent } from "../core/events.ts";
import type { Key, KeyRange } from "../core/key.ts";
import type { Decision } from "../diff/decide.ts";
import type { PathClashes } from "../diff/path-clash.ts";
import type { Pair } from "../list/merge.ts";
import { mustBeSent } from "../transfer/comparing/compare.ts";
import type { Found } from "../transfer/comparing/found.ts";
import type { TransferContext } from "../transfer/context.ts";
import type { RepairRules } from "../transfer/repairing/repair.ts";
import type { StatusReport } from "./checking/status-report.ts";
import { Course } from "./course.ts";
import { Deletions } from "./deletions/deletions.ts";
import { Displaced } from "./deletions/displaced.ts";
import { SourceLife } from "./deletions/source-life.ts";
import { Turnover } from "./deletions/turnover.ts";
import { DirectoryAttributes } from "./directory-attributes.ts";
import { keep } from "./keep.ts";
import { heldBack, LateWork } from "./late-work.ts";
import type { OneWayRun } from "./one-way-run.ts";
import { PairJudge } from "./pair-judge.ts";
import { isThere, liesBefore } from "./pair-places.ts";
import { leftOutByCallback, type Screening } from "./screening.ts";
import { endangersDeletions } from "./severity.ts";
import { walkPairs } from "./walk.ts";

/**
 * Brings the target in step with the source.
 *
 * @returns what happened; errors are in it and in the events, it never throws
 */
export function syncOneWay(run: OneWayRun): Promise<Summary> {
  return new OneWay(run).run();
}

/** A decision that may lead to a transfer. */
type ToSend = Extract<Decision, { kind: "transfer" | "compare" }>;

class OneWay {
  private readonly course: Course;
  private readonly pairs: PairJudge;
  private readonly deletions: Deletions;
  private readonly late: LateWork<ToSend>;
  private readonly displaced: Displaced<ToSend>;
  private readonly turnover: Turnover;
  private readonly life: SourceLife;

  constructor(private readonly options: OneWayRun) {
    const { hierarchical, keepsMarkers = false } = options.target.capabilities;
    this.course = new Course(options, (event) => this.hear(event));
    this.turnover = new Turnover(options.comesAndGoes);
    this.life = new SourceLife(options.filter, options.showsLife);
    this.deletions = new Deletions({
      target: options.target,
      confirmIn: options.confirmsDeletes === true ? options.source : undefined,
      dryRun: options.dryRun,
      pretendBackup: options.pretendBackup,
      limit: options.deleteLimit,
      part: options.part,
      tempDir: options.transfer.tempDir,
      pace: options.pace,
      room: () => this.course.room(),
      plans: options.plans,
      emit: (event) => this.course.emit(event),
      report: (error, key) => this.course.report(error, key),
    });
    this.late = new LateWork(options.transfer.tempDir, options.stageOf);
    const { deletes, check, filter, known, range, shard, makesRoom } = options;
    const makesDirectories = hierarchical && !keepsMarkers;
    const { slice } = options.part ?? {};
    // What a slice keeps for later nobody would send.
    this.displaced = new Displaced(makesRoom === true && slice === undefined);
    this.pairs = new PairJudge({
      policy: { deletes, makesDirectories, check, filter, known },
      deletions: this.deletions,
      life: this.life,
      isLast: slice !== undefined && slice.found === undefined,
      hasOthers: (shard !== undefined || range !== undefined) && makesRoom !== true,
    });
  }

  async run(): Promise<Summary> {
    using deletions = this.deletions;
    using _late = this.late;
    using directories = new DirectoryAttributes(this.options.transfer.tempDir);
    const { statusReport, target } = this.options;
    return await this.course.run(
      async (context) => {
        const { signal } = this.course;
        if (this.options.repairs?.files !== undefined && target.alignFile !== undefined) {
          context.noteDirectory = (...noted) => directories.note(...noted);
        }
        await this.work(context, deletions);
        await directories.give(target, (...failed) => this.course.report(...failed), signal);
      },
      () => (statusReport === undefined ? {} : { status: statusReport.counts }),
    );
  }

  private async work(context: TransferContext, deletions: Deletions): Promise<void> {
    const { course } = this;
    const visitor = {
      listed: (pairs: readonly Pair[]) => this.takeListed(pairs),
      visit: (pair: Pair, clashes: PathClashes | undefined, range: KeyRange) =>
        this.visit(context, pair, clashes, range),
      passBy: (pair: Pair, clashes: PathClashes | undefined) => this.pairs.passBy(pair, clashes),
      takesPlace: (pair: Pair) => this.pairs.takesPlace(pair),
    };
    await course.list(walkPairs(this.options, visitor, course.listing));
    await course.screening?.settle();
    course.emit({ type: "listing-complete" });
    course.reportUnseen(this.options.filter);
    await course.settle();
    const { slice } = this.options.part ?? {};
    if (slice?.found !== undefined) {
      if (course.isWell) await this.judgeAbsence(deletions);
      const { refusal } = deletions;
      return slice.found({ ...this.turnover.counted, sourceIsEmpty: this.life.isEmpty, refusal });
    }
    if (course.isWell) await this.judge(deletions);
    await this.sendLate(context);
    if (course.isWell) await deletions.carryOut(this.turnover.counted, course.signal);
    for (const decision of this.displaced.end()) await this.start(context, decision);
    await course.settle();
  }

  /** Whether so much may be gone: if not, the source is hardly what it should be, and nothing that comes last is sent. */
  private async judge(deletions: Deletions): Promise<void> {
    await this.judgeAbsence(deletions);
    deletions.judge(this.turnover.counted);
  }

  /** Whether the source is there at all, where it has nothing of what the target has. */
  private async judgeAbsence(deletions: Deletions): Promise<void> {
    if (this.life.isMissing && !(deletions.isEmpty && this.late.isEmpty)) {
      const refusal = await this.options.beforeEmptying?.(this.course.signal);
      if (refusal !== undefined) deletions.block(refusal, true);
    }
  }

  /** What leads to all the rest: nobody is to see it before that is there. */
  private async sendLate(context: TransferContext): Promise<void> {
    const { course } = this;
    for (const { items, waiting } of this.late.inStages()) {
      if (course.signal.aborted) return;
      const reason = course.isWell ? this.deletions.refusal : "there were errors";
      if (reason !== undefined) return course.emit(heldBack(waiting, reason));
      for (const decision of items) {
        await this.start(context, decision);
        if (course.signal.aborted) break;
      }
      await course.settle();
    }
  }

  private hear(event: SyncEvent): void {
    if (event.type === "warning" && event.error.code === "integrity") {
      this.deletions.block("an object in the target is not what was sent");
    }
  }

  /** Acts on a pair of the listings, or starts to. */
  private visit(
    context: TransferContext,
    pair: Pair,
    clashes: PathClashes | undefined,
    range: KeyRange,
  ): Promise<void> | undefined {
    const { course } = this;
    const decision = this.pairs.decide(pair, clashes);
    const work =
      course.screening === undefined
        ? this.act(context, pair, decision, range)
        : this.screened(course.screening, context, pair, decision, range);
    const room = course.room();
    return work === undefined || room === undefined ? (work ?? room) : work.then(() => room);
  }

  /** Has somebody else decide first whether an object takes part. */
  private screened(
    screening: Screening,
    context: TransferContext,
    pair: Pair,
    decision: Decision,
    range: KeyRange,
  ): Promise<void> | undefined {
    const { course } = this;
    const { key, source, target } = pair;
    const act = (): Promise<void> | undefined => this.act(context, pair, decision, range);
    if (source?.kind !== "object" || target?.kind === "gap") return act();
    // What other filters leave out is none of its business.
    if (decision.kind === "hidden") return act();
    return screening.ask(
      source,
      (takesPart) => {
        if (takesPart) return act();
        course.skip(source, { reason: leftOutByCallback });
        return undefined;
      },
      (thrown) => this.transferFailed(toSyncError(thrown), key),
    );
  }

  private act(
    context: TransferContext,
    pair: Pair,
    decision: Decision,
    range: KeyRange,
  ): Promise<void> | undefined {
    switch (decision.kind) {
      case "transfer":
      case "compare":
        return this.late.takes(decision) ? undefined : this.start(context, decision);
      case "delete":
        this.turnover.goes(decision.entry);
        this.deletions.add(decision.entry);
        return undefined;
      case "hidden":
      case "skip":
        return this.skip(context, pair, decision);
      case "warn":
        // What covers the range from outside is told where it lies.
        if (!liesBefore(pair.key, range)) this.course.report(decision.error, pair.key);
        return undefined;
      case "nothing":
        this.options.statusReport?.takeExtra(pair, this.options.filter);
        return undefined;
    }
  }

  /** Leaves the contents alone; what stands beside them may have to be brought in step. */
  private skip(
    context: TransferContext,
    { key, source }: Pair,
    decision: Extract<Decision, { kind: "skip" | "hidden" }>,
  ): Promise<void> | undefined {
    const { reason } = decision;
    const evidence = decision.kind === "skip" ? decision.evidence : undefined;
    if (evidence === undefined || this.repairsOf(evidence) === undefined) {
      const entry = source?.kind === "object" ? source : undefined;
      this.course.emit({ type: "skipped", key, reason, source: entry, evidence });
      return undefined;
    }
    return this.course.begin(
      key,
      0,
      () => this.keep(context, evidence),
      (error) => this.transferFailed(error, key),
    );
  }

  private repairsOf({ target }: Evidence): RepairRules | undefined {
    const { repairs, mayDiffer } = this.options;
    return mayDiffer?.(target) === false ? undefined : repairs;
  }

  private keep(context: TransferContext, evidence: Evidence): Promise<void> {
    return keep(this.course, context, evidence, this.repairsOf(evidence), this.options.dryRun);
  }

  private takeListed(pairs: readonly Pair[]): void {
    for (const pair of pairs) {
      if (pair.source?.kind === "object") this.options.filter?.see(pair.key);
      this.turnover.list(pair);
    }
    this.course.countListed(pairs);
  }

  /** Waits for a free place and starts a transfer, or finds out first whether it is one. */
  private async start(context: TransferContext, decision: ToSend): Promise<void> {
    const { entry } = decision;
    const { key, size } = entry;
    const { check, contentFilter, statusReport, target } = this.options;
    const mustLook =
      statusReport !== undefined ||
      decision.kind === "compare" ||
      check.headEachTarget ||
      target.otherKey !== undefined ||
      contentFilter !== undefined;
    if (!mustLook) {
      this.course.queue(entry);
      if (this.options.dryRun) return this.pretend(context, decision, decision.target);
    }
    await this.course.begin(
      key,
      size,
      () => this.workOn(context, decision, mustLook),
      (error) => {
        if (!this.displaced.takes(error, decision)) this.transferFailed(error, key);
      },
    );
  }

  private async workOn(
    context: TransferContext,
    decision: ToSend,
    mustLook: boolean,
  ): Promise<void> {
    if (this.options.statusReport !== undefined) {
      return this.tellStatus(context, decision, this.options.statusReport);
    }
    if (mustLook) return this.look(context, decision);
    return this.course.send(context, decision.entry, decision.target);
  }

  private async tellStatus(
    context: TransferContext,
    { entry, target }: ToSend,
    statusReport: StatusReport,
  ): Promise<void> {
    const { course } = this;
    const hidden = await course.hiddenBy(entry);
    if (hidden !== undefined) return course.skip(entry, hidden);
    course.queue(entry);
    await statusReport.compare(context, entry, target, course.signal);
  }

  /** Sends an object if a closer look shows that it must be. */
  private async look(context: TransferContext, decision: ToSend): Promise<void> {
    const { course } = this;
    const { entry } = decision;
    const { key } = entry;
    const { check } = this.options;
    const found: Found =
      decision.kind === "compare" || check.headEachTarget
        ? await mustBeSent(context, check, entry, decision.target, course.signal)
        : { kind: "stale", target: decision.target };
    if (found.kind === "current") {
      const { evidence } = found;
      if (evidence !== undefined) return this.keep(context, evidence);
      return course.skip(entry, { reason: "unchanged" });
    }
    const hidden = await course.hiddenBy(entry);
    if (hidden !== undefined) return course.skip(entry, hidden);
    if (found.kind === "unknown") course.report(found.error, key);
    await course.requireOwnPlace(key);
    if (course.signal.aborted) return;
    course.queue(entry);
    if (this.options.dryRun) this.pretend(context, decision, found.target);
    else await course.send(context, entry, found.target);
  }

  private pretend(context: TransferContext, decision: ToSend, target: Entry | undefined): void {
    const { entry } = decision;
    try {
      if (target !== undefined && context.options.guards === "absence") throw isThere(entry);
      // What would be deleted by now is there to the end.
      const isCleared = this.displaced.isOver && this.deletions.refusal === undefined;
      this.course.pretend(context, entry, target, isCleared);
      for (const plan of this.options.plans ?? []) plan.send(entry, target);
    } catch (thrown) {
      const error = toSyncError(thrown);
      if (!this.displaced.takes(error, decision)) this.transferFailed(error, entry.key);
    }
  }

  private transferFailed(error: SyncError, key: Key): void {
    if (error.code === "path-clash") this.deletions.spare(key);
    if (endangersDeletions(error)) {
      this.deletions.block("not everything could be transferred");
    }
    if (!this.course.isByStop(error)) this.course.report(error, key);
  }
}
