/**
 * A job as a worker has it: what it says, and what all slices of it share in this process.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";
import { SyncError } from "../../core/errors.ts";
import type { EventSink, Side, SyncEvent } from "../../core/events.ts";
import { everything, type Key } from "../../core/key.ts";
import { cutPlaces, firstKeyOf } from "../../list/cut-places.ts";
import { defaultStateDirectory, StateDirectory } from "../../state/state-directory.ts";
import type { Store } from "../../store/store.ts";
import { type Shared } from "../../sync/shared.ts";
import { KeptStores } from "../../watch/kept-stores.ts";
import type { Ground } from "../ground.ts";
import { JobTraffic } from "../job/job-traffic.ts";
import type { Job } from "../job/job.ts";
import { configOfOrder } from "../job/order.ts";
import type { RangeState } from "../job/range-state.ts";
import { helpOf } from "../parts/help.ts";
import type { PartSharing } from "../parts/part-sharing.ts";
import { SharedLimits } from "./shared-limits.ts";
import { StandBack, type Standing } from "./stand-back.ts";

/** How a worker works on a job. */
export interface JobRunOptions {
  /** Stores for places that are none of their own. */
  readonly stores: Partial<Record<Side, Store>>;
  readonly tell: EventSink;
  /** How many tasks more would find somebody who waits for one. */
  readonly wanted: () => number;
  readonly sharing: PartSharing;
  /** How the worker is seen by others. */
  readonly standing: Standing;
}

/** What is open for a job. Close it. */
export class JobRun implements AsyncDisposable {
  readonly run: string;
  readonly config: Config;
  /** What slices share, with those of other workers as well. */
  readonly shared: Shared;
  /** What slices and parts for others cost. */
  readonly traffic: JobTraffic;
  /** How this worker gets on with it. */
  readonly standBack: StandBack;
  private readonly limits: SharedLimits;
  private readonly kept: KeptStores;
  private readonly stop = new AbortController();

  /** @throws SyncError `usage` if this version would not have let it be submitted */
  constructor(
    ground: Ground,
    { run, order }: Job,
    private readonly options: JobRunOptions,
  ) {
    this.run = run;
    this.config = configOfOrder(order);
    this.traffic = new JobTraffic(ground.records, run);
    this.limits = new SharedLimits(ground, run, this.config);
    this.standBack = new StandBack(run, options.standing);
    const { wanted, sharing, stores } = options;
    this.shared = { ...this.limits.shared, help: helpOf({ ground, run, sharing, wanted }) };
    const directory = new StateDirectory(this.config.stateDir ?? defaultStateDirectory());
    this.kept = new KeptStores(this.config, stores, directory, this.hear);
    // Who does not hear that a server is too busy is told so by that server.
    this.limits.follow(this.signal).catch(() => undefined);
  }

  readonly hear = (event: SyncEvent): void => {
    this.limits.hear(event);
    this.traffic.hear(event);
    this.options.tell(event);
  };

  /** Fires when the job is over: nothing of it is worth to be finished. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Stops what is under way. */
  end(): void {
    this.stop.abort(new SyncError("aborted", "the job is over"));
  }

  /** @throws SyncError what keeps them from being opened */
  stores(): Promise<Partial<Record<Side, Store>>> {
    return this.kept.get(this.signal);
  }

  /** Opens them anew next time: who is asked for, and with which keys, may be another one by then. */
  reopen(): Promise<void> {
    return this.kept.close();
  }

  readonly connect = (hear: EventSink): void => this.kept.connect(hear);

  /** Where the rest of a range can be cut; none where nobody can tell without listing it. */
  async placesToCut({ position, until }: RangeState): Promise<Key[]> {
    const { source, target } = await this.stores();
    if (source === undefined || target === undefined || position === undefined) return [];
    const firstKey = firstKeyOf(source, target);
    if (firstKey === undefined) return [];
    const rest = { ...everything, after: position, until };
    return cutPlaces(position, rest, firstKey, this.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await this.kept.close();
  }
}
