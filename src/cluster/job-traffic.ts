/**
 * What a job has asked of the storage services. Each worker keeps a record of its own, because not all that it does is about a
 * range of its own: it moves parts for others as well.
 *
 * @module
 */
import type { SyncEvent } from "../core/events.ts";
import type { Traffic } from "../core/traffic.ts";
import { TrafficMeter } from "../sync/traffic-meter.ts";
import { addedTraffic, noCounts } from "./counts.ts";
import type { Ground, Records, Stored } from "./ground.ts";
import { keys } from "./job.ts";
import { latest } from "./stored.ts";

/** Counts the requests of one worker. */
export class JobTraffic {
  private readonly meter = new TrafficMeter();
  private readonly key: string;
  private isNoted = true;

  constructor(
    private readonly records: Records,
    run: string,
  ) {
    this.key = keys.traffic(run, crypto.randomUUID());
  }

  hear(event: SyncEvent): void {
    if (event.type !== "request" && event.type !== "planned") return;
    this.meter.hear(event);
    this.isNoted = false;
  }

  /** Writes it down, if there is anything new. */
  async note(): Promise<void> {
    if (this.isNoted) return;
    this.isNoted = true;
    await this.records.put(this.key, this.meter.traffic);
  }
}

/** What all workers have written down. */
export async function trafficOf({ records }: Ground, run: string): Promise<Traffic> {
  return trafficIn(await latest(records.all(keys.traffics(run))));
}

/** What records of theirs come to. */
export function trafficIn(records: readonly Stored[]): Traffic {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by this very version
  const each = records.map(({ value }) => value as Traffic);
  return each.reduce(addedTraffic, noCounts.traffic);
}
