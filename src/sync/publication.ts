/**
 * What makes a run one that publishes: other sides than those that were opened, and an order of things.
 *
 * @module
 */
import type { Config } from "../config/shape.ts";
import type { EventSink } from "../core/events.ts";
import type { UpdateCheck } from "../diff/update-check.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import type { RepairRules } from "../transfer/repairing/repair.ts";
import type { OneWayRun } from "./one-way-run.ts";
import type { OpenedStores } from "./opening/stores.ts";

type PublishedOtherwise =
  "stageOf" | "comesAndGoes" | "showsLife" | "mayDiffer" | "filter" | "finish";

/** What a run does otherwise than one that brings two sides in step. */
export interface Publication extends Pick<OneWayRun, PublishedOtherwise> {
  /** In place of those that were opened. They close these. */
  readonly stores: OpenedStores;
  readonly check: UpdateCheck;
  /** What is brought in step of what is not sent; `undefined`: as the options say. */
  readonly repairs?: RepairRules | undefined;
  /** Hears of all that happens. */
  readonly hear?: EventSink | undefined;
}

/** What there is when it is made. */
export interface Unpublished {
  readonly config: Config;
  readonly stores: OpenedStores;
  readonly filter: ObjectFilter | undefined;
  readonly onEvent: EventSink;
  readonly signal: AbortSignal;
}

/** Makes it. @throws SyncError what keeps the run from starting */
export type Publish = (unpublished: Unpublished) => Promise<Publication>;
