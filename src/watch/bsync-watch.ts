/**
 * A two-way sync that keeps going: the door.
 *
 * @module
 */
import path from "node:path";

import {
  type BsyncHandlers,
  type BsyncInput,
  bsyncRound,
  defaultStateFile,
} from "../bsync/bsync.ts";
import { listMaps } from "../bsync/maps.ts";
import { configFor } from "../bsync/place-config.ts";
import { idOf, nameOf, needsBoth, type Place, placeOf } from "../bsync/place.ts";
import type { Config } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import type { EventSink, Summary, SyncEvent } from "../core/events.ts";
import type { Key } from "../core/key.ts";
import { Places } from "../store/local/names/places.ts";
import { beginRun, type Run } from "../sync/run.ts";
import type { ChangeSource, HintSink } from "./hints.ts";
import { linked } from "./linked-signal.ts";
import { LocalChanges, requireDirectory } from "./local-changes.ts";
import { Loop } from "./loop.ts";
import { isOwnFile } from "./own-files.ts";
import { Polling } from "./polling.ts";
import { RetryQueue } from "./retry-queue.ts";
import { carryOutRound } from "./round.ts";
import type { Unfinished } from "./unfinished.ts";
import { usualRescanMs } from "./watch.ts";
import { Whole } from "./whole.ts";

/** How to watch it, influence and end it. There is nobody to ask. */
export interface BsyncWatchHandlers extends Omit<BsyncHandlers, "onConflict"> {
  /** Ends it: objects in work are finished, nothing else is begun. `signal` stops these, too. */
  readonly ending?: AbortSignal | undefined;
}

/**
 * Keeps directories and prefixes in step, in both directions, until it is told to end. Each round looks at both sides
 * of all of them, when files have changed and every `poll`.
 *
 * @returns as `bsync`, with the counters of all rounds together
 */
export function watchBsync(input: BsyncInput = {}, handlers: BsyncWatchHandlers = {}): Run {
  const never = new AbortController().signal;
  const { signal = never, ending = never } = handlers;
  return beginRun(
    (hear) => {
      const onEvent = (event: SyncEvent): void => {
        handlers.onEvent?.(event);
        hear(event);
      };
      return new BsyncWatch(input, { ...handlers, onEvent, signal, ending }).run();
    },
    () => Promise.resolve(),
    signal,
  );
}

/**
 * Makes sure that such a watch could begin, as far as that shows without asking a server.
 *
 * @throws SyncError `usage`
 */
export function requireBsyncWatchable(input: BsyncInput): void {
  refuseQuestions(input);
  for (const place of placesOf(input, stateFileOf(input))) {
    configFor({ ...input, watch: true }, place);
    requireDirectory({ root: place.path, shownAs: place.path });
  }
}

interface Handlers extends BsyncWatchHandlers {
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
  readonly ending: AbortSignal;
}

class BsyncWatch {
  private readonly file: string;
  private readonly whole: Whole;
  private readonly loop: Loop;
  private readonly local: ReadonlyMap<string, LocalChanges>;

  constructor(
    private readonly input: BsyncInput,
    private readonly handlers: Handlers,
  ) {
    this.file = stateFileOf(input);
    refuseQuestions(input);
    const places = placesOf(input, this.file);
    const [first] = places.map((place) => configFor({ ...input, watch: true }, place));
    if (first === undefined) throw needsBoth();
    const start: Extract<SyncEvent, { type: "start" }> = {
      ...({ type: "start", route: "two-way", dryRun: false } as const),
      ...{ source: places.map(nameOf).join(", "), target: this.file },
    };
    const whole = new Whole({ start, ...handlers, metricsListen: first.metricsListen });
    this.whole = whole;
    this.local = new Map(
      places.map((place) => [idOf(place), this.localChanges(place, first)] as const),
    );
    this.loop = new Loop({
      sources: [
        ...Array.from(this.local.values(), asAll),
        ...places.map(({ bucket, prefix }) => new Polling(`s3://${bucket}/${prefix}`, first.poll)),
      ],
      unfinished: allOf([...this.local.values()].map(({ unfinished }) => unfinished)),
      // Each round looks at everything, so that there is nothing to be kept.
      retries: new RetryQueue(undefined, () => undefined),
      round: (part) => {
        whole.begin(part);
        return carryOutRound((_, hear) => this.round(hear), part, false, whole.hear);
      },
      rescanMs: first.rescan ?? usualRescanMs,
      tell: (state) => whole.hear({ type: "watch", state }),
      warn: whole.warn,
      recovered: whole.recovered,
      ending: whole.ending,
    });
  }

  run(): Promise<Summary> {
    return this.whole.run(this.loop, () => Promise.resolve());
  }

  private localChanges(place: Place, { debounce, poll, encodeNames }: Config): LocalChanges {
    const { path: root } = place;
    const places = new Places(root, encodeNames);
    return new LocalChanges({
      ...{ root, shownAs: root, debounceMs: debounce, pollMs: poll, warn: this.whole.warn },
      ignores: isOwnFile([this.file]),
      keyOf: (names) => places.keyOf(names),
    });
  }

  private async round(hear: EventSink): Promise<Summary> {
    const stop = new AbortController();
    using _ = linked(stop, [this.handlers.signal]);
    const end = new AbortController();
    using _end = linked(end, [this.whole.ending]);
    const isLeft = (place: Place, key: Key): boolean =>
      this.local.get(idOf(place))?.unfinished.has(key) === true;
    const input = { ...this.input, ...once, continueOnError: true };
    const { onPair } = this.handlers;
    const handlers = { onEvent: hear, onPair, signal: stop.signal };
    return await bsyncRound(input, handlers, { isLeft, ending: end.signal });
  }
}

function stateFileOf({ state }: BsyncInput): string {
  return path.resolve(state ?? defaultStateFile());
}

/** A round does not go on. */
const once = {
  ...{ watch: undefined, debounce: undefined, poll: undefined, rescan: undefined },
  metricsListen: undefined,
};

/** @throws SyncError `usage` */
function placesOf(input: BsyncInput, file: string): readonly Place[] {
  const { local, remote, noRecursive } = input;
  if (local === undefined && remote === undefined) return listMaps(file);
  if (local === undefined || remote === undefined) throw needsBoth();
  return [placeOf(local, remote, noRecursive !== true)];
}

/** @throws SyncError `usage` */
function refuseQuestions({ firstSync }: BsyncInput): void {
  if (firstSync !== "ask" && firstSync !== "list") return;
  const why = firstSync === "ask" ? "nobody is there to be asked" : "it changes nothing";
  throw new SyncError("usage", `--first-sync ${firstSync} cannot be combined with --watch: ${why}`);
}

/** Both sides are looked at as a whole. */
function asAll(changes: LocalChanges): ChangeSource {
  const { name } = changes;
  return {
    name,
    begin: (hear: HintSink, signal) =>
      changes.begin((_, settled) => hear([{ kind: "all" }], settled), signal),
  };
}

function allOf(several: readonly Unfinished[]): Pick<Unfinished, "size" | "oldest" | "has"> {
  return {
    get size() {
      return several.reduce((sum, { size }) => sum + size, 0);
    },
    get oldest() {
      const times = several.flatMap(({ oldest }) => oldest ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    has: () => false,
  };
}
