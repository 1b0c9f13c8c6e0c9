/**
 * A sync that keeps going: the door.
 *
 * @module
 */
import { type Place, placeName } from "../config/place.ts";
import type { Config } from "../config/shape.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import type { EventSink, Summary, SyncEvent } from "../core/events.ts";
import { RetryNotes } from "../state/retry-notes.ts";
import { defaultStateDirectory, StateDirectory } from "../state/state-directory.ts";
import { Places } from "../store/local/names/places.ts";
import { carryOut, listen, type Order } from "../sync/carry-out.ts";
import type { Part } from "../sync/part.ts";
import type { Run } from "../sync/run.ts";
import { routeOf } from "../sync/stores.ts";
import { Tally } from "../sync/summary.ts";
import { begin, configOf, type SyncHandlers, type SyncInput } from "../sync/sync.ts";
import { TrafficMeter } from "../sync/traffic-meter.ts";
import type { ChangeSource } from "./hints.ts";
import { KeptStores } from "./kept-stores.ts";
import { linked } from "./linked-signal.ts";
import { LocalChanges } from "./local-changes.ts";
import { Loop } from "./loop.ts";
import { Polling } from "./polling.ts";
import { RetryQueue } from "./retry-queue.ts";
import { carryOutRound, type RoundOutcome } from "./round.ts";

/** How to watch a watch, influence and end it. */
export interface WatchHandlers extends SyncHandlers {
  /** Ends it: objects in work are finished, nothing else is begun. `signal` stops these, too. */
  readonly ending?: AbortSignal | undefined;
}

/**
 * Brings a target in step with a source, and keeps it so until it is told to end.
 *
 * ```ts
 * const ending = new AbortController();
 * const run = watch({ source: "./photos", target: "s3://bucket/photos/" }, { ending: ending.signal });
 * for await (const event of run) if (event.type === "watch") show(event.state);
 * ```
 *
 * What one object meets, or the network, does not end it: it is told, and tried again. After each round there is an
 * event `round`; the one `end` comes when all is over.
 *
 * @returns as `sync`, with the counters of all rounds together
 */
export function watch(input: SyncInput, handlers: WatchHandlers = {}): Run {
  const { ending = new AbortController().signal, ...others } = handlers;
  const configure = (): Config => configOf({ ...input, watch: true });
  return begin(configure, input, others, (order) => new Watch(order, ending).run());
}

const hour = 3600_000;

class Watch {
  private readonly tally = new Tally();
  private readonly meter = new TrafficMeter();
  private readonly stores: KeptStores;
  private readonly loop: Loop;
  /** Ends the sources, too, however the watch ends. */
  private readonly over = new AbortController();

  constructor(
    private readonly order: Order,
    private readonly ending: AbortSignal,
  ) {
    const { config, stores: given } = order;
    const directory = config.stateDir ?? defaultStateDirectory();
    this.stores = new KeptStores(config, given, new StateDirectory(directory), this.hear);
    const local = localChanges(config, (error) => this.warn(error));
    const [source, target] = [placeName(config.source), placeName(config.target)];
    const notes = config.noResume ? undefined : new RetryNotes(directory, source, target);
    this.loop = new Loop({
      sources: [local ?? new Polling(source, config.poll)] satisfies ChangeSource[],
      unfinished: local?.unfinished,
      retries: new RetryQueue(notes, (thrown) => this.warn(notKept(thrown))),
      round: (part) => this.round(part),
      rescanMs: config.rescan ?? hour,
      tell: (state) => this.hear({ type: "watch", state }),
      warn: (error) => this.warn(error),
      ending: this.over.signal,
    });
  }

  async run(): Promise<Summary> {
    const { config, signal } = this.order;
    const startedAt = performance.now();
    listen(this.order);
    const [source, target] = [placeName(config.source), placeName(config.target)];
    this.hear({ type: "start", source, target, route: routeOf(config), dryRun: false });
    using _ = linked(this.over, [signal, this.ending]);
    try {
      await this.loop.run();
    } finally {
      this.over.abort();
      await this.stores.close();
    }
    const durationMs = performance.now() - startedAt;
    const summary = this.tally.summary(durationMs, false, signal.aborted, this.meter.traffic);
    this.hear({ type: "end", summary });
    return summary;
  }

  private async round(part: Part): Promise<RoundOutcome> {
    const { config } = this.order;
    const run = (about: Part, hear: EventSink): Promise<Summary> => this.runPart(about, hear);
    const outcome = await carryOutRound(run, part, config.delete, this.hear);
    const { summary, failure } = outcome;
    if (failure !== undefined) await this.stores.close();
    const isWhole = part.places === undefined;
    if (summary !== undefined) this.hear({ type: "round", isWhole, summary });
    return outcome;
  }

  private async runPart(part: Part, hear: EventSink): Promise<Summary> {
    const { order, stores } = this;
    // One for each round: what listens to a signal stays as long as the signal does.
    const stop = new AbortController();
    using _ = linked(stop, [order.signal]);
    try {
      return await carryOut({
        ...order,
        config: { ...order.config, continueOnError: true },
        stores: await stores.get(stop.signal),
        // They listen to the watch as a whole.
        callbacks: order.callbacks.map((each) => ({ ...each, onEvent: undefined })),
        onEvent: hear,
        signal: stop.signal,
        part,
        connect: (listener) => stores.connect(listener),
      });
    } finally {
      stores.connect(undefined);
    }
  }

  private readonly hear = (event: SyncEvent): void => {
    this.tally.take(event);
    this.meter.hear(event);
    this.order.onEvent(event);
  };

  private warn(error: SyncError): void {
    this.hear({ type: "warning", key: undefined, error });
  }
}

function localChanges(
  { source, encodeNames, debounce, poll }: Config,
  warn: (error: SyncError) => void,
): LocalChanges | undefined {
  const root = pathOf(source);
  if (root === undefined) return undefined;
  const places = new Places(root, encodeNames);
  const keyOf = (names: readonly string[]) => places.keyOf(names);
  return new LocalChanges({ root, keyOf, debounceMs: debounce, pollMs: poll, warn });
}

function pathOf(place: Place): string | undefined {
  return place.kind === "local" ? place.path : undefined;
}

function notKept(thrown: unknown): SyncError {
  const { message } = toSyncError(thrown);
  return new SyncError("file-system", `what is to be tried again is not kept: ${message}`, {
    cause: thrown,
  });
}
