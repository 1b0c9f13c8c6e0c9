/**
 * Two-way syncs: the door.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import type { Config, OptionsInput } from "../config/shape.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import type { EventSink, Summary, SyncEvent } from "../core/events.ts";
import type { Key } from "../core/key.ts";
import { Lock } from "../state/lock.ts";
import { transferOptionsOf } from "../sync/carry-out.ts";
import { openFilesLimit, withinOpenFiles } from "../sync/deletions/open-files.ts";
import { ignoredNames } from "../sync/opening/filter.ts";
import type { Part } from "../sync/part.ts";
import { beginRun, type Run } from "../sync/run.ts";
import { paceOf } from "../sync/shared.ts";
import { TrafficMeter } from "../sync/traffic-meter.ts";
import { Workers } from "../sync/workers.ts";
import type { AskConflict } from "./conflict.ts";
import { Memory, ownFiles } from "./memory.ts";
import { configFor } from "./place-config.ts";
import { syncPlace } from "./place-run.ts";
import {
  idOf,
  nameOf,
  needsBoth,
  type Place,
  placeOf,
  refuseOverlap,
  requireStateDirectory,
} from "./place.ts";
import type { ConflictRules } from "./settle-conflict.ts";
import { openSides } from "./sides.ts";
import { addedUp } from "./totals.ts";
import { isRecursive, nobodyToAsk } from "./wrong-use.ts";

/** What to bring in step. */
export type BsyncInput = {
  /** A directory and a prefix, which are remembered; without them everything that is remembered. */
  readonly local?: string | undefined;
  /** `s3://bucket/prefix/`. */
  readonly remote?: string | undefined;
} & OptionsInput;

