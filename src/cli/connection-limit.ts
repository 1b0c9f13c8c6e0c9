/**
 * Bun allows 256 requests at the same time in a process, and takes another number only from the environment
 * it is started with. When the options ask for more, the process is started anew in place.
 *
 * @module
 */
const variable = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const bunsLimit = 256;
/** Listings, and the requests that free the others. */
const reserve = 16;
/** As many objects as a run has in work that nobody gave a number for. */
const mostByItself = 64;
const mostAllowed = 65_535;

/** What a run may have in flight. */
export interface Demand {
  readonly workerSize: number | undefined;
  readonly maxParallelUploads: number;
}

/** Parts that a run moves at the same time when nobody gave a number. */
const partsByItself = 16;

/** What a worker of a cluster may have in flight, as far as that is known before there are jobs. */
export function demandOfWorker(slots: number): Demand {
  return { workerSize: undefined, maxParallelUploads: slots * partsByItself };
}

/** The limit that a run needs, or `undefined` if the present one will do. */
export function neededLimit(
  demand: Demand,
  environment: Readonly<Record<string, string | undefined>>,
): number | undefined {
  const workers = demand.workerSize ?? mostByItself;
  const needed = Math.min(workers + demand.maxParallelUploads + reserve, mostAllowed);
  const present = Number(environment[variable]);
  const isEnough = needed <= (present > 0 ? present : bunsLimit);
  return isEnough ? undefined : needed;
}

/**
 * Starts this process anew with a higher limit; does not return if that works.
 *
 * @returns what to tell the user if it does not
 */
export function restartWithLimit(limit: number): string {
  const environment = { ...process.env, [variable]: String(limit) };
  const script = Bun.isStandaloneExecutable ? [] : process.argv.slice(1, 2);
  const argv = [process.execPath, ...process.execArgv, ...script, ...process.argv.slice(2)];
  try {
    process.execve?.(process.execPath, argv, environment);
  } catch {
    // Not on this system: told below.
  }
  return `more than ${bunsLimit} requests at the same time need ${variable}=${limit} in the environment; at most ${bunsLimit} will be in flight`;
}
