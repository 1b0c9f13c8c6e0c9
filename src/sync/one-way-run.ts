/**
 * What a one-way run is given.
 *
 * @module
 */
import type { DeleteLimit } from "../config/kinds.ts";
import type { Entry } from "../core/entry.ts";
import type { Key, KeyRange } from "../core/key.ts";
import type { Known } from "../diff/decide.ts";
import type { UpdateCheck } from "../diff/update-check.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import type { RepairRules } from "../transfer/repairing/repair.ts";
import type { StatusReport } from "./checking/status-report.ts";
import type { CourseOptions } from "./course.ts";
import type { ShowsLife } from "./deletions/source-life.ts";
import type { PlanSink } from "./plans/plan.ts";

/** A run of the engine: two stores and what to do with them. */
export interface OneWayRun extends CourseOptions {
  /** The keys that the run is about. Default: all. */
  readonly range?: KeyRange | undefined;
  readonly deletes: boolean;
  /** Deletions take away directories, too: so what is to be deleted keeps nothing from its place. */
  readonly makesRoom?: boolean | undefined;
  /** More is not deleted, none of it. */
  readonly deleteLimit?: DeleteLimit | undefined;
  /** Keys that give way to others whenever the source is made anew: a share is not of them. */
  readonly comesAndGoes?: ((key: Key) => boolean) | undefined;
  /** Which objects of the source show that it is there at all. Default: all. */
  readonly showsLife?: ShowsLife | undefined;
  /**
   * Asked before a source without objects empties the target: tells why nothing is to be deleted, if so. What it
   * throws ends the run.
   */
  readonly beforeEmptying?: ((signal: AbortSignal) => Promise<string | undefined>) | undefined;
  /** Ask the source about each object before it is deleted. */
  readonly confirmsDeletes?: boolean | undefined;
  /** Which objects are sent at all; `undefined`: all. */
  readonly filter?: ObjectFilter | undefined;
  /** Which objects are sent that the target has. */
  readonly check: UpdateCheck;
  /** What is known from earlier runs of contents that would have to be compared. */
  readonly known?: Known | undefined;
  /** Places at which both sides are listed at the same time. */
  readonly parallelListings: number;
  /** Hears what a dry run would do. */
  readonly plans?: readonly PlanSink[] | undefined;
  /** What is brought in step of objects whose contents are the same. */
  readonly repairs?: RepairRules | undefined;
  /** Of which objects of the target that may have to be. Default: all. */
  readonly mayDiffer?: ((target: Entry) => boolean) | undefined;
  /** Only compare, tell how objects stand, and change nothing. */
  readonly statusReport?: StatusReport | undefined;
  /** When an object is sent: 0 is at once, 1 when all of those are there, if none of them failed, and so on. Default: 0. */
  readonly stageOf?: ((entry: Entry) => number) | undefined;
}
