/**
 * Live progress of a job that many machines work on: one line on a terminal that is drawn anew, or a plain line every few
 * seconds elsewhere.
 *
 * @module
 */
import { type Display, type Field, fitted, LiveLine, type ProgressTarget } from "./live-line.ts";
import { bytes, counted, grouped } from "./numbers.ts";

const plainMs = 5000;
/** Workers note bytes every two seconds, in milliseconds: the rate is that of the last ones. */
const byteMs = 10_000;
/** They tell of keys once in a slice of work, in milliseconds. */
const keyMs = 30_000;

/** What was done of a job, and how much of it is left. */
export interface JobTotals {
  readonly counts: {
    readonly transferredObjects: number;
    readonly skipped: number;
    readonly deleted: number;
    readonly errors: number;
    readonly warnings: number;
  };
  /** Also of objects under way. */
  readonly movedBytes: number;
  readonly ranges: {
    readonly open: number;
    readonly finished: number;
    readonly givenUp: number;
  };
}

/** How a job stands. */
export interface JobProgress {
  readonly job: { readonly stage: "send" | "delete" };
  readonly totals: JobTotals;
  readonly workers: number;
}

interface Sample {
  readonly at: number;
  readonly bytes: number;
  readonly keys: number;
}

/** What is done about all of a job now. */
export function stageText({ stage }: JobProgress["job"]): string {
  return stage === "send" ? "sending" : "deleting";
}

/** Shows how far a job is. */
export class JobLine implements Display {
  private readonly timer: Timer | undefined;
  private readonly shown: LiveLine;
  private readonly history: Sample[] = [];
  private state: JobProgress | undefined;

  constructor(
    private readonly target: ProgressTarget,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.shown = new LiveLine(target);
    if (!target.live) this.timer = setInterval(() => this.write(), plainMs);
  }

  take(state: JobProgress): void {
    this.state = state;
    const { transferredObjects, skipped, deleted } = state.totals.counts;
    const keys = transferredObjects + skipped + deleted;
    const at = this.now();
    this.history.push({ at, bytes: state.totals.movedBytes, keys });
    while (at - (this.history[0]?.at ?? at) > keyMs) this.history.shift();
    if (this.target.live) this.shown.draw((width) => this.line(width));
  }

  clear(): void {
    this.shown.clear();
  }

  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private write(): void {
    if (this.state !== undefined) this.target.write(`${this.line()}\n`);
  }

  /**
   * What the display says now.
   *
   * @param width what does not fit is left out, the least useful first
   */
  line(width = Infinity): string {
    const { state } = this;
    return state === undefined ? "" : fitted(this.fields(state), width);
  }

  private fields({ job, totals: { counts, ranges, movedBytes }, workers }: JobProgress): Field[] {
    const { byteRate, keyRate } = this.rates();
    const { skipped, deleted, errors, warnings } = counts;
    const troubles = errors + warnings;
    const all = ranges.open + ranges.finished + ranges.givenUp;
    const some = (count: number, text: string, rank: number): Field[] =>
      count > 0 ? [{ text, rank }] : [];
    return [
      { text: stageText(job), rank: 0 },
      { text: `${grouped(ranges.finished)}/${counted(all, "range")}`, rank: 1 },
      ...some(ranges.givenUp, `${grouped(ranges.givenUp)} given up`, 2),
      { text: `${grouped(counts.transferredObjects)} objects`, rank: 0 },
      { text: bytes(movedBytes), rank: 4 },
      { text: `${bytes(byteRate)}/s`, rank: 8 },
      { text: `${grouped(keyRate)} keys/s`, rank: 7 },
      ...some(skipped, `skipped ${grouped(skipped)}`, 6),
      ...some(deleted, `deleted ${grouped(deleted)}`, 5),
      ...some(troubles, counted(troubles, "problem"), 2),
      { text: workers === 0 ? "no worker" : counted(workers, "worker"), rank: 3 },
    ];
  }

  private rates(): { readonly byteRate: number; readonly keyRate: number } {
    return {
      byteRate: this.rate(byteMs, (sample) => sample.bytes),
      keyRate: Math.round(this.rate(keyMs, (sample) => sample.keys)),
    };
  }

  /** Of the last milliseconds, per second. */
  private rate(ms: number, of: (sample: Sample) => number): number {
    const last = this.history.at(-1);
    const first = this.history.find(({ at }) => last !== undefined && last.at - at <= ms);
    if (first === undefined || last === undefined || last === first) return 0;
    return (of(last) - of(first)) / Math.max((last.at - first.at) / 1000, 0.001);
  }
}
