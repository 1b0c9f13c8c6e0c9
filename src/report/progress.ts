/**
 * Live progress: one line on a terminal that is drawn anew, or a plain line every few seconds elsewhere.
 *
 * @module
 */
import type { SyncEvent } from "../core/events.ts";
import { bytes, clock, grouped } from "./numbers.ts";

const redrawMs = 200;
const plainMs = 5000;
/** Rates are averages over this many samples. */
const samples = 15;

/** Where progress goes. */
export interface ProgressTarget {
  readonly live: boolean;
  /** Width of the terminal. */
  columns(): number;
  write(text: string): void;
}

interface Sample {
  readonly at: number;
  readonly bytes: number;
  readonly objects: number;
}

/** Follows a run and shows how far it is. */
export class Progress {
  private readonly timer: Timer;
  private readonly history: Sample[];
  private listed = 0;
  private listing = true;
  private queuedObjects = 0;
  private queuedBytes = 0;
  private doneObjects = 0;
  private doneBytes = 0;
  private skipped = 0;
  private deleted = 0;
  private troubles = 0;
  private drawn = false;

  constructor(
    private readonly target: ProgressTarget,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.history = [{ at: now(), bytes: 0, objects: 0 }];
    this.timer = setInterval(() => this.draw(), target.live ? redrawMs : plainMs);
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
      case "synced":
        this.doneObjects += 1;
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

  /** Takes the line away, so that something else can be written. The next redraw brings it back. */
  clear(): void {
    if (this.drawn) this.target.write("\r\u001b[2K");
    this.drawn = false;
  }

  /** Ends the display. */
  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private draw(): void {
    const line = this.line();
    if (!this.target.live) {
      this.target.write(`${line}\n`);
      return;
    }
    const width = Math.max(20, this.target.columns() - 1);
    const fitted = line.length > width ? `${line.slice(0, width - 1)}…` : line;
    this.target.write(`\r\u001b[2K${fitted}`);
    this.drawn = true;
  }

  /** What the display says now. */
  line(): string {
    const { byteRate, objectRate } = this.rates();
    const more = this.listing ? "+" : "";
    const parts = [
      `${grouped(this.doneObjects)}/${grouped(this.queuedObjects)}${more} objects`,
      `${bytes(this.doneBytes)}/${bytes(this.queuedBytes)}${more}`,
      `${bytes(byteRate)}/s`,
      `${grouped(objectRate)} objects/s`,
    ];
    if (this.queuedObjects === 0) parts.splice(0, parts.length, `${grouped(this.listed)} listed`);
    const left = this.remainingMs(byteRate, objectRate);
    if (left !== undefined) parts.push(`ETA ${clock(left)}`);
    if (this.skipped > 0) parts.push(`skipped ${grouped(this.skipped)}`);
    if (this.deleted > 0) parts.push(`deleted ${grouped(this.deleted)}`);
    if (this.troubles > 0) parts.push(`${grouped(this.troubles)} problems`);
    if (this.listing) parts.push("listing…");
    return parts.join("  ");
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

  /** Known only when the listing is at its end: before, the total still grows. */
  private remainingMs(byteRate: number, objectRate: number): number | undefined {
    if (this.listing || this.doneObjects >= this.queuedObjects) return undefined;
    const byBytes = byteRate > 0 ? (this.queuedBytes - this.doneBytes) / byteRate : 0;
    const byObjects = objectRate > 0 ? (this.queuedObjects - this.doneObjects) / objectRate : 0;
    const seconds = Math.max(byBytes, byObjects);
    return seconds > 0 ? seconds * 1000 : undefined;
  }
}