/** How to watch, influence and stop it. */
export interface BsyncHandlers {
  readonly onEvent?: EventSink | undefined;
  /** Decides conflicts with `firstSync: "ask"`, one after the other; `undefined` leaves both sides as they are. */
  readonly onConflict?: AskConflict | undefined;
  /** Hears what became of each pair, when that is known. */
  readonly onPair?: ((end: PairEnd) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a directory and its prefix in a run. */
export interface PairEnd {
  readonly place: Place;
  /** In milliseconds since 1970. */
  readonly beganMs: number;
  readonly endedMs: number;
  /** `undefined`: it could not be opened. */
  readonly summary: Summary | undefined;
  /** What kept it from being opened, or the first error that was met. */
  readonly error: SyncError | undefined;
}

/**
 * Brings directories and prefixes in step, in both directions.
 *
 * @returns a promise of the counters, which can be iterated for the events, as that of `sync`
 */
export function bsync(input: BsyncInput = {}, handlers: BsyncHandlers = {}): Run {
  const signal = handlers.signal ?? new AbortController().signal;
  return beginRun(
    (hear) => {
      refuseWatch(input);
      const onEvent = (event: SyncEvent): void => {
        handlers.onEvent?.(event);
        hear(event);
      };
      return new Bsync(input, { ...handlers, onEvent, signal }).run();
    },
    () => Promise.resolve(),
    signal,
  );
}

/** @throws SyncError `usage` */
function refuseWatch({ watch }: BsyncInput): void {
  if (watch !== true) return;
  throw new SyncError("usage", "watch: a sync that keeps going is begun by watchBsync()");
}

/** What a run that is one of many has to know. */
export interface RoundHooks {
  /** Whether a key is left alone this time, because its file is not finished. */
  readonly isLeft: (place: Place, key: Key) => boolean;
  /** When it fires, nothing more is begun; what is in work is finished. */
  readonly ending: AbortSignal;
}

/** Brings everything in step once, as one of many runs. */
export function bsyncRound(
  input: BsyncInput,
  handlers: BsyncHandlers & Pick<Handlers, "onEvent" | "signal">,
  hooks: RoundHooks,
): Promise<Summary> {
  return new Bsync(input, handlers, hooks).run();
}

/** Where the state is kept, if nobody says otherwise. */
export function defaultStateFile(): string {
  return path.join(os.homedir(), ".state.s3sync");
}

interface Handlers extends BsyncHandlers {
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
}

class Bsync {
  private readonly file: string;
  private readonly dryRun: boolean;
  private readonly meter = new TrafficMeter();
  /** Fires when the user stops the run, and when somebody else takes over what it works on. */
  private signal: AbortSignal;

  constructor(
    private readonly input: BsyncInput,
    private readonly handlers: Handlers,
    private readonly hooks?: RoundHooks,
  ) {
    this.file = path.resolve(input.state ?? defaultStateFile());
    this.dryRun = input.dryRun === true || input.firstSync === "list";
    this.signal = handlers.signal;
  }

  async run(): Promise<Summary> {
    const { file, dryRun, handlers } = this;
    const startedAt = performance.now();
    const wanted = this.wanted();
    requireStateDirectory(file);
    using lock = dryRun ? undefined : Lock.take(`${file}.lock`, file);
    if (lock !== undefined) this.signal = AbortSignal.any([handlers.signal, lock.lost]);
    using memory = new Memory(file, !dryRun);
    const places = this.placesOf(memory, wanted);
    const [source, target] = [places.map(nameOf).join(", "), file];
    handlers.onEvent({ type: "start", source, target, route: "two-way", dryRun });
    this.tellDoubts(memory, places);
    const summaries: Summary[] = [];
    let failed = 0;
    try {
      failed = await this.syncAll(memory, places, summaries);
    } finally {
      lock?.requireHeld();
      const isComplete = summaries.length === places.length && !this.signal.aborted;
      if (wanted !== undefined && !dryRun) forgetMistake(memory, wanted);
      const isWorthIt = memory.places.length > 0 || fs.existsSync(file);
      if (!dryRun && isWorthIt) memory.save(isComplete ? Date.now() : undefined);
    }
    const durationMs = performance.now() - startedAt;
    const done = addedUp(summaries, durationMs, dryRun, this.meter.traffic);
    const isCut = summaries.length + failed < places.length;
    const summary = {
      ...done,
      errors: done.errors + failed,
      interrupted: done.interrupted || isCut,
    };
    handlers.onEvent({ type: "end", summary });
    return summary;
  }

  private tellDoubts(memory: Memory, places: readonly Place[]): void {
    const { onEvent } = this.handlers;
    const { firstSync } = this.input;
    if (places.some((place) => memory.isPoor(place))) {
      onEvent({ type: "notice", message: poor(this.file) });
    }
    const isIdle = firstSync !== undefined && firstSync !== "list";
    if (isIdle && places.every((place) => !memory.isFirst(place))) {
      const message = `--first-sync ${firstSync} has no effect: ${places.map(nameOf).join(", ")} was in step before`;
      onEvent({ type: "notice", message, isDoubtful: true });
    }
  }

  /**
   * Brings one place after the other in step, until the run is stopped.
   *
   * @param summaries gets one of each
   * @returns how many could not be opened
   */
  private async syncAll(
    memory: Memory,
    places: readonly Place[],
    summaries: Summary[],
  ): Promise<number> {
    let failed = 0;
    // What makes no sense is told before anything is done.
    const runs = places.map((place) => ({ place, config: configFor(this.input, place) }));
    for (const { place, config } of runs) {
      if (this.opening.aborted) break;
      const beganMs = Date.now();
      const errors: SyncError[] = [];
      let summary: Summary | undefined;
      try {
        summary = await this.sync(memory, place, config, errors);
        summaries.push(summary);
      } catch (thrown) {
        errors.unshift(toSyncError(thrown));
        failed += this.goOnAfter(thrown, places);
      } finally {
        const [error] = errors;
        this.handlers.onPair?.({ place, beganMs, endedMs: Date.now(), summary, error });
      }
    }
    return failed;
  }

  /** The place that is named, if one is. */
  private wanted(): Place | undefined {
    const { local, remote, noRecursive } = this.input;
    if (local === undefined && remote === undefined) return undefined;
    if (local === undefined || remote === undefined) throw needsBoth();
    return placeOf(local, remote, noRecursive !== true);
  }

  private placesOf(memory: Memory, wanted: Place | undefined): readonly Place[] {
    if (wanted === undefined) {
      if (memory.places.length > 0) return memory.places;
      throw new SyncError("usage", `${this.file} knows of no directories`, {
        hint: "For example: s3sync bsync ./notes s3://bucket/notes/",
      });
    }
    const known = memory.places.find((each) => idOf(each) === idOf(wanted));
    if (known?.recursive === true && !wanted.recursive) throw isRecursive(known);
    if (known !== undefined) return [known];
    refuseOverlap(wanted, memory.places);
    memory.add(wanted);
    return [wanted];
  }

  /**
   * A place that cannot be opened keeps no other one from its sync.
   *
   * @returns how many errors that is
   * @throws what was thrown, when there is no other one
   */
  private goOnAfter(thrown: unknown, places: readonly Place[]): number {
    if (places.length === 1 || this.opening.aborted) throw thrown;
    this.handlers.onEvent({ type: "error", error: toSyncError(thrown), key: undefined });
    return 1;
  }

  /** @param errors gets the first one that is met */
  private async sync(
    memory: Memory,
    place: Place,
    wanted: Config,
    errors: SyncError[],
  ): Promise<Summary> {
    const { handlers, dryRun } = this;
    const config = withinOpenFiles(wanted, openFilesLimit(), (message) =>
      handlers.onEvent({ type: "notice", message }),
    );
    // The whole begins and ends once.
    const onEvent = (event: SyncEvent): void => {
      if (event.type !== "start" && event.type !== "end") handlers.onEvent(event);
      if (event.type === "error" && errors.length === 0) errors.push(event.error);
    };
    const workers = new Workers(config.workerSize ?? { start: 16, least: 1, most: 64 });
    const hear = (event: SyncEvent): void => {
      workers.hear(event);
      this.meter.hear(event);
      onEvent(event);
    };
    const conflicts = this.conflictRules(config, memory.isFirst(place));
    const sides = await openSides({ ...config, dryRun }, place, hear, this.opening);
    try {
      const ignored = ignoredNames(config);
      const own = new Set(ownFiles(this.file));
      return await syncPlace({
        ...{ ...sides, place, memory, now: new Date() },
        course: {
          ...{ source: sides.local, target: sides.remote, route: "two-way", dryRun },
          meter: this.meter,
          warningsAreErrors: config.warnAsError,
          continuesOnError: config.continueOnError,
          pace: paceOf(config.rateLimitObjects),
          workers,
          transfer: transferOptionsOf(config, sides.journals),
          onEvent: hear,
          signal: this.signal,
          part: this.partOf(place),
        },
        ignores: (key) => own.has(sides.local.locate(key)) || sides.isPutAside(key) || ignored(key),
        conflicts,
        onlyLists: config.firstSync === "list",
        deleteLimit: config.maxDelete ?? { kind: "percent", most: 50 },
        allowsEmpty: config.allowEmptySource,
        confirmsDeletes: config.confirmDeletes,
      });
    } finally {
      await sides.close();
    }
  }

  /** Fires when no other place is to be opened. */
  private get opening(): AbortSignal {
    const { signal, hooks } = this;
    return hooks === undefined ? signal : AbortSignal.any([signal, hooks.ending]);
  }

  private partOf(place: Place): Part | undefined {
    const { hooks } = this;
    if (hooks === undefined) return undefined;
    const whole = { places: undefined, since: undefined, spares: undefined };
    return { ...whole, isLeft: (key) => hooks.isLeft(place, key), ending: hooks.ending };
  }

  private conflictRules(config: Config, isFirst: boolean): ConflictRules {
    const { firstSync, conflictResolve } = config;
    // What is replaced is put aside by the stores themselves.
    const conflictLoser = config.conflictLoser === "backup" ? "delete" : config.conflictLoser;
    if (!isFirst) return { resolution: conflictResolve, loser: conflictLoser ?? "keep" };
    const ask = firstSync === "ask" ? this.handlers.onConflict : undefined;
    if (firstSync === "ask" && ask === undefined) throw nobodyToAsk();
    switch (firstSync) {
      case "s3":
      case "local":
      case "newer":
        return { resolution: firstSync, loser: conflictLoser ?? "delete" };
      case "union":
      case "list":
      case "ask":
        return { resolution: "s3", loser: conflictLoser ?? "keep", ask };
    }
  }
}

/**
 * A place that could not be opened, or that holds nothing on either side when its run is stopped, is most likely a
 * typo: nobody wants to have it in every other run.
 */
function forgetMistake(memory: Memory, place: Place): void {
  if (memory.isFirst(place) && !memory.isWritten(place)) memory.drop(place);
}

function poor(file: string): string {
  return `what was known of the files besides ${file} is lost: they are read anew, and nothing is deleted this time`;
}
