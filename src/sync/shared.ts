/**
 * What runs share that are under way at the same time: places for objects in work, and paces.
 *
 * @module
 */
import type { Config } from "../config/shape.ts";
import { Pace } from "../core/pace.ts";
import type { WorkRange } from "../transfer/limits/adaptive-limit.ts";
import type { PartHelp } from "../transfer/parts/part-help.ts";
import { Workers } from "./workers.ts";

/** It is shared by runs that are parts of one; any other has its own. */
export interface Shared {
  readonly workers: Workers;
  /** How fast objects may be sent and deleted, and bytes be read; `undefined`: as fast as can be. */
  readonly objectPace: Pace | undefined;
  readonly bytePace: Pace | undefined;
  /** When all of it began; `undefined`: with the run. */
  readonly begunAt?: Date | undefined;
  /** Others who move parts of large objects; `undefined`: there are none. */
  readonly help?: PartHelp | undefined;
}

/** Makes it. @param say hears how many objects are in work */
export function sharedOf(config: Config, say?: (message: string) => void): Shared {
  return {
    workers: new Workers(config.workerSize ?? workRange(config), say),
    objectPace: paceOf(config.rateLimitObjects),
    bytePace: paceOf(config.rateLimitBandwidth),
  };
}

/** `undefined`: as fast as can be. */
export function paceOf(perSecond: number | undefined): Pace | undefined {
  return perSecond === undefined ? undefined : new Pace(perSecond);
}

/** What passes through this machine from bucket to bucket takes twice the connections. */
function workRange({ source, target, serverSideCopy }: Config): WorkRange {
  const passesTwice = source.kind === "s3" && target.kind === "s3" && !serverSideCopy;
  return { start: 16, least: 1, most: passesTwice ? 32 : 64 };
}
