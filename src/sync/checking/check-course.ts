/**
 * A check: list both sides, pair, and find out of each pair whether it is the same. Nothing is changed.
 *
 * @module
 */
import { type Checked, CheckTally, type SampleSize, type Standing } from "../../core/check.ts";
import type { Entry } from "../../core/entry.ts";
import { type SyncError, toSyncError } from "../../core/errors.ts";
import type { Hidden, Side, Summary } from "../../core/events.ts";
import type { Key, KeyRange } from "../../core/key.ts";
import { type Matter, matterOf } from "../../diff/check-pair.ts";
import type { ObjectFilter } from "../../filter/object-filter.ts";
import type { Pair } from "../../list/merge.ts";
import { type Effort, examine, liesHere } from "../../transfer/comparing/agree.ts";
import type { TransferContext } from "../../transfer/context.ts";
import { judgeListed } from "../../verify/agreement.ts";
import { Course, type CourseOptions } from "../course.ts";
import { liesBefore } from "../pair-places.ts";
import { leftOutByCallback } from "../screening.ts";
import { severityOf } from "../severity.ts";
import { walkPairs } from "../walk.ts";
import { Sample } from "./sample.ts";

/** Of which objects the bytes of both sides are read. */
export type Reading =
  | { readonly kind: "none" | "all" }
  | { readonly kind: "sample"; readonly size: SampleSize; readonly seed: number };

/** A check of two stores. */
export interface CheckRun extends CourseOptions {
  /** The keys that it is about. Default: all. */
  readonly range?: KeyRange | undefined;
  readonly filter?: ObjectFilter | undefined;
  readonly parallelListings: number;
  readonly reading: Reading;
}

/**
 * Compares both sides.
 *
 * @returns what was found, as counters; errors are in it and in the events, it never throws
 */
export function checkBoth(run: CheckRun): Promise<Summary> {
  return new CheckCourse(run).run();
}

/** What is told about: a key, and the objects of it. */
type Subject = Pick<Checked, "key" | "source" | "target">;

/** Both sides have it, and the listings do not tell whether it is the same. */
interface Candidate extends Subject {
  readonly source: Entry;
  readonly target: Entry;
}

class CheckCourse {
  private readonly course: Course;
  private readonly tally: CheckTally;
  private readonly sample: Sample<Candidate> | undefined;

  constructor(private readonly options: CheckRun) {
    this.course = new Course(options, () => undefined);
    const { reading } = options;
    const isSample = reading.kind === "sample";
    this.sample = isSample ? new Sample(reading.size, reading.seed) : undefined;
    this.tally = new CheckTally(isSample ? { size: reading.size, seed: reading.seed } : undefined);
  }

  run(): Promise<Summary> {
    return this.course.run(
      (context) => this.work(context),
      () => ({ check: this.tally.counts }),
    );
  }

  private async work(context: TransferContext): Promise<void> {
    const { course } = this;
    const visitor = {
      listed: (pairs: readonly Pair[]) => course.countListed(pairs),
      visit: (pair: Pair, _clashes: unknown, range: KeyRange) => this.visit(context, pair, range),
      // What a list names as a directory may be there only with keys of others.
      passBy: ({ key, source, target }: Pair) => {
        if ((source ?? target)?.kind === "object") this.options.filter?.see(key);
      },
      // Nothing is written, so that nothing stands in the way of anything.
      takesPlace: () => false,
    };
    await walkPairs(this.options, visitor, course.signal);
    await course.screening?.settle();
    course.emit({ type: "listing-complete" });
    course.reportUnseen(this.options.filter);
    if (this.sample !== undefined) await this.followSample(context, this.sample.finish());
    await course.settle();
  }

  private visit(context: TransferContext, pair: Pair, range: KeyRange): Promise<void> | undefined {
    const { course } = this;
    const matter = matterOf(pair);
    if (matter.kind === "nothing") return undefined;
    const { key } = pair;
    const about = matter.source ?? matter.target;
    if (about === undefined) {
      // What covers the range from outside is told where it lies.
      return liesBefore(key, range) ? undefined : this.look(context, key, matter);
    }
    this.options.filter?.see(about.key);
    const reason = this.options.filter?.hides(about);
    if (reason !== undefined) return this.leaveOut(matter, key, { reason });
    const work =
      course.screening === undefined
        ? this.look(context, key, matter)
        : this.screened(context, about, matter);
    const room = course.room();
    return work === undefined || room === undefined ? (work ?? room) : work.then(() => room);
  }

