/**
 * Does what is on the agenda of a place: changes, moves, what is new, and deletions last.
 *
 * @module
 */
import fs from "node:fs";

import type { Entry } from "../core/entry.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import { parseETag } from "../core/etag.ts";
import type { Key } from "../core/key.ts";
import type { Known } from "../state/index-db.ts";
import type { Course } from "../sync/course.ts";
import { hasETag } from "../transfer/comparing/compare-etags.ts";
import type { Actions } from "./actions.ts";
import type { Agenda, Change } from "./agenda.ts";
import type { Half } from "./conflict.ts";
import { objectionTo } from "./guards.ts";
import { Moves } from "./move-work.ts";
import type { PlaceTask } from "./place-task.ts";
import { nameOf } from "./place.ts";
import { Removals } from "./removals.ts";
import { holdTheSame } from "./same-contents.ts";
import { Settlement } from "./settle-conflict.ts";

/** Does what is on the agenda. */
export class Work {
  private readonly settlement: Settlement;
  private readonly removals: Removals;
  private readonly moves: Moves;
  /** Files that were changed here, and whose objects are gone. */
  private readonly changedHere = new Set<Key>();
  /** What is new on a side, where something stands on the other that may be gone when all deletions are done. */
  private readonly obstructed: Readonly<Record<Half, Entry[]>> = { local: [], s3: [] };

  constructor(
    private readonly options: PlaceTask,
    private readonly course: Course,
    private readonly actions: Actions,
    private readonly agenda: Agenda,
  ) {
    const { files, remote, now } = options;
    const { dryRun } = options.course;
    this.settlement = new Settlement(actions, { files, remote }, course, now, dryRun);
    this.removals = new Removals(options, course, actions, agenda);
    this.moves = new Moves(options, course, actions, agenda, {
      do: (entry, work) => this.do(entry, work),
      isAsBefore: (file, { past }) => this.isAsBefore(file, past),
      obstructed: (half, entry) => void this.obstructed[half].push(entry),
      removals: this.removals,
    });
  }

  /**
   * Does all of it, or nothing where something speaks against that.
   *
   * @returns whether it was done
   */
  async carryOut(): Promise<boolean> {
    await this.lookBeforeDeletions();
    await this.moves.find();
    if (this.course.signal.aborted || this.isObjectedTo()) return false;
    const { agenda, actions, course, moves } = this;
    if (this.removals.isBlocked) moves.giveUp();
    for (const key of agenda.forgotten) actions.forget(key);
    for (const batch of agenda.changes.batches()) {
      for (const change of batch) await this.begin(change);
    }
    await course.settle();
    for (const half of ["local", "s3"] as const) {
      await moves.follow(half);
      await this.sendFresh(half);
    }
    await course.settle();
    if (course.isWell) await this.removals.carryOut();
    await this.sendObstructed();
    return true;
  }

  /** How many would be deleted has to be known before anything is done. */
  private async lookBeforeDeletions(): Promise<void> {
    for (const batch of this.agenda.changes.batches()) {
      for (const change of batch) {
        if (change.kind !== "look-before-delete") continue;
        await this.do(change.local, () => this.lookBeforeDelete(change.local));
      }
    }
    await this.course.settle();
  }

  /** Tells what speaks against doing anything, if something does. */
  private isObjectedTo(): boolean {
    const { place, memory, deleteLimit, allowsEmpty } = this.options;
    const { found, gone } = this.agenda;
    const objection = objectionTo({
      ...{ found, deleteLimit, allowsEmpty, tracked: memory.count(place) },
      deletions: gone.local.size + gone.s3.size,
      directory: memory.isFirst(place) || fs.existsSync(place.path) ? "there" : "gone",
    });
    if (objection === undefined) return false;
    const what = `nothing is done in ${nameOf(place)}: ${objection}`;
    const error = new SyncError("precondition", what, { isGuard: true });
    this.course.emit({ type: "warning", key: undefined, error });
    return true;
  }

