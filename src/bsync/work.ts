/**
 * Does what is on the agenda of a place: changes, moves, what is new, and deletions last.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import { parseETag } from "../core/etag.ts";
import type { Key } from "../core/key.ts";
import type { Known } from "../state/index-db.ts";
import type { Course } from "../sync/course.ts";
import { hasETag } from "../transfer/compare-etags.ts";
import type { Actions } from "./actions.ts";
import { type Agenda, type Change, type Gone, identityOf } from "./agenda.ts";
import type { Half } from "./conflict.ts";
import { findMoves, type Move } from "./moves.ts";
import type { PlaceTask } from "./place-task.ts";
import { Removals } from "./removals.ts";
import { holdTheSame } from "./same-contents.ts";
import { Settlement } from "./settle-conflict.ts";

type Found = Move<Candidate, Candidate>;

/** Something that may be one end of a move. */
interface Candidate {
  readonly key: Key;
  readonly size: number;
  readonly identity: string;
  readonly entry: Entry;
}

/** Does what is on the agenda. */
export class Work {
  private readonly settlement: Settlement;
  private readonly removals: Removals;
  /** What is to be fetched, where something stands that may be gone when all deletions are done. */
  private readonly obstructed: Entry[] = [];

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
  }

  async carryOut(): Promise<void> {
    const { agenda, actions, course } = this;
    for (const key of agenda.forgotten) actions.forget(key);
    for (const batch of agenda.changes.batches()) {
      for (const change of batch) await this.begin(change);
    }
    await course.settle();
    const { memory, place } = this.options;
    const isPoor = memory.isPoor(place);
    for (const half of ["local", "s3"] as const) {
      const moves = isPoor ? [] : this.findMoves(half);
      for (const move of moves) await this.beginMove(half, move);
      await course.settle();
      const moved = new Set(moves.map(({ to }) => to.key));
      await this.sendFresh(half, moved);
    }
    await course.settle();
    if (course.isWell) await this.removals.carryOut();
    await this.fetchObstructed();
  }

  private begin(change: Change): Promise<void> {
    const entry = "local" in change ? change.local : change.remote;
    return this.do(entry, () => this.change(change));
  }

  /** Does something with an object when there is a place for it. */
  private do(entry: Entry, work: () => Promise<void>): Promise<void> {
    const { course } = this;
    return course.begin(entry.key, entry.size, work, (error, key) => {
      if (!course.isByStop(error)) course.report(error, key);
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
        return this.lookBeforeDelete(change.local);
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
    } else await this.actions.upload(file, undefined);
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

  /** What is gone from a side and has appeared there under another name. */
  private findMoves(half: Half): readonly Found[] {
    const gone = [...this.agenda.gone[half].values()].flatMap((each) => goneAs(half, each));
    const sizes = new Set(gone.map(({ size }) => size));
    return gone.length === 0 ? [] : findMoves(gone, this.appeared(half, sizes));
  }

  /** Only those of a size that something gone had are looked at. */
  private *appeared(half: Half, sizes: ReadonlySet<number>): Generator<Candidate, void, undefined> {
    for (const batch of this.agenda.fresh[half].batches()) {
      for (const entry of batch) {
        const { key, size, mtimeMs, etag } = entry;
        if (!sizes.has(size)) continue;
        const facts = half === "local" ? this.actions.factsOf(key, size, mtimeMs) : undefined;
        const identity = half === "s3" ? etag : facts === undefined ? undefined : identityOf(facts);
        if (identity !== undefined) yield { key, size, identity, entry };
      }
    }
  }

  private beginMove(half: Half, { from, to }: Found): Promise<void> {
    const gone = this.agenda.gone[half].get(from.key);
    if (gone === undefined) return Promise.resolve();
    this.agenda.gone[half].delete(from.key);
    return this.do(from.entry, () =>
      half === "local" ? this.moveObject(gone, to.entry) : this.moveFile(gone, to.entry),
    );
  }

  /** A file has another name: the object gets it, too. */
  private async moveObject(gone: Gone, file: Entry): Promise<void> {
    const { actions } = this;
    const { entry: object, past } = gone;
    const { key, size, mtimeMs } = file;
    if (!(await this.isSurelyTheOne(file, past))) {
      this.agenda.gone.local.set(object.key, gone);
      return actions.upload(file, undefined);
    }
    await this.requireFree(key);
    await actions.copy(object, key, actions.factsOf(key, size, mtimeMs));
    this.tellMove(object.key, key, "s3");
    await actions.remove(this.options.remote, await this.removals.unchanged([object]));
  }

  /** Servers do not look at what a copy would replace. */
  private async requireFree(key: Key): Promise<void> {
    const { remote } = this.options;
    if ((await remote.head(key, this.course.signal)) === undefined) return;
    const text = `${JSON.stringify(key)} is not written: ${remote.name} has had it since it was listed`;
    throw new SyncError("precondition", text, { operation: "CopyObject", key });
  }

  /**
   * A file may have the number of one that is gone, and its size. Then their times differ, unless they were set: by
   * whoever unpacks or fetches files, in whole seconds. Only the contents of those tell.
   */
  private async isSurelyTheOne(file: Entry, past: Known): Promise<boolean> {
    return file.mtimeMs % 1000 !== 0 || this.isAsBefore(file, past);
  }

  /** An object has another name: the file gets it, too, or is fetched anew where that cannot be. */
  private async moveFile(gone: Gone, object: Entry): Promise<void> {
    const { actions } = this;
    const { entry: file } = gone;
    try {
      actions.rename(file, object.key);
    } catch (thrown) {
      if (toSyncError(thrown).code === "precondition") throw thrown;
      this.agenda.gone.s3.set(file.key, gone);
      this.obstructed.push(object);
      return;
    }
    this.tellMove(file.key, object.key, "local");
    actions.noteSame({ ...file, key: object.key }, object);
    if (this.options.files.facts(file.key) === undefined) actions.forget(file.key);
  }

  private tellMove(key: Key, to: Key, on: Half): void {
    const { dryRun } = this.options.course;
    this.course.emit({ type: "renamed", key, to, on, dryRun });
  }

  private async sendFresh(half: Half, moved: ReadonlySet<Key>): Promise<void> {
    for (const batch of this.agenda.fresh[half].batches()) {
      for (const entry of batch) {
        if (moved.has(entry.key)) continue;
        await this.do(entry, () =>
          half === "local" ? this.actions.upload(entry, undefined) : this.bring(entry),
        );
      }
    }
  }

  private async bring(object: Entry): Promise<void> {
    try {
      await this.actions.download(object, undefined);
    } catch (thrown) {
      if (toSyncError(thrown).code !== "path-clash") throw thrown;
      this.obstructed.push(object);
    }
  }

  /** A directory that has become a file there, or a file that has become a directory. */
  private async fetchObstructed(): Promise<void> {
    for (const object of this.obstructed) {
      await this.do(object, () => {
        this.options.files.clear(object.key);
        return this.actions.download(object, undefined);
      });
    }
    await this.course.settle();
  }
}

function goneAs(half: Half, { entry, past }: Gone): Candidate[] {
  const { key, size } = entry;
  const identity =
    half === "s3" ? past.etag : past.file === undefined ? undefined : identityOf(past.file);
  return identity === undefined ? [] : [{ key, size, identity, entry }];
}
