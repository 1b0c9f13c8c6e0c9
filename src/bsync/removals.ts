/**
 * Deletes on one side what is gone from the other one, if nothing speaks against it.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import type { Key } from "../core/key.ts";
import { inParallel } from "../core/parallel.ts";
import type { Store } from "../store/store.ts";
import type { Course } from "../sync/course.ts";
import { confirmedAbsent } from "../sync/deletions/confirm-deletes.ts";
import { requestsAtOnce } from "../sync/deletions/open-files.ts";
import type { Actions } from "./actions.ts";
import type { Agenda } from "./agenda.ts";
import type { Half } from "./conflict.ts";
import type { PlaceTask } from "./place-task.ts";
import { nameOf } from "./place.ts";

/** Nothing else is under way when something is deleted. */
const headsAtOnce = 32;

/** Deletions of a place. */
export class Removals {
  constructor(
    private readonly options: PlaceTask,
    private readonly course: Course,
    private readonly actions: Actions,
    private readonly agenda: Agenda,
  ) {}

  /** Deletes what is gone, all of it or nothing. */
  async carryOut(): Promise<void> {
    const { gone } = this.agenda;
    const { local, remote } = this.options;
    const count = gone.local.size + gone.s3.size;
    if (count === 0) return;
    const { blocker } = this;
    if (blocker !== undefined) {
      const what = `${count} deletions of ${nameOf(this.options.place)} are not carried out: ${blocker}`;
      const error = new SyncError("precondition", what);
      this.course.emit({ type: "warning", key: undefined, error });
      return;
    }
    const entriesOf = (half: Half): Entry[] => [...gone[half].values()].map(({ entry }) => entry);
    try {
      const absent = await this.confirmed(local, entriesOf("local"));
      await this.actions.remove(remote, await this.unchanged(absent));
      await this.actions.remove(local, await this.confirmed(remote, entriesOf("s3")));
    } catch (thrown) {
      const error = toSyncError(thrown);
      if (!this.course.isByStop(error)) throw error;
    }
  }

  /** What is not on the other side, also when that is asked. */
  private async confirmed(other: Store, entries: readonly Entry[]): Promise<readonly Entry[]> {
    const { course } = this;
    const report = (error: SyncError, key: Key): void => course.report(error, key);
    if (!this.options.confirmsDeletes) return entries;
    return confirmedAbsent(other, entries, report, course.signal);
  }

  /**
   * Objects that are still as they were listed: not every server looks at that when it deletes, and deletions are
   * few. What has changed is fetched by the next run.
   */
  async unchanged(objects: readonly Entry[]): Promise<readonly Entry[]> {
    const { remote } = this.options;
    const { course } = this;
    const infos = await inParallel(objects, requestsAtOnce(headsAtOnce), ({ key }) =>
      remote.head(key, course.signal),
    );
    return objects.filter(({ etag }, index) => {
      const info = infos[index];
      return info === undefined || info.etag === etag;
    });
  }

  /** Whether nothing may be deleted in this run, not even an old name of what has moved. */
  get isBlocked(): boolean {
    return this.blocker !== undefined;
  }

  private get blocker(): string | undefined {
    const { memory, place } = this.options;
    if (this.agenda.isIncomplete) return "a part of a listing is missing";
    if (!memory.isPoor(place)) return undefined;
    return "what is known of the files was lost, and is known again from now on; the next run deletes";
  }
}
