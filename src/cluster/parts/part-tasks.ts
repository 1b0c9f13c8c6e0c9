/**
 * The tasks by which others are asked for help with an object: a few at a time, so that those of other jobs come in between.
 *
 * @module
 */
import type { TaskQueue } from "../ground.ts";
import { firstOfRun, type ObjectRecord, partTaskId } from "./records.ts";

/** What they are about. */
export interface PartTasksOptions {
  readonly queue: TaskQueue;
  /** Of the job. */
  readonly run: string;
  /** Names the object. */
  readonly id: string;
  readonly object: Pick<ObjectRecord, "plan" | "stride">;
  /** What nobody has taken after so many milliseconds, though somebody waits, was lost. */
  readonly patienceMs: number;
}

/** The tasks of one object. Each run of its parts is offered once: what gets lost its leader does. */
export class PartTasks {
  /** When those were put in that nobody has taken yet, by the first parts of their runs. */
  private readonly waiting = new Map<number, number>();
  /** The run that is offered next: from the back, because the leader comes from the front. */
  private next: number;

  constructor(private readonly options: PartTasksOptions) {
    const { plan, stride } = options.object;
    this.next = firstOfRun(plan.count, stride);
  }

  /** Whether all runs were offered. */
  get isOver(): boolean {
    return this.next < 1;
  }

  /**
   * Puts in as many as would find somebody: one waits always, so that nobody who has finished a run has to.
   *
   * @param wanted how many tasks more would find somebody who waits for one
   * @param isFree whether somebody is still to take the run that begins with a part
   */
  async fill(wanted: number, isFree: (from: number) => boolean): Promise<void> {
    const { queue, run, id, object, patienceMs } = this.options;
    const now = performance.now();
    for (const [from, since] of this.waiting) {
      const isLost = wanted > 0 && now - since >= patienceMs;
      if (isLost || !isFree(from)) this.waiting.delete(from);
    }
    const ids: string[] = [];
    for (; this.waiting.size < Math.max(1, wanted) && !this.isOver; this.next -= object.stride) {
      if (!isFree(this.next)) continue;
      this.waiting.set(this.next, now);
      ids.push(partTaskId(id, this.next));
    }
    if (ids.length > 0) await queue.add(run, ids);
  }
}
