/**
 * The library's front door.
 *
 * @module
 */
import { resolveOptions } from "../config/config.ts";
import { parsePlace, type Place } from "../config/place.ts";
import type { Purpose } from "../config/purpose.ts";
import type { Config, OptionsInput } from "../config/shape.ts";
import { callbackNames, type Callbacks, strangerAmong } from "../core/callbacks.ts";
import { SyncError } from "../core/errors.ts";
import type { EventSink, Side, Summary, SyncEvent } from "../core/events.ts";
import { loadHooks } from "../script/hooks.ts";
import { loadScripts } from "../script/lua/callbacks.ts";
import type { Store } from "../store/store.ts";
import { carryOut, type Order } from "./carry-out.ts";
import { beginRun, type Run } from "./run.ts";

/** What to bring in step: both places, and options under their names in camel case. */
export type SyncInput = {
  /** A path, `s3://bucket/prefix`, or a store. Stores are the caller's: a run does not close them. */
  readonly source: string | Store;
  readonly target: string | Store;
} & OptionsInput;

/** How to watch, influence and stop a run. */
export interface SyncHandlers {
  /** Hears everything at the very moment that it happens. Must not throw. */
  readonly onEvent?: EventSink | undefined;
  /** Decide about objects, and hear everything without haste. */
  readonly callbacks?: Callbacks | undefined;
  /** Stops the run: what is under way is undone, the summary says `interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings a target in step with a source.
 *
 * ```ts
 * const run = sync({ source: "./photos", target: "s3://bucket/photos/", dryRun: true });
 * for await (const event of run) if (event.type === "synced") show(event.key);
 * const { transferredObjects, failures } = await run.result;
 * ```
 *
 * @returns a promise of the counters, which can be iterated for the events: errors of the run are in both, and what
 *   rejects it is SyncError `usage` when the configuration makes no sense, or whatever keeps a store from opening
 */
export function sync(input: SyncInput, handlers: SyncHandlers = {}): Run {
  return begin(() => requireEnd(configOf(input)), input, handlers);
}

/** @throws SyncError `usage` for a run that has none */
function requireEnd(config: Config): Config {
  if (!config.watch) return config;
  throw new SyncError("usage", "watch: a run that keeps going is begun by watch(), not by sync()");
}

/** What the places of a run are. */
export type GivenPlaces = Pick<SyncInput, "source" | "target">;

/**
 * Begins a run.
 *
 * @param configure may throw: that is the run's failure
 * @param work does what the run is about
 */
export function begin(
  configure: () => Config,
  places: GivenPlaces,
  handlers: SyncHandlers,
  work: (order: Order) => Promise<Summary> = carryOut,
): Run {
  const callbacks = handlers.callbacks === undefined ? [] : [handlers.callbacks];
  const signal = handlers.signal ?? new AbortController().signal;
  return beginRun(
    async (hear, audience) => {
      checkNames(handlers);
      const config = configure();
      const stores = storesOf(places);
      const onEvent = (event: SyncEvent): void => {
        handlers.onEvent?.(event);
        hear(event);
      };
      if (config.callback !== undefined) callbacks.unshift(await loadHooks(config.callback));
      const print = (text: string): void => onEvent({ type: "printed", text });
      callbacks.unshift(...(await loadScripts(config, print)));
      return work({ config, stores, callbacks, audience, onEvent, signal });
    },
    async () => {
      await Promise.allSettled(callbacks.map(async (each) => each.close?.()));
    },
    signal,
  );
}

/**
 * A filter that is not heard would let everything pass.
 *
 * @throws SyncError `usage`
 */
function checkNames(handlers: SyncHandlers): void {
  const known = ["onEvent", "callbacks", "signal"];
  const misplaced = Object.keys(handlers).find((name) => !known.includes(name));
  if (misplaced !== undefined) {
    throw new SyncError(
      "usage",
      `there is no handler ${misplaced}: known are ${known.join(", ")}; ${callbackNames.join(", ")} belong into callbacks`,
    );
  }
  const unknown = strangerAmong(handlers.callbacks);
  if (unknown !== undefined) {
    throw new SyncError(
      "usage",
      `there is no callback ${unknown}; known are ${callbackNames.join(", ")}`,
    );
  }
}

/** @throws SyncError `usage` */
export function configOf(input: SyncInput, purpose: Purpose = "sync"): Config {
  if (input.source === input.target && typeof input.source !== "string") {
    throw new SyncError("usage", "SOURCE and TARGET are the same store");
  }
  const places = (): Record<Side, Place> => ({
    source: placeOf(input.source, "SOURCE"),
    target: placeOf(input.target, "TARGET"),
  });
  return resolveOptions(input, places, purpose);
}

function placeOf(given: string | Store, name: "SOURCE" | "TARGET"): Place {
  return typeof given === "string" ? parsePlace(given, name) : { kind: "store", name: given.name };
}

function storesOf({ source, target }: GivenPlaces): Partial<Record<Side, Store>> {
  return {
    ...(typeof source === "string" ? {} : { source }),
    ...(typeof target === "string" ? {} : { target }),
  };
}
