/**
 * What only the target has. It is deleted at the very end, and only when all else went well.
 *
 * @module
 */
import type { DeleteLimit } from "../../config/kinds.ts";
import { batchesOf } from "../../core/batches.ts";
import type { Entry } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";
import { type Key, pathsTo } from "../../core/key.ts";
import type { Pace } from "../../core/pace.ts";
import { Spill } from "../../list/spill.ts";
import type { Store } from "../../store/store.ts";
import type { Part } from "../part.ts";
import type { PlanSink } from "../plans/plan.ts";
import { confirmedAbsent } from "./confirm-deletes.ts";
import { tooMany } from "./delete-limit.ts";
import { EmptyDirectories } from "./empty-directories.ts";
import type { Counted } from "./turnover.ts";

/** How to delete. */
export interface DeletionOptions {
  readonly target: Store;
  /** The source, if it is to be asked about each object first. */
  readonly confirmIn?: Store | undefined;
  /** Only tell what would go. */
  readonly dryRun: boolean;
  /** Tells in a dry run of what would be put aside first. */
  readonly pretendBackup?: ((entry: Entry) => void) | undefined;
  readonly limit: DeleteLimit | undefined;
  /** What the run is about: the limit is for others as well then. */
  readonly part: Part | undefined;
  readonly pace?: Pace | undefined;
  /** What to wait for before another portion, if anything. */
  readonly room?: (() => Promise<void> | undefined) | undefined;
  /** Hears what a dry run would delete. */
  readonly plans?: readonly PlanSink[] | undefined;
  /** Where the list goes when it is long. */
  readonly tempDir: string;
  readonly emit: EventSink;
  /** Hears of each object that could not be deleted. */
  readonly report: (error: SyncError, key: Key) => void;
}

/** The operation that errors about deletions name. */
export const deleting = "DeleteObjects";

/** Gathers what is to be deleted, and deletes it. */
export class Deletions implements Disposable {
  private readonly gathered: Spill<Entry>;
  private readonly directories: EmptyDirectories;
  /** Keys that could not be written because something lies in their place: what lies there stays. */
  private readonly occupied = new Set<Key>();
  private blocked: string | undefined;
  /** That is what a guard says, and not what came of this run. */
  private isGuarded = false;

  constructor(private readonly options: DeletionOptions) {
    this.gathered = new Spill<Entry>(options.tempDir);
    this.directories = new EmptyDirectories(options.tempDir);
    this.blocked = options.part?.spares;
  }

  /** A directory is only deleted if nothing stays in it. */
  add(entry: Entry): void {
    if (entry.fileType === "directory") this.directories.add(entry);
    else this.gathered.add(entry);
  }

  /** Whether there is nothing to be deleted. */
  get isEmpty(): boolean {
    return this.gathered.count === 0;
  }

  /**
   * From now on nothing may be deleted.
   *
   * @param isGuarded a guard says so, and will say it again
   */
  block(reason: string, isGuarded = false): void {
    this.blocked = reason;
    this.isGuarded = isGuarded;
  }

  /** Why nothing may be deleted, if so. */
  get refusal(): string | undefined {
    return this.blocked;
  }

  /** What lies in the way of a key stays. */
  spare(key: Key): void {
    this.occupied.add(key);
  }

  /** Finds out whether it is too much: `refusal` says so from then on. */
  judge(counted: Counted): void {
    if (this.gathered.count === 0 || this.blocked !== undefined) return;
    const excess = this.tooMany(counted);
    if (excess !== undefined) this.block(excess, true);
  }

  /**
   * Deletes all of it, or nothing.
   *
   * @param counted what the limit is about
   */
  async carryOut(counted: Counted, signal: AbortSignal): Promise<void> {
    const { count } = this.gathered;
    if (count === 0 && this.directories.isEmpty) return;
    this.judge(counted);
    if (this.blocked !== undefined) {
      if (count > 0) this.refuse(`${notDeleted(count)}: ${this.blocked}`);
      return;
    }
    for (const batch of this.gathered.batches()) {
      const loose = batch.filter(({ key }) => !pathsTo(key).some((at) => this.occupied.has(at)));
      for (const some of batchesOf(loose, this.portion(loose.length))) {
        await this.options.pace?.take(some.length, signal);
        await this.options.room?.();
        if (this.options.part?.ending.aborted === true) return;
        await this.remove(await this.confirmed(some, signal), signal);
      }
    }
    const { target, dryRun, report: failed } = this.options;
    const removed = (entry: Entry): void => this.reportDeleted(entry);
    await this.directories.remove({ target, dryRun, removed, failed }, signal);
  }

  private refuse(message: string): void {
    const { isGuarded: isGuard } = this;
    const error = new SyncError("precondition", message, { isGuard, operation: deleting });
    this.options.emit({ type: "warning", key: undefined, error });
  }

  [Symbol.dispose](): void {
    this.gathered[Symbol.dispose]();
    this.directories[Symbol.dispose]();
  }

  /** How many go at a time: where there is a pace, so few that several portions pass in a second. */
  private portion(all: number): number {
    const { pace } = this.options;
    return pace === undefined ? Math.max(1, all) : Math.max(1, Math.floor(pace.perSecond / 10));
  }

  private tooMany(counted: Counted): string | undefined {
    const { limit, part } = this.options;
    if (limit === undefined) return undefined;
    const since = part?.since ?? { deleted: 0, objects: counted.objects };
    // Whoever says a number means all that goes.
    const gone = limit.kind === "objects" ? this.gathered.count : counted.gone;
    return tooMany(limit, since.deleted + gone, since.objects);
  }

  /** What the source does not have, also when it is asked for it. */
  private async confirmed(batch: readonly Entry[], signal: AbortSignal): Promise<readonly Entry[]> {
    const { confirmIn, report } = this.options;
    return confirmIn === undefined ? batch : confirmedAbsent(confirmIn, batch, report, signal);
  }

  private async remove(batch: readonly Entry[], signal: AbortSignal): Promise<void> {
    const { target, dryRun, report } = this.options;
    if (dryRun) {
      const traffic = target.estimate?.({ kind: "remove", objects: batch.length });
      if (traffic !== undefined) this.options.emit({ type: "planned", traffic });
      for (const entry of batch) {
        for (const plan of this.options.plans ?? []) plan.remove(entry);
        this.options.pretendBackup?.(entry);
        this.reportDeleted(entry);
      }
      return;
    }
    for (const { entry, error } of await target.remove(batch, signal)) {
      if (error === undefined) this.reportDeleted(entry);
      else report(error, entry.key);
    }
  }

  private reportDeleted({ key, fileType }: Entry): void {
    const { target, dryRun, emit } = this.options;
    if (fileType !== "directory") this.directories.count(key);
    emit({ type: "deleted", key, target: target.locate(key), dryRun });
  }
}

/** `3 objects are not deleted`. */
export function notDeleted(count: number): string {
  return count === 1 ? "1 object is not deleted" : `${count} objects are not deleted`;
}
