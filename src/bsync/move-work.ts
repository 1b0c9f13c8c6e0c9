/**
 * Moves of a place: found before anything is done, and followed on the other side.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import type { Key } from "../core/key.ts";
import type { Course } from "../sync/course.ts";
import type { Actions } from "./actions.ts";
import { type Agenda, type Gone, identityOf } from "./agenda.ts";
import type { Half } from "./conflict.ts";
import { findMoves, type Move } from "./moves.ts";
import type { PlaceTask } from "./place-task.ts";
import type { Removals } from "./removals.ts";

/** Something that has another name now: what the other side still holds under the old one, and the new one. */
interface Moved {
  readonly gone: Gone;
  readonly to: Entry;
}

/** Something that may be one end of a move. */
interface Candidate {
  readonly key: Key;
  readonly size: number;
  readonly identity: string;
  readonly entry: Entry;
}

/** What moves need of the work that they are a part of. */
export interface MoveTools {
  /** Does something with an object when there is a place for it. */
  readonly do: (entry: Entry, work: () => Promise<void>) => Promise<void>;
  /** Whether a file still holds what was in step. */
  readonly isAsBefore: (file: Entry, gone: Gone) => Promise<boolean>;
  /** Sends what is new on a side when all that is in its way may be gone. */
  readonly obstructed: (half: Half, entry: Entry) => void;
  readonly removals: Removals;
}

/** Finds and follows moves. */
export class Moves {
  private readonly moved: Readonly<Record<Half, Map<Key, Moved>>> = {
    local: new Map(),
    s3: new Map(),
  };
  /** New names of which nobody knows whether they are those of something old. */
  private readonly doubtful = new Set<Key>();

  constructor(
    private readonly options: PlaceTask,
    private readonly course: Course,
    private readonly actions: Actions,
    private readonly agenda: Agenda,
    private readonly tools: MoveTools,
  ) {}

  /** Looks what has moved; from then on it counts as gone no more. Nothing is changed. */
  async find(): Promise<void> {
    for (const half of ["local", "s3"] as const) {
      for (const { from, to } of this.candidates(half)) {
        const gone = this.agenda.gone[half].get(from.key);
        if (gone === undefined) continue;
        this.agenda.gone[half].delete(from.key);
        if (half === "s3") this.moved.s3.set(to.key, { gone, to: to.entry });
        else await this.tools.do(to.entry, () => this.examine(gone, to.entry));
      }
    }
    await this.course.settle();
  }

  /** Follows no moves: what is gone is gone, and what is new is new. */
  giveUp(): void {
    for (const half of ["local", "s3"] as const) {
      const gone = this.agenda.gone[half];
      for (const move of this.moved[half].values()) gone.set(move.gone.entry.key, move.gone);
      this.moved[half].clear();
    }
  }

  /** Whether something new is not to be sent, because it is something old. */
  takes(half: Half, key: Key): boolean {
    return this.moved[half].has(key) || this.doubtful.has(key);
  }

  /** Gives things of the other side the names that they have on this one. */
  async follow(half: Half): Promise<void> {
    for (const { gone, to } of this.moved[half].values()) {
      await this.tools.do(gone.entry, () =>
        half === "local" ? this.moveObject(gone, to) : this.moveFile(gone, to),
      );
    }
    await this.course.settle();
  }

  /** What is gone from a side and has appeared there under another name. */
  private candidates(half: Half): readonly Move<Candidate, Candidate>[] {
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

  /**
   * A file may have the number of one that is gone, and its size. Then their times differ, unless they were set: by
   * whoever unpacks or fetches files, in whole seconds. Only the contents of those tell.
   */
  private async examine(gone: Gone, file: Entry): Promise<void> {
    this.doubtful.add(file.key);
    const isTheOne = file.mtimeMs % 1000 !== 0 || (await this.tools.isAsBefore(file, gone));
    this.doubtful.delete(file.key);
    if (isTheOne) this.moved.local.set(file.key, { gone, to: file });
    else this.agenda.gone.local.set(gone.entry.key, gone);
  }

  /** A file has another name: the object gets it, too, or is sent anew where the old name is in the new one's way. */
  private async moveObject(gone: Gone, file: Entry): Promise<void> {
    const { actions } = this;
    const { entry: object } = gone;
    const { key, size, mtimeMs } = file;
    await this.requireFree(key);
    try {
      await actions.move(object, key, actions.factsOf(key, size, mtimeMs), (old) => {
        this.tell(object.key, key, "s3");
        return this.tools.removals.unchanged([old]);
      });
    } catch (thrown) {
      if (toSyncError(thrown).code !== "path-clash") throw thrown;
      this.agenda.gone.local.set(object.key, gone);
      this.tools.obstructed("local", file);
    }
  }

  /** Servers do not look at what a copy would replace. */
  private async requireFree(key: Key): Promise<void> {
    const { remote } = this.options;
    if ((await remote.head(key, this.course.signal)) === undefined) return;
    const text = `${JSON.stringify(key)} is not written: ${remote.name} has had it since it was listed`;
    throw new SyncError("precondition", text, { operation: "CopyObject", key });
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
      this.tools.obstructed("s3", object);
      return;
    }
    this.tell(file.key, object.key, "local");
    actions.noteSame({ ...file, key: object.key }, object);
    if (this.options.files.facts(file.key) === undefined) actions.forget(file.key);
  }

  private tell(key: Key, to: Key, on: Half): void {
    const { dryRun } = this.options.course;
    this.course.emit({ type: "renamed", key, to, on, dryRun });
  }
}

function goneAs(half: Half, { entry, past }: Gone): Candidate[] {
  const { key, size } = entry;
  const identity =
    half === "s3" ? past.etag : past.file === undefined ? undefined : identityOf(past.file);
  return identity === undefined ? [] : [{ key, size, identity, entry }];
}
