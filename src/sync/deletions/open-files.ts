/**
 * Keeps a run within the files and connections that the system lets a process have open (`ulimit -n`). Where it is
 * not kept, Bun 1.4.5 says nothing of a connection that could not be made: the request waits for its deadline.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";

/** What is open whatever is done: streams, the runtime's own, threads. */
const reserve = 32;
/** An object in work has a file, its directory, and a connection. */
const perObject = 3;
/** As many objects as are in work where nobody gave a number. */
const mostByItself = 64;

/** How many files this process may have open; `undefined` where nobody tells. */
export function openFilesLimit(): number | undefined {
  const report: unknown = process.report.getReport();
  const { userLimits } = report as { userLimits?: { open_files?: { soft?: unknown } } };
  const limit = userLimits?.open_files?.soft;
  return typeof limit === "number" ? limit : undefined;
}

/**
 * How many requests may be under way at the end of a run, when nothing else is.
 *
 * @param most where files enough may be open
 */
export function requestsAtOnce(most: number, limit = openFilesLimit()): number {
  if (limit === undefined) return most;
  return Math.min(most, Math.max(1, Math.floor((limit - reserve) / 2)));
}

/**
 * Asks for less at the same time where the limit is so low that it would be met.
 *
 * @param say hears what was lowered
 */
export function withinOpenFiles(
  config: Config,
  limit: number | undefined,
  say: (message: string) => void,
): Config {
  if (limit === undefined) return config;
  const free = Math.max(0, limit - reserve);
  // Three eighths for objects, as much for parts, and the rest for the listings of both sides.
  const [objects, parts, listings] = [3 / 8 / perObject, 3 / 8, 1 / 8].map((share) =>
    Math.max(1, Math.floor(free * share)),
  ) as [number, number, number];
  const { workerSize = mostByItself, maxParallelUploads, maxParallelListings } = config;
  if (objects >= workerSize && parts >= maxParallelUploads) return config;
  const size = Math.min(objects, workerSize);
  say(`at most ${limit} files may be open (ulimit -n): no more than ${size} objects are in work`);
  return {
    ...config,
    workerSize: size,
    maxParallelUploads: Math.min(parts, maxParallelUploads),
    maxParallelListings: Math.min(listings, maxParallelListings),
  };
}
