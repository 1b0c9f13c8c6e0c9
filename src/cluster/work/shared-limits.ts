/**
 * What all workers of a job keep together: its paces, and less to do for a server that is too busy.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";
import type { EventSink } from "../../core/events.ts";
import { fieldsOf } from "../../core/json.ts";
import type { Pace } from "../../core/pace.ts";
import { type Shared, sharedOf } from "../../sync/shared.ts";
import type { Ground } from "../ground.ts";
import { keys } from "../job/job.ts";
import { SharedPace } from "./shared-pace.ts";

/** A busy server is told of once in so many milliseconds: the others need not hear of each answer. */
const tellMs = 1000;

/** Makes what slices of a job share, in this process and beyond. */
export class SharedLimits {
  readonly shared: Shared;
  private readonly id = crypto.randomUUID();
  private toldAt = 0;

  constructor(
    private readonly ground: Ground,
    private readonly run: string,
    config: Config,
  ) {
    this.shared = {
      workers: sharedOf(config).workers,
      objectPace: this.pace("objects", config.rateLimitObjects),
      bytePace: this.pace("bytes", config.rateLimitBandwidth),
    };
  }

  /** Hears what slices tell, and who moves parts for others. */
  readonly hear: EventSink = (event) => {
    if (event.type !== "retry" || event.error.code !== "throttled") return;
    this.shared.workers.slowDown();
    const now = performance.now();
    if (now - this.toldAt < tellMs) return;
    this.toldAt = now;
    // Who does not hear of it will be told by the server.
    this.ground.records.put(keys.busy(this.run), { by: this.id }).catch(() => undefined);
  };

  /** Does less when others hear that the server is too busy. Ends when the signal fires. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.ground.records.watch(keys.news(this.run), signal)) {
      const { by } = fieldsOf(change?.value) ?? {};
      if (by !== undefined && by !== this.id) this.shared.workers.slowDown();
    }
  }

  private pace(kind: "objects" | "bytes", perSecond: number | undefined): Pace | undefined {
    if (perSecond === undefined) return undefined;
    return new SharedPace(perSecond, this.ground.records, keys.pace(this.run, kind));
  }
}
