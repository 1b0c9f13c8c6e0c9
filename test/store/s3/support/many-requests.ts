/**
 * Sends requests all at the same time, after raising Bun's limit if that is asked for.
 *
 *     bun many-requests.ts ORIGIN COUNT [WORKER_SIZE]
 *
 * @module
 */
import { neededLimit, restartWithLimit } from "../../../../src/cli/connection-limit.ts";

const [, , origin = "", count = "0", workerSize] = process.argv;
if (workerSize !== undefined) {
  const demand = { workerSize: Number(workerSize), maxParallelUploads: 0 };
  const limit = neededLimit(demand, process.env);
  if (limit !== undefined) process.stdout.write(`not restarted: ${restartWithLimit(limit)}`);
}
const requests = Array.from({ length: Number(count) }, async () => (await fetch(origin)).text());
await Promise.all(requests);
process.stdout.write("done");
