/**
 * A watch as a whole: its one beginning, its one end, and the counters of all its rounds.
 *
 * @module
 */
import type { ListenAddress } from "../config/listen-address.ts";
import { type SyncError } from "../core/errors.ts";
import type { EventSink, Summary, SyncEvent } from "../core/events.ts";
import type { Part } from "../sync/part.ts";
import { Tally } from "../sync/summary.ts";
import { TrafficMeter } from "../sync/traffic-meter.ts";
import { version } from "../sync/version.ts";
import { HealthServer } from "./health.ts";
import { linked } from "./linked-signal.ts";
import type { Loop } from "./loop.ts";
import { OnceTold } from "./once-told.ts";

/** What a watch is told by. */
export interface WholeOptions {
  readonly start: Extract<SyncEvent, { type: "start" }>;
  readonly onEvent: EventSink;
  /** Stops everything at once. */
  readonly signal: AbortSignal;
  /** Lets it finish what is in work. */
  readonly ending: AbortSignal;
  /** Where others can ask how it stands. */
  readonly metricsListen: ListenAddress | undefined;
}

/** From the beginning to the end. */
export class Whole {
  private readonly tally = new Tally();
  private readonly meter = new TrafficMeter();
  private readonly over = new AbortController();
  private readonly onceTold = new OnceTold();
  private health: HealthServer | undefined;

  constructor(private readonly options: WholeOptions) {}

  /** Fires when it is to end, and when it has ended for whatever reason. */
  get ending(): AbortSignal {
    return this.over.signal;
  }

  readonly hear = (event: SyncEvent): void => {
    if (!this.onceTold.isNews(event)) return;
    this.tally.take(event);
    this.meter.hear(event);
    if (event.type === "watch") this.health?.take(event.state);
    this.options.onEvent(event);
  };

  /** A round begins. */
  begin({ places }: Part): void {
    this.onceTold.begin(places === undefined);
  }

  readonly warn = (error: SyncError): void => {
    this.hear({ type: "warning", key: undefined, error });
  };

  readonly recovered = (): void => {
    this.hear({ type: "notice", message: "in step again", endsTrouble: true });
  };

  /**
   * Goes on until the end.
   *
   * @param close is called then
   * @throws what the loop throws; SyncError `network` where nobody can listen
   */
  async run(loop: Loop, close: () => Promise<void>): Promise<Summary> {
    const { start, signal, ending, metricsListen: address } = this.options;
    const startedAt = performance.now();
    using health = address === undefined ? undefined : HealthServer.start(address, version);
    this.health = health;
    this.hear(start);
    using _ = linked(this.over, [signal, ending]);
    try {
      await loop.run();
    } finally {
      this.over.abort();
      await close();
    }
    const durationMs = performance.now() - startedAt;
    const counted = this.tally.summary(durationMs, false, signal.aborted, this.meter.traffic);
    const isTwoWay = start.route === "two-way";
    const summary = isTwoWay ? { ...counted, twoWay: this.tally.twoWayCounts } : counted;
    this.hear({ type: "end", summary });
    return summary;
  }
}
