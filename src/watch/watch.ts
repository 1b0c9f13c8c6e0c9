/**
 * A sync that keeps going: the door.
 *
 * @module
 */
import { type Place, placeName } from "../config/place.ts";
import type { Config } from "../config/shape.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import type { EventSink, Summary } from "../core/events.ts";
import { RetryNotes } from "../state/retry-notes.ts";
import { defaultStateDirectory, StateDirectory } from "../state/state-directory.ts";
import { Places } from "../store/local/names/places.ts";
import { carryOut, listen, type Order } from "../sync/carry-out.ts";
import { routeOf } from "../sync/opening/stores.ts";
import type { Part } from "../sync/part.ts";
import type { Run } from "../sync/run.ts";
import { begin, configOf, type SyncHandlers, type SyncInput } from "../sync/sync.ts";
import { EventSource } from "./event-source.ts";
import type { ChangeSource } from "./hints.ts";
import { KeptStores } from "./kept-stores.ts";
import { linked } from "./linked-signal.ts";
import { LocalChanges, requireDirectory } from "./local-changes.ts";
import { Loop } from "./loop.ts";
import { isOwnFile } from "./own-files.ts";
import { Polling } from "./polling.ts";
import { RetryQueue } from "./retry-queue.ts";
import { carryOutRound, type RoundOutcome, type RunPart } from "./round.ts";
import { Whole } from "./whole.ts";

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

/**
 * Makes sure that a watch could begin, as far as that shows without asking a server.
 *
 * @throws SyncError `usage`
 */
export function requireWatchable({ source }: Pick<Config, "source">): void {
  const root = pathOf(source);
  if (root !== undefined) requireDirectory({ root, shownAs: nameOf(root) });
}

/** How often everything is looked at, if nobody says otherwise, in milliseconds. */
export const usualRescanMs = 3600_000;

class Watch {
  private readonly whole: Whole;
  private readonly stores: KeptStores;
  private readonly loop: Loop;
  private readonly events: EventSource | undefined;

  constructor(
    private readonly order: Order,
    ending: AbortSignal,
  ) {
    const { config, stores: given, onEvent, signal } = order;
    const [source, target] = [placeName(config.source), placeName(config.target)];
    const start = { type: "start", source, target, route: routeOf(config), dryRun: false } as const;
    const { metricsListen, sourceEvents } = config;
    const whole = new Whole({ start, onEvent, signal, ending, metricsListen });
    this.whole = whole;
    const directory = config.stateDir ?? defaultStateDirectory();
    this.stores = new KeptStores(config, given, new StateDirectory(directory), whole.hear);
    const local = localChanges(config, whole.warn);
    this.events =
      sourceEvents === undefined ? undefined : new EventSource(config, sourceEvents, whole.warn);
    const notes = config.noResume ? undefined : new RetryNotes(directory, source, target);
    this.loop = new Loop({
      sources: [local ?? this.events ?? new Polling(source, config.poll)] satisfies ChangeSource[],
      unfinished: local?.unfinished,
      retries: new RetryQueue(notes, (thrown) => whole.warn(notKept(thrown))),
      round: (part) => this.round(part),
      rescanMs: config.rescan ?? usualRescanMs,
      tell: (state) => whole.hear({ type: "watch", state }),
      warn: whole.warn,
      recovered: whole.recovered,
      ending: whole.ending,
    });
  }

  async run(): Promise<Summary> {
    listen(this.order);
    return await this.whole.run(this.loop, async () => {
      await this.events?.finished();
      await this.stores.close();
    });
  }

  private async round(part: Part): Promise<RoundOutcome> {
    const { config } = this.order;
    this.whole.begin(part);
    const run: RunPart = (about, hear) => this.runPart(about, hear);
    const outcome = await carryOutRound(run, part, config.delete, this.whole.hear);
    if (outcome.failure !== undefined) await this.stores.close();
    return outcome;
  }

  private async runPart(part: Part, hear: EventSink): Promise<Summary> {
    const { order, stores } = this;
    // One for each round: what listens to a signal stays as long as the signal does.
    const stop = new AbortController();
    using _ = linked(stop, [order.signal]);
    const end = new AbortController();
    using _end = linked(end, [order.signal, part.ending]);
    try {
      return await carryOut({
        ...order,
        config: { ...order.config, continueOnError: true },
        stores: await stores.get(end.signal),
        // They listen to the watch as a whole.
        callbacks: order.callbacks.map((each) => ({ ...each, onEvent: undefined })),
        onEvent: hear,
        signal: stop.signal,
        part: { ...part, ending: end.signal },
        connect: (listener) => stores.connect(listener),
      });
    } finally {
      stores.connect(undefined);
    }
  }
}

function localChanges(
  { source, encodeNames, debounce, poll, index, lock, stateDir, summaryJson, keepDirs }: Config,
  warn: (error: SyncError) => void,
): LocalChanges | undefined {
  const root = pathOf(source);
  if (root === undefined) return undefined;
  const places = new Places(root, encodeNames);
  const keyOf = (names: readonly string[]) => places.keyOf(names);
  const shownAs = nameOf(root);
  const ignores = isOwnFile([index, lock, stateDir ?? defaultStateDirectory(), summaryJson]);
  const times = { debounceMs: debounce, pollMs: poll };
  const more = { ignores, keepsDirectories: keepDirs, ...times };
  return new LocalChanges({ root, shownAs, keyOf, warn, ...more });
}

function nameOf(root: string): string {
  return `SOURCE ${root}`;
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
