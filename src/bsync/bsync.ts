/**
 * Two-way syncs: the door.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { resolveOptions } from "../config/config.ts";
import { camelCase, optionNames } from "../config/options.ts";
import { parsePlace, type Place as ParsedPlace } from "../config/place.ts";
import type { Config, OptionsInput } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import type { EventSink, Summary, SyncEvent } from "../core/events.ts";
import { Lock } from "../state/lock.ts";
import { paceOf, transferOptionsOf } from "../sync/carry-out.ts";
import { ignoredNames } from "../sync/filter.ts";
import { openFilesLimit, withinOpenFiles } from "../sync/open-files.ts";
import { beginRun, type Run } from "../sync/run.ts";
import { TrafficMeter } from "../sync/traffic-meter.ts";
import { Workers } from "../sync/workers.ts";
import type { Conflict, Half } from "./conflict.ts";
import { Memory, ownFiles } from "./memory.ts";
import { bsyncOptions } from "./options.ts";
import { syncPlace } from "./place-run.ts";
import { idOf, nameOf, type Place, refuseOverlap } from "./place.ts";
import type { ConflictRules } from "./settle-conflict.ts";
import { openSides } from "./sides.ts";
import { addedUp } from "./totals.ts";

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
  /** Decides conflicts with `firstSync: "ask"`; `undefined` leaves both sides as they are. */
  readonly onConflict?: ((conflict: Conflict) => Promise<Half | undefined>) | undefined;
  readonly signal?: AbortSignal | undefined;
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

  constructor(
    private readonly input: BsyncInput,
    private readonly handlers: Handlers,
  ) {
    this.file = path.resolve(input.state ?? defaultStateFile());
    this.dryRun = input.dryRun === true || input.firstSync === "list";
  }

  async run(): Promise<Summary> {
    const { file, dryRun, handlers } = this;
    const startedAt = performance.now();
    const wanted = this.wanted();
    using _lock = dryRun ? undefined : Lock.take(`${file}.lock`, file);
    using memory = new Memory(file, !dryRun);
    const isNew = !memory.places.some(
      (each) => wanted !== undefined && idOf(each) === idOf(wanted),
    );
    const places = this.placesOf(memory, wanted);
    const [source, target] = [places.map(nameOf).join(", "), file];
    handlers.onEvent({ type: "start", source, target, route: "two-way", dryRun });
    if (memory.isPoor) handlers.onEvent({ type: "notice", message: poor(file) });
    const summaries: Summary[] = [];
    try {
      for (const place of places) summaries.push(await this.sync(memory, place));
    } finally {
      const isComplete = summaries.length === places.length && !handlers.signal.aborted;
      if (wanted !== undefined && isNew) forgetMistake(memory, wanted);
      const isWorthIt = memory.places.length > 0 || fs.existsSync(file);
      if (!dryRun && isWorthIt) memory.save(isComplete ? Date.now() : undefined);
    }
    const durationMs = performance.now() - startedAt;
    const summary = addedUp(summaries, durationMs, dryRun, this.meter.traffic);
    handlers.onEvent({ type: "end", summary });
    return summary;
  }

  /** The place that is named, if one is. */
  private wanted(): Place | undefined {
    const { local, remote, noRecursive } = this.input;
    if (local === undefined || remote === undefined) return undefined;
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
    if (known !== undefined) return [known];
    refuseOverlap(wanted, memory.places);
    memory.add(wanted);
    return [wanted];
  }

  private async sync(memory: Memory, place: Place): Promise<Summary> {
    const { handlers, dryRun } = this;
    const config = withinOpenFiles(this.configFor(place), openFilesLimit(), (message) =>
      handlers.onEvent({ type: "notice", message }),
    );
    // The whole begins and ends once.
    const onEvent = (event: SyncEvent): void => {
      if (event.type !== "start" && event.type !== "end") handlers.onEvent(event);
    };
    const workers = new Workers(config.workerSize ?? { start: 16, least: 1, most: 64 });
    const hear = (event: SyncEvent): void => {
      workers.hear(event);
      this.meter.hear(event);
      onEvent(event);
    };
    const sides = await openSides({ ...config, dryRun }, place, hear, handlers.signal);
    try {
      const isFirst = memory.isFirst(place);
      const ignored = ignoredNames(config);
      const own = new Set(ownFiles(this.file));
      const summary = await syncPlace({
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
          signal: handlers.signal,
        },
        ignores: (key) => own.has(sides.local.locate(key)) || sides.isPutAside(key) || ignored(key),
        conflicts: this.conflictRules(config, isFirst),
        onlyLists: config.firstSync === "list",
        deleteLimit: config.maxDelete ?? { kind: "percent", most: 50 },
        allowsEmpty: config.allowEmptySource,
        confirmsDeletes: config.confirmDeletes,
      });
      const isDone = summary.errors === 0 && !summary.interrupted && !dryRun;
      if (isDone) memory.finished(place);
      return summary;
    } finally {
      await sides.close();
    }
  }

  /** As of an upload that deletes, only of what is still as it was listed. */
  private configFor({ path: directory, bucket, prefix }: Place): Config {
    const given: Record<string, unknown> = { ...this.input, ifMatch: true, delete: true };
    delete given["local"];
    delete given["remote"];
    // It is about the other side.
    delete given["backupDir"];
    refuseOthers(this.input);
    const { backupDir, conflictLoser, backupPrefix } = this.input;
    if (conflictLoser === "backup" && (backupDir === undefined || backupPrefix === undefined)) {
      const text = "--conflict-loser backup needs --backup-dir and --backup-prefix";
      throw new SyncError("usage", text);
    }
    const config = resolveOptions(
      given,
      () => ({
        source: { kind: "local", path: directory },
        target: { kind: "s3", bucket, prefix },
      }),
      "bsync",
    );
    return { ...config, backupDir };
  }

  private conflictRules(config: Config, isFirst: boolean): ConflictRules {
    const { firstSync, conflictResolve } = config;
    // What is replaced is put aside by the stores themselves.
    const conflictLoser = config.conflictLoser === "backup" ? "delete" : config.conflictLoser;
    const ask = firstSync === "ask" ? this.handlers.onConflict : undefined;
    if (!isFirst) return { resolution: conflictResolve, loser: conflictLoser ?? "keep" };
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

/** A place whose first run has brought nothing is most likely a typo: nobody wants to have it in every other run. */
function forgetMistake(memory: Memory, place: Place): void {
  if (memory.isFirst(place) && memory.count(place) === 0) memory.drop(place);
}

function poor(file: string): string {
  return `what was known of the files besides ${file} is lost: they are read anew, and nothing is deleted this time`;
}

/**
 * A place as it is written down.
 *
 * @throws SyncError `usage`
 */
export function placeOf(local: string, remote: string, recursive: boolean): Place {
  const [here, there]: ParsedPlace[] = [parsePlace(local, "LOCAL"), parsePlace(remote, "S3")];
  if (here?.kind !== "local" || there?.kind !== "s3") {
    throw new SyncError("usage", "bsync needs a directory and then a bucket", {
      hint: "For example: s3sync bsync ./notes s3://bucket/notes/",
    });
  }
  const { bucket, prefix } = there;
  if (prefix !== "" && !prefix.endsWith("/")) {
    throw new SyncError(
      "usage",
      `${remote} must end with a slash: only a whole directory is kept in step`,
      {
        hint: `Write ${remote}/.`,
      },
    );
  }
  return { bucket, prefix, path: path.resolve(here.path), recursive };
}

/** @throws SyncError `usage` for options that mean nothing here */
function refuseOthers(input: BsyncInput): void {
  const others = optionNames.filter((name) => {
    const value = input[camelCase(name)];
    return value !== undefined && value !== false && !bsyncOptions.has(name);
  });
  if (others.length === 0) return;
  throw new SyncError("usage", others.map((name) => `--${name} means nothing to bsync`).join("\n"));
}
