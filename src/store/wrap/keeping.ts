/**
 * A store that puts aside what it replaces or deletes. What cannot be put aside stays as it is.
 *
 * @module
 */
import { batchesOf } from "../../core/batches.ts";
import { type Entry, type Listed, storeKeyOf } from "../../core/entry.ts";
import { SyncError, toSyncError } from "../../core/errors.ts";
import type { Key, KeyRange } from "../../core/key.ts";
import type { Expected, Written } from "../../core/object.ts";
import { inParallel } from "../../core/parallel.ts";
import type { Digests } from "../../hash/digest.ts";
import type { Body } from "../body.ts";
import type { Keeper } from "../keeper.ts";
import type { Removal, ServerSideCopy, Store, Writer, WriteSpec } from "../store.ts";
import { aroundCommit, aroundCommits, type Committing } from "./around-commit.ts";
import { Wrapper } from "./wrapper.ts";

/** So many are put aside before they are deleted: whoever stops a run leaves no more copies without need. */
const portion = 1000;

/** Hears of each object that was put aside, and where. */
export type KeptListener = (key: Key, place: string) => void;

/** Puts aside before it writes or removes. */
class Keeping extends Wrapper {
  private readonly committing: Committing = async (spec, _receipts, signal, commit) => {
    await this.keepReplaced(spec, signal);
    return commit();
  };

  constructor(
    inner: Store,
    private readonly keeper: Keeper,
    private readonly hear: KeptListener,
  ) {
    super(inner);
    const copier = inner.serverSideCopy;
    if (copier !== undefined) this.serverSideCopy = this.keepingCopy(copier);
    if (inner.resumable !== undefined) {
      this.resumable = aroundCommits(inner.resumable, this.committing);
    }
  }

  /** What was put aside is none of the store's objects. */
  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for await (const page of this.inner.list(range, signal)) {
      yield page.filter(({ key }) => !this.keeper.holds(key));
    }
  }

  override async write(
    spec: WriteSpec,
    body: Body,
    digests: Digests,
    signal: AbortSignal,
  ): Promise<Written> {
    await this.keepReplaced(spec, signal);
    return this.inner.write(spec, body, digests, signal);
  }

  override async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    return aroundCommit(await this.inner.beginWrite(spec, signal), spec, this.committing);
  }

  override async remove(
    entries: readonly Entry[],
    signal: AbortSignal,
  ): Promise<readonly Removal[]> {
    const removals: Removal[] = [];
    for (const some of batchesOf(entries, portion)) {
      removals.push(...(await this.removeSome(some, signal)));
    }
    return removals;
  }

  private async removeSome(
    entries: readonly Entry[],
    signal: AbortSignal,
  ): Promise<readonly Removal[]> {
    const kept = await inParallel(entries, this.keeper.atOnce, (entry) =>
      this.keepRemoved(entry, signal),
    );
    const safe = kept.flatMap(({ entry, error }) => (error === undefined ? [entry] : []));
    const removed = (await this.inner.remove(safe, signal)).values();
    return kept.map((each) => (each.error === undefined ? (removed.next().value ?? each) : each));
  }

  private async keepRemoved(entry: Entry, signal: AbortSignal): Promise<Removal> {
    // There is nothing in it.
    if (entry.fileType === "directory") return { entry, error: undefined };
    const { etag, size, mtimeMs } = entry;
    const expected: Expected =
      etag === undefined ? { kind: "file", size, mtimeMs } : { kind: "etag", etag };
    try {
      await this.keep(storeKeyOf(entry), expected, "deleted", signal);
      return { entry, error: undefined };
    } catch (thrown) {
      const error = toSyncError(thrown);
      if (error.code === "aborted") throw error;
      return { entry, error };
    }
  }

  private async keepReplaced(
    { key, expected, replacesOwn }: WriteSpec,
    signal: AbortSignal,
  ): Promise<void> {
    // A directory replaces nothing, and what the run has just written nobody misses.
    if (key.endsWith("/") && this.capabilities.hierarchical) return;
    if (replacesOwn !== true) await this.keep(key, expected, "replaced", signal);
  }

  private async keep(
    key: Key,
    expected: Expected | undefined,
    fate: "replaced" | "deleted",
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const place = await this.keeper.keep(key, expected, signal);
      if (place !== undefined) this.hear(key, place);
    } catch (thrown) {
      const error = toSyncError(thrown);
      if (error.code === "aborted" || error.code === "precondition") throw error;
      throw notKept(key, fate, error);
    }
  }

  private keepingCopy(copier: ServerSideCopy): ServerSideCopy {
    return {
      accepts: copier.accepts.bind(copier),
      copyPart: copier.copyPart.bind(copier),
      copy: async (source, from, to, signal) => {
        await this.keepReplaced(to, signal);
        return copier.copy(source, from, to, signal);
      },
    };
  }
}

function notKept(key: Key, fate: string, cause: SyncError): SyncError {
  const { operation, reason, status, hint } = cause;
  return new SyncError(
    "backup",
    `${JSON.stringify(key)} is not ${fate}: no backup could be made: ${cause.message}`,
    { operation, reason, status, hint, key, cause },
  );
}

/** Makes a store put aside what it replaces or deletes. */
export function keeping(store: Store, keeper: Keeper, hear: KeptListener): Store {
  return new Keeping(store, keeper, hear);
}