  /** Has somebody else decide first whether an object takes part. */
  private screened(
    context: TransferContext,
    about: Entry,
    matter: Exclude<Matter, { kind: "nothing" }>,
  ): Promise<void> | undefined {
    const { key } = about;
    return this.course.screening?.ask(
      about,
      (takesPart) => {
        if (takesPart) return this.look(context, key, matter);
        return this.leaveOut(matter, key, { reason: leftOutByCallback });
      },
      (thrown) => this.course.report(toSyncError(thrown), key),
    );
  }

  private leaveOut({ source }: Pick<Subject, "source">, key: Key, hidden: Hidden): undefined {
    this.course.emit({ type: "skipped", key, source, ...hidden });
  }

  /** Says what the listings tell, or sees to it that more is found out. */
  private look(
    context: TransferContext,
    key: Key,
    matter: Exclude<Matter, { kind: "nothing" }>,
  ): Promise<void> | undefined {
    if (matter.kind === "found") return this.say({ ...matter, key }, matter.standing);
    const candidate = { key, source: matter.source, target: matter.target };
    const listed = judgeListed(matter.source, matter.target);
    const { reading } = this.options;
    const isOpen = listed === undefined || (listed.verdict === "same" && listed.by === "etag");
    if (listed !== undefined && (!isOpen || reading.kind === "none")) {
      return this.say(candidate, listed);
    }
    if (this.sample !== undefined) return this.followSample(context, this.sample.offer(candidate));
    return this.begin(context, candidate, reading.kind === "all" ? "bytes" : "proof");
  }

  private followSample(
    context: TransferContext,
    drawn: { readonly chosen: readonly Candidate[]; readonly left: readonly Candidate[] },
  ): Promise<void> | undefined {
    const begun = async (): Promise<void> => {
      for (const each of drawn.left) await this.compareLightly(context, each);
      for (const each of drawn.chosen) await this.begin(context, each, "bytes");
    };
    return drawn.left.length + drawn.chosen.length === 0 ? undefined : begun();
  }

  /** What is not in the sample: a million of them must not wait for a place each, only to be told. */
  private compareLightly(
    context: TransferContext,
    candidate: Candidate,
  ): Promise<void> | undefined {
    const { source, target } = candidate;
    const listed = judgeListed(source, target);
    if (listed !== undefined) return this.say(candidate, listed);
    const isHere = liesHere(context.source, source) || liesHere(context.target, target);
    return isHere
      ? this.say(candidate, { verdict: "alike" })
      : this.begin(context, candidate, "likeness");
  }

  /** Waits for a free place and compares there. */
  private begin(context: TransferContext, candidate: Candidate, effort: Effort): Promise<void> {
    const { course } = this;
    const { key, source, target } = candidate;
    return this.inPlace(candidate, async () => {
      course.emit({ type: "queued", key, size: source.size });
      const found = await examine(context, source, target, effort, course.signal);
      this.tell(candidate, found.agreement, found.readBytes);
    });
  }

  /** Tells of a standing at once, unless only the object itself says whether it takes part. */
  private say(subject: Subject, standing: Standing): Promise<void> | undefined {
    const tell = (): void => {
      const { key, source, target } = subject;
      this.course.emit({ type: "queued", key, size: (source ?? target)?.size ?? 0 });
      this.tell(subject, standing, 0);
    };
    const isAboutObject = subject.source !== undefined || subject.target !== undefined;
    if (this.options.contentFilter !== undefined && isAboutObject) {
      return this.inPlace(subject, async () => tell());
    }
    tell();
    return undefined;
  }

  private inPlace(subject: Subject, work: () => Promise<void>): Promise<void> {
    const { course } = this;
    const { key, source, target } = subject;
    return course.begin(
      key,
      source?.size ?? 0,
      async () => {
        const hidden = await this.hides(source, target);
        if (hidden === undefined) await work();
        else this.leaveOut(subject, key, hidden);
      },
      (error) => this.failed(subject, error),
    );
  }

  private async hides(
    source: Entry | undefined,
    target: Entry | undefined,
  ): Promise<Hidden | undefined> {
    const [entry, side]: [Entry | undefined, Side] =
      source === undefined ? [target, "target"] : [source, "source"];
    return entry === undefined ? undefined : this.course.hiddenBy(entry, side);
  }

  /** An object that cannot be read is not proven; what says something about all others ends the check. */
  private failed(subject: Subject, error: SyncError): void {
    const { course } = this;
    if (course.isByStop(error)) return;
    if (severityOf(error, false) === "error") course.report(error, subject.key);
    else this.tell(subject, { verdict: "unproven", reason: error.message }, 0);
  }

  private tell({ key, source, target }: Subject, standing: Standing, readBytes: number): void {
    const checked: Checked = { key, source, target, readBytes, ...standing };
    this.tally.take(checked);
    this.course.emit({ type: "checked", ...checked });
  }
}
