/**
 * How many tasks more would find somebody who waits for one. Pure.
 *
 * @module
 */

/**
 * Shares slots among jobs. What is free is promised once, not to each of them. Where nothing is free, a job with fewer
 * tasks than its share of all slots is promised the rest of it: tasks are taken in turn, so only who has some comes to it.
 *
 * @param slots of all workers
 * @param counts tasks of each job, those in work as well
 * @returns for each job
 */
export function demandOf(slots: number, counts: ReadonlyMap<string, number>): Map<string, number> {
  const jobs = counts.size;
  const total = counts.values().reduce((sum, count) => sum + count, 0);
  const ofFree = Math.ceil(Math.max(0, slots - total) / jobs);
  const share = Math.floor(slots / jobs);
  const demand = new Map<string, number>();
  for (const [run, count] of counts) demand.set(run, Math.max(ofFree, share - count));
  return demand;
}
