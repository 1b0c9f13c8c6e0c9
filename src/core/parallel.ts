/**
 * Work on many things at the same time.
 *
 * @module
 */

/**
 * Works on all items, so many at a time, and begins the next one as soon as one is done.
 *
 * @returns what came of them, in the order of the items
 * @throws the first failure, when nothing is under way any more; nothing new is begun after it
 */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const goOn = async (): Promise<void> => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  const lines = Array.from({ length: Math.min(atOnce, items.length) }, () =>
    goOn().catch((thrown: unknown) => {
      // The iterator is shared: at its end nobody finds another item.
      for (const _ of waiting);
      throw thrown;
    }),
  );
  const settled = await Promise.allSettled(lines);
  const failed = settled.find((line) => line.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results;
}
