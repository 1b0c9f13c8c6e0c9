/**
 * The status line of a watch on a terminal: what is pending, and how far behind it is. Drawn anew all the time.
 *
 * @module
 */
import { phaseText, type WatchState } from "../core/watch-state.ts";
import { cutTo, LiveLine, type ProgressTarget } from "./live-line.ts";
import { bytes, clock, grouped } from "./numbers.ts";

const redrawMs = 1000;

/** Shows how a watch stands. */
export class WatchLine {
  private readonly timer: Timer;
  private state: WatchState | undefined;
  private toldAt = 0;
  private readonly shown: LiveLine;

  constructor(
    target: ProgressTarget,
    private readonly now: () => number = () => Date.now(),
  ) {
    this.shown = new LiveLine(target);
    this.timer = setInterval(() => this.draw(), redrawMs);
  }

  take(state: WatchState): void {
    this.state = state;
    this.toldAt = this.now();
    this.draw();
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
    this.shown.draw((width) => cutTo(this.line(), width));
  }

  /** What the display says now. */
  line(): string {
    const { state } = this;
    if (state === undefined) return "watching";
    const { phase, pending, lagMs, queue, objects, lastSuccessAt } = state;
    const isInStep = phase === "idle" && pending === 0 && queue === 0;
    const lag = lagMs === 0 ? 0 : lagMs + this.now() - this.toldAt;
    const fields = [
      isInStep ? "in step" : phaseText[phase],
      ...(pending > 0 ? [`${grouped(pending)} pending`] : []),
      ...(lag > 0 ? [`${clock(lag)} behind`] : []),
      ...(queue > 0 ? [`${grouped(queue)} to be tried again`] : []),
      `${grouped(objects)} objects`,
      bytes(state.bytes),
      ...(lastSuccessAt === undefined
        ? []
        : [`last in step ${clock(Math.max(0, this.now() - lastSuccessAt))} ago`]),
    ];
    return fields.join("  ");
  }
}
