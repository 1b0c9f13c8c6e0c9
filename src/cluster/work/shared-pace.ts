/**
 * A pace that all workers of a job keep together.
 *
 * Time is given away in leases: a record says until when it is given away, and whoever wants to go on takes the next piece by
 * compare-and-set. So nothing has to be known of who else is there. Clocks that differ make a worker wait, or
 * others wait for it, by as much as they differ; nobody goes faster for that.
 *
 * @module
 */
import { pause } from "../../core/cancel.ts";
import { fieldsOf } from "../../core/json.ts";
import { Pace } from "../../core/pace.ts";
import type { Records } from "../ground.ts";

/** A lease is worth so much time of all, in milliseconds: what few units a second need is longer. */
const leaseMs = 250;

/** Lets units pass where the whole job has room for them. */
export class SharedPace extends Pace {
  /** Units of leases that were not used yet. */
  private left = 0;
  /** One asks at a time. */
  private turn: Promise<void> = Promise.resolve();

  /**
   * @param perSecond of all workers together
   * @param key of the record
   */
  constructor(
    perSecond: number,
    private readonly records: Records,
    private readonly key: string,
  ) {
    super(perSecond);
  }

  override async take(units: number, signal: AbortSignal): Promise<void> {
    const turn = this.turn.then(() => this.provide(units, signal));
    // Who gives up does not keep the others from asking.
    this.turn = turn.catch(() => undefined);
    await turn;
    await super.take(units, signal);
  }

  private async provide(units: number, signal: AbortSignal): Promise<void> {
    if (this.left < units) {
      const wanted = Math.max(units - this.left, Math.ceil((this.perSecond * leaseMs) / 1000));
      const startsAt = await this.lease((wanted * 1000) / this.perSecond, signal);
      const waitMs = startsAt - Date.now();
      if (waitMs > 0) await pause(waitMs, signal);
      this.left += wanted;
    }
    this.left -= units;
  }

  /** Takes the next piece of time, and tells when it begins. */
  private async lease(ms: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      signal.throwIfAborted();
      const stored = await this.records.get(this.key);
      const startsAt = Math.max(Date.now(), untilOf(stored?.value));
      const value = { until: startsAt + ms };
      const isOurs =
        stored === undefined
          ? await this.records.create(this.key, value)
          : await this.records.update(this.key, value, stored.revision);
      if (isOurs !== undefined) return startsAt;
    }
  }
}

function untilOf(value: unknown): number {
  const { until } = fieldsOf(value) ?? {};
  return typeof until === "number" ? until : 0;
}
