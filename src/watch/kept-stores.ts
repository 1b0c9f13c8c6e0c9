/**
 * Buckets that stay open from round to round: opening one may mean to ask for credentials. Directories are opened anew,
 * because they hold what they have seen of themselves.
 *
 * @module
 */
import type { Config } from "../config/shape.ts";
import type { EventSink, Side } from "../core/events.ts";
import type { StateDirectory } from "../state/state-directory.ts";
import type { Store } from "../store/store.ts";
import { openStores } from "../sync/opening/stores.ts";

type Stores = Partial<Record<Side, Store>>;

const sides = ["source", "target"] as const;

/** The stores of a watch. Close them. */
export class KeptStores {
  private opened: Promise<Stores> | undefined;
  /** Hears what they tell by themselves. */
  private listener: EventSink;

  /** @param given stores of the caller, who closes them */
  constructor(
    private readonly config: Config,
    private readonly given: Stores,
    private readonly state: StateDirectory,
    private readonly onEvent: EventSink,
  ) {
    this.listener = onEvent;
  }

  /** Tells it to somebody for the time of a round. */
  connect(hear: EventSink | undefined): void {
    this.listener = hear ?? this.onEvent;
  }

  /**
   * The stores for a round.
   *
   * @throws SyncError what keeps them from being opened
   */
  get(signal: AbortSignal): Promise<Stores> {
    // Several may ask at once.
    if (this.opened !== undefined) return this.opened;
    const opened = this.open(signal);
    this.opened = opened;
    opened.catch(() => {
      if (this.opened === opened) this.opened = undefined;
    });
    return opened;
  }

  private async open(signal: AbortSignal): Promise<Stores> {
    const hear: EventSink = (event) => this.listener(event);
    const stores = await openStores(this.config, this.given, this.state, hear, signal);
    const kept: Stores = { ...this.given };
    for (const side of sides) {
      if (this.config[side].kind === "s3") kept[side] = stores[side];
      else if (this.given[side] === undefined) await stores[side].close();
    }
    return kept;
  }

  /** After a failure: who is asked for, and with which keys, may be another one by now. */
  async close(): Promise<void> {
    const { given } = this;
    const opening = this.opened;
    this.opened = undefined;
    const opened = await opening?.catch(() => undefined);
    const own = sides.flatMap((side) => (given[side] === undefined ? (opened?.[side] ?? []) : []));
    await Promise.allSettled(own.map((store) => store.close()));
  }
}
