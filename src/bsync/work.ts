/**
 * Does what is on the agenda of a place: changes, moves, what is new, and deletions last.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import { parseETag } from "../core/etag.ts";
import type { Key } from "../core/key.ts";
import { inParallel } from "../core/parallel.ts";
import type { Known } from "../state/index-db.ts";
import type { Store } from "../store/store.ts";
import { confirmedAbsent } from "../sync/confirm-deletes.ts";
import type { Course } from "../sync/course.ts";
import { tooMany } from "../sync/delete-limit.ts";
import { compareContents, hasETag } from "../transfer/compare-etags.ts";
import type { Actions } from "./actions.ts";
import { type Agenda, type Change, type Gone, identityOf } from "./agenda.ts";
import type { Half } from "./conflict.ts";
import { findMoves, type Move } from "./moves.ts";
import type { PlaceTask } from "./place-task.ts";
import { nameOf } from "./place.ts";
import { Settlement } from "./settle-conflict.ts";

/** Nothing else is under way when something is deleted. */
const headsAtOnce = 32;

type Found = Move<Candidate, Candidate>;

/** Something that may be one end of a move. */
interface Candidate {
  readonly key: Key;
  readonly size: number;
  readonly identity: string;
  readonly entry: Entry;
  readonly past?: Known;
}

/** Does what is on the agenda. */
export class Work {
  private readonly settlement: Settlement;

  constructor(
    private readonly options: PlaceTask,
    private readonly course: Course,
    private readonly actions: Actions,
    private readonly agenda: Agenda,
  ) {
    const { files, remote, now } = options;
    const { dryRun } = options.course;
    this.settlement = new Settlement(actions, { files, remote }, course, now, dryRun);
  }

  async carryOut(): Promise<void> {
    const { agenda, actions, course } = this;
    for (const key of agenda.forgotten) actions.forget(key);
    for (const batch of agenda.changes.batches()) {
      for (const change of batch) await this.begin(change);
    }
    await course.settle();
    for (const half of ["local", "s3"] as const) {
      const moves = this.options.memory.isPoor ? [] : this.findMoves(half);
      for (const move of moves) await this.beginMove(half, move);
      await course.settle();
      const moved = new Set(moves.map(({ to }) => to.key));
      await this.sendFresh(half, moved);
    }
    await course.settle();
    if (!course.isWell) return;
    await this.removeGone();
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

  private async isSame(file: Entry, object: Entry): Promise<boolean> {
    const { local, remote } = this.options;
    const from = { store: local, entry: file };
    const to = { store: remote, entry: object };
    const verdict = await compareContents(this.actions.up, from, to, this.course.signal);
    return verdict.kind === "match";
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

  private beginMove(half: Half, move: Found): Promise<void> {
    const { from, to } = move;
    this.agenda.gone[half].delete(from.key);
    return this.do(from.entry, () => this.move(half, from, to));
  }

  private async move(half: Half, from: Candidate, to: Candidate): Promise<void> {
    const { actions, course } = this;
    const { files, remote } = this.options;
    const { dryRun } = this.options.course;
    const tell = (): void =>
      course.emit({
        type: "renamed",
        key: from.key,
        to: to.key,
        on: half === "s3" ? "local" : "s3",
        dryRun,
      });
    if (half === "local") {
      const { size, mtimeMs } = to.entry;
      await actions.copy(from.entry, to.key, actions.factsOf(to.key, size, mtimeMs));
      tell();
      await actions.remove(remote, [from.entry]);
      return;
    }
    actions.rename(from.entry, to.key);
    tell();
    actions.noteSame({ ...from.entry, key: to.key }, to.entry);
    if (files.facts(from.key) === undefined) actions.forget(from.key);
  }

  private async sendFresh(half: Half, moved: ReadonlySet<Key>): Promise<void> {
    const { actions } = this;
    for (const batch of this.agenda.fresh[half].batches()) {
      for (const entry of batch) {
        if (moved.has(entry.key)) continue;
        await this.do(entry, () =>
          half === "local" ? actions.upload(entry, undefined) : actions.download(entry, undefined),
        );
      }
    }
  }

  private async removeGone(): Promise<void> {
    const { gone } = this.agenda;
    const { local, remote } = this.options;
    const count = gone.local.size + gone.s3.size;
    if (count === 0) return;
    const refusal = this.refusal(count);
    if (refusal !== undefined) {
      const what = `${count} deletions of ${nameOf(this.options.place)} are not carried out: ${refusal}`;
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
  private async unchanged(objects: readonly Entry[]): Promise<readonly Entry[]> {
    const { remote } = this.options;
    const { course } = this;
    const infos = await inParallel(objects, headsAtOnce, ({ key }) =>
      remote.head(key, course.signal),
    );
    return objects.filter(({ etag }, index) => {
      const info = infos[index];
      return info === undefined || info.etag === etag;
    });
  }

  /** What speaks against so many deletions, if anything. */
  private refusal(count: number): string | undefined {
    const { memory, place, deleteLimit } = this.options;
    const { found } = this.agenda;
    if (memory.isPoor) {
      return "what is known of the files was lost, and is known again from now on; the next run deletes";
    }
    const empty = (["local", "s3"] as const).find((half) => found[half] === 0);
    if (empty !== undefined && !this.options.allowsEmpty) {
      return `${empty === "s3" ? "the prefix" : "the directory"} is empty; if that is how it should be, use --allow-empty-source`;
    }
    return tooMany(deleteLimit, count, memory.count(place));
  }
}

function goneAs(half: Half, { entry, past }: Gone): Candidate[] {
  const { key, size } = entry;
  const identity =
    half === "s3" ? past.etag : past.file === undefined ? undefined : identityOf(past.file);
  return identity === undefined ? [] : [{ key, size, identity, entry, past }];
}
