/**
 * The filter that a configuration means.
 *
 * @module
 */
import type { Config } from "../config/shape.ts";
import { type ObjectFilter, objectFilter } from "../filter/object-filter.ts";

/** Reads the options about filters; `undefined` where nothing is to be filtered. */
export function filterOf(config: Config): ObjectFilter | undefined {
  return objectFilter({
    beforeMs: config.filterMtimeBefore?.getTime(),
    fromMs: config.filterMtimeAfter?.getTime(),
    belowBytes: config.filterSmallerSize,
    fromBytes: config.filterLargerSize,
    include: config.filterIncludeRegex,
    exclude: config.filterExcludeRegex,
    deletesExcluded: config.deleteExcluded,
  });
}
