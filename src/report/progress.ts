/**
 * Live progress: one line on a terminal that is drawn anew, or a plain line every few seconds elsewhere.
 *
 * @module
 */
import type { SyncEvent } from "../core/events.ts";
import { type Display, type Field, fitted, LiveLine, type ProgressTarget } from "./live-line.ts";
import { bytes, clock, grouped } from "./numbers.ts";

const redrawMs = 200;
const plainMs = 5000;
/** Before that much time has passed, a rate says little: the longest time left that is told then, and ever. */
const earlyMs = 10_000;
const longestEarlyMs = 10 * 60_000;
const longestMs = 30 * 86_400_000;
/** Rates are averages over this many samples. */
const samples = 15;

interface Sample {
  readonly at: number;
  readonly bytes: number;
  readonly objects: number;
}

/** Follows a run and shows how far it is. */
export class Progress implements Display {
  private readonly timer: Timer;
  private readonly history: Sample[];
  private readonly begunAt: number;
  private listed = 0;
  private listing = true;
  private queuedObjects = 0;
  private queuedBytes = 0;
  private doneObjects = 0;
  private doneBytes = 0;
  private skipped = 0;
  private deleted = 0;
  private troubles = 0;
  private readonly shown: LiveLine;

  constructor(
    readonly target: ProgressTarget,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.shown = new LiveLine(target);
    this.begunAt = now();
    this.history = [{ at: this.begunAt, bytes: 0, objects: 0 }];
    this.timer = setInterval(() => this.draw(), target.live ? redrawMs : plainMs);
  }

  /** Whether it is one line that is drawn anew. */
  get isLive(): boolean {
    return this.target.live;
  }

  take(event: SyncEvent): void {
    switch (event.type) {
      case "listed":
        if (event.side === "source") this.listed += event.items;
        return;
      case "listing-complete":
        this.listing = false;
        return;
      case "queued":
        this.queuedObjects += 1;
        this.queuedBytes += event.size;
        return;
      case "moved":
        this.doneBytes += event.bytes;
        return;
      case "kept":
      case "reused":
        this.queuedBytes -= event.bytes;
        return;
      case "synced":
        if (event.again !== true) this.doneObjects += 1;
        return;
      case "status":
        this.takeStatus(event);
        return;
      case "checked":
        this.doneObjects += 1;
        this.doneBytes += (event.source ?? event.target)?.size ?? 0;
        return;
      case "skipped":
        this.skipped += 1;
        return;
      case "deleted":
        this.deleted += 1;
        return;
      case "warning":
      case "error":
        this.troubles += 1;
        return;
      default:
    }
  }

  /** Contents are told once for each object, or that it is missing. */
  private takeStatus(event: Extract<SyncEvent, { type: "status" }>): void {
    const isBeside = ["metadata", "tagging", "annotation"].includes(event.of);
    if (isBeside || !("source" in event) || event.source === undefined) return;
    this.doneObjects += 1;
    this.doneBytes += event.source.size;
  }

  /** Takes the line away, so that something else can be written. The next redraw brings it back. */
  clear(): void {
    this.shown.clear();
  }

  /** Ends the display. */
  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private draw(): void {
    if (this.target.live) this.shown.draw((width) => this.line(width));
    else this.target.write(`${this.line()}\n`);
  }

  /**
   * What the display says now.
   *
   * @param width what does not fit is left out, the least useful first
   */
  line(width = Infinity): string {
    return fitted(this.fields(), width);
  }

  private fields(): Field[] {
    const { byteRate, objectRate } = this.rates();
    const more = this.listing ? "+" : "";
    const fields: Field[] = [];
    if (this.queuedObjects === 0) {
      fields.push({ text: `${grouped(this.listed)} listed`, rank: 0 });
    } else {
      const objects = `${grouped(this.doneObjects)}/${grouped(this.queuedObjects)}${more} objects`;
      fields.push(
        { text: objects, rank: 0 },
        { text: `${bytes(this.doneBytes)}/${bytes(this.queuedBytes)}${more}`, rank: 3 },
        { text: `${bytes(byteRate)}/s`, rank: 7 },
        { text: `${grouped(objectRate)} objects/s`, rank: 8 },
      );
    }
    const left = this.remainingMs(byteRate, objectRate);
    if (left !== undefined) fields.push({ text: `ETA ${clock(left)}`, rank: 1 });
    if (this.skipped > 0) fields.push({ text: `skipped ${grouped(this.skipped)}`, rank: 6 });
    if (this.deleted > 0) fields.push({ text: `deleted ${grouped(this.deleted)}`, rank: 5 });
    if (this.troubles > 0) fields.push({ text: `${grouped(this.troubles)} problems`, rank: 2 });
    if (this.listing) fields.push({ text: "listing…", rank: 4 });
    return fields;
  }

  private rates(): { byteRate: number; objectRate: number } {
    const last = { at: this.now(), bytes: this.doneBytes, objects: this.doneObjects };
    const first = this.history[0] ?? last;
    this.history.push(last);
    if (this.history.length > samples) this.history.shift();
    const seconds = Math.max((last.at - first.at) / 1000, 0.001);
    return {
      byteRate: (last.bytes - first.bytes) / seconds,
      objectRate: (last.objects - first.objects) / seconds,
    };
  }

  /**
   * Known only when the listing is at its end: before, the total still grows. Objects count only where there
   * are no bytes: an hour's worth of bytes may be a single object, whose rate says nothing.
   */
  private remainingMs(byteRate: number, objectRate: number): number | undefined {
    if (this.listing || this.doneObjects >= this.queuedObjects) return undefined;
    const [left, rate] =
      this.queuedBytes > 0
        ? [this.queuedBytes - this.doneBytes, byteRate]
        : [this.queuedObjects - this.doneObjects, objectRate];
    if (left <= 0 || rate <= 0) return undefined;
    const isEarly = this.now() - this.begunAt < earlyMs;
    const remaining = (left / rate) * 1000;
    return remaining <= (isEarly ? longestEarlyMs : longestMs) ? remaining : undefined;
  }
}