  private begin(change: Change): Promise<void> {
    const entry = "local" in change ? change.local : change.remote;
    return this.do(entry, () => this.change(change));
  }

  /** Does something with an object when there is a place for it. */
  private do(entry: Entry, work: () => Promise<void>): Promise<void> {
    const { course } = this;
    return course.begin(entry.key, entry.size, work, (error, key) => {
      if (!course.isByStop(error)) course.report(withWayOut(error), key);
    });
  }

  private async change(change: Change): Promise<void> {
    const { actions } = this;
    switch (change.kind) {
      case "upload":
        return actions.upload(change.local, change.replaces);
      case "download":
        return actions.download(change.remote, change.replaces);
      case "look":
        return (await this.isSame(change.local, change.remote))
          ? actions.noteSame(change.local, change.remote)
          : actions.upload(change.local, change.remote);
      case "look-before-delete":
        if (this.changedHere.has(change.local.key)) await actions.upload(change.local, undefined);
        return;
      case "both":
        return this.settle(change.local, change.remote);
    }
  }

  private isSame(file: Entry, object: Entry): Promise<boolean> {
    return holdTheSame(this.actions.up, file, object, this.course.signal);
  }

  /** The object is gone. If the file is what it was, it goes, too; what changed is worth more than a deletion. */
  private async lookBeforeDelete(file: Entry): Promise<void> {
    const past = this.pastOf(file.key);
    if (past !== undefined && (await this.isAsBefore(file, past))) {
      this.agenda.gone.s3.set(file.key, { entry: file, past });
    } else this.changedHere.add(file.key);
  }

  private async settle(file: Entry, object: Entry): Promise<void> {
    const { options, actions } = this;
    if (await this.isSame(file, object)) return actions.noteSame(file, object);
    const past = this.pastOf(file.key);
    // Somebody has only touched it.
    if (past !== undefined && (await this.isAsBefore(file, past))) {
      return actions.download(object, file);
    }
    const isFirst = options.memory.isFirst(options.place);
    const conflict = { key: file.key, local: file, remote: object, isFirst };
    await this.settlement.settle(conflict, options.conflicts);
  }

  private pastOf(key: Key): Known | undefined {
    return this.options.memory.get(this.options.place, key);
  }

  private async isAsBefore(file: Entry, { size, etag }: Known): Promise<boolean> {
    if (file.size !== size) return false;
    const placed = { store: this.options.local, entry: file };
    return hasETag(this.actions.up, placed, parseETag(etag), this.course.signal);
  }

  private async sendFresh(half: Half): Promise<void> {
    for (const batch of this.agenda.fresh[half].batches()) {
      for (const entry of batch) {
        if (this.moves.takes(half, entry.key)) continue;
        await this.do(entry, () => this.bring(half, entry));
      }
    }
  }

  private async bring(half: Half, entry: Entry): Promise<void> {
    try {
      await this.send(half, entry);
    } catch (thrown) {
      if (toSyncError(thrown).code !== "path-clash") throw thrown;
      this.obstructed[half].push(entry);
    }
  }

  private send(half: Half, entry: Entry): Promise<void> {
    const { actions } = this;
    return half === "local" ? actions.upload(entry, undefined) : actions.download(entry, undefined);
  }

  /**
   * A directory that has become a file there, or a file that has become a directory. Servers over a file system have
   * these, too.
   */
  private async sendObstructed(): Promise<void> {
    for (const half of ["local", "s3"] as const) {
      for (const entry of this.obstructed[half]) {
        await this.do(entry, () => {
          if (half === "s3") this.options.files.clear(entry.key);
          return this.send(half, entry);
        });
      }
    }
    await this.course.settle();
  }
}

/** Each run meets such a thing again, until somebody does something about it. */
function withWayOut(error: SyncError): SyncError {
  if (error.code !== "path-clash") return error;
  const why = error.hint === undefined ? "" : `${error.hint} `;
  const hint = `${why}Rename what is in the way, or the object: then the next run goes on.`;
  return new SyncError(error.code, error.message, { ...error, hint, cause: error.cause });
}
