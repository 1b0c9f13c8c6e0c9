/**
 * What a job has asked of the storage services. Each worker keeps a record of its own, because not all that it does is about a
 * range of its own: it moves parts for others as well.
 *
 * @module
 */
import type { SyncEvent } from "../../core/events.ts";
import type { Traffic } from "../../core/traffic.ts";
import { TrafficMeter } from "../../sync/traffic-meter.ts";
import type { Ground, Records, Stored } from "../ground.ts";
import { addedTraffic, noCounts } from "./counts.ts";
import { keys } from "./job.ts";
import { latest } from "./stored.ts";

/** What a worker notes: what it has asked for, and how many bytes of objects it has moved, also of those under way. */
export interface NotedTraffic extends Traffic {
  readonly movedBytes: number;
}

/** Counts the requests of one worker. */
export class JobTraffic {
  private readonly meter = new TrafficMeter();
  private readonly key: string;
  private movedBytes = 0;
  private isNoted = true;

  constructor(
    private readonly records: Records,
    run: string,
  ) {
    this.key = keys.traffic(run, crypto.randomUUID());
  }

  hear(event: SyncEvent): void {
    if (event.type === "moved") this.movedBytes += event.bytes;
    else if (event.type === "request" || event.type === "planned") this.meter.hear(event);
    else return;
    this.isNoted = false;
  }

  /** Writes it down, if there is anything new. */
  async note(): Promise<void> {
    if (this.isNoted) return;
    this.isNoted = true;
    const noted: NotedTraffic = { ...this.meter.traffic, movedBytes: this.movedBytes };
    await this.records.put(this.key, noted);
  }
}

/** What all workers have written down. */
export async function trafficOf({ records }: Ground, run: string): Promise<NotedTraffic> {
  return trafficIn(await latest(records.all(keys.traffics(run))));
}

/** Nothing was asked for, and nothing moved. */
export const noTraffic: NotedTraffic = { ...noCounts.traffic, movedBytes: 0 };

/** What records of theirs come to. */
export function trafficIn(records: readonly Stored[]): NotedTraffic {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this very version
  const each = records.map(({ value }) => value as NotedTraffic);
  return each.reduce(
    (a, b) => ({ ...addedTraffic(a, b), movedBytes: a.movedBytes + b.movedBytes }),
    noTraffic,
  );
}
