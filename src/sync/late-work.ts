/**
 * What is sent when other things are there: the pages of a site, which lead to everything else. It waits on disk.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { SyncEvent } from "../core/events.ts";
import { Spill } from "../list/spill.ts";

/** Gathers it. Items are plain data, in the order in which they came. */
export class LateWork<Item extends { readonly entry: Entry }> implements Disposable {
  /** From the first that waits. */
  private readonly stages: Spill<Item>[] = [];

  /**
   * @param tempDir where it waits, if it is much
   * @param stageOf when an object is sent: 0 is at once, 1 when all of those are there, and so on; `undefined`: at once
   */
  constructor(
    private readonly tempDir: string,
    private readonly stageOf: ((entry: Entry) => number) | undefined,
  ) {}

  /** Keeps what is to be done about an object, if that has to wait. @returns whether it has to */
  takes(item: Item): boolean {
    const stage = this.stageOf?.(item.entry) ?? 0;
    if (stage === 0) return false;
    while (this.stages.length < stage) this.stages.push(new Spill<Item>(this.tempDir));
    this.stages[stage - 1]?.add(item);
    return true;
  }

  get isEmpty(): boolean {
    return this.stages.every(({ count }) => count === 0);
  }

  /** What is to be done, stage by stage, and how many objects wait from there on. */
  *inStages(): Generator<{ readonly items: Iterable<Item>; readonly waiting: number }> {
    let waiting = this.stages.reduce((sum, { count }) => sum + count, 0);
    for (const stage of this.stages) {
      if (stage.count > 0) yield { items: itemsOf(stage), waiting };
      waiting -= stage.count;
    }
  }

  [Symbol.dispose](): void {
    for (const stage of this.stages) stage[Symbol.dispose]();
  }
}

function* itemsOf<Item>(spill: Spill<Item>): Generator<Item, void, undefined> {
  for (const batch of spill.batches()) yield* batch;
}

/** What is told when objects that come last are not sent. */
export function heldBack(count: number, reason: string): SyncEvent {
  const what = count === 1 ? "1 object that comes" : `${count} objects that come`;
  const verb = count === 1 ? "is" : "are";
  const error = new SyncError("precondition", `${what} last ${verb} not sent: ${reason}`);
  return { type: "warning", key: undefined, error };
}
