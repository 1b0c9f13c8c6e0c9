/**
 * A bucket of which a run remembers what it holds: what is listed is compared with that, or is that.
 *
 * @module
 */
import { type Entry, type Listed, storeKeyOf } from "../../core/entry.ts";
import { SyncError, toSyncError } from "../../core/errors.ts";
import type { KeyRange } from "../../core/key.ts";
import { inParallel } from "../../core/parallel.ts";
import { isSameHead } from "../../state/known-object.ts";
import type { Capabilities, Removal, Store } from "../../store/store.ts";
import { Wrapper } from "../../store/wrap/wrapper.ts";
import { mayBeDone } from "../severity.ts";
import type { PairMemory } from "./pair-memory.ts";

/** Nothing else is under way when objects are deleted. */
const headsAtOnce = 32;

class RememberedBucket extends Wrapper {
  constructor(
    inner: Store,
    protected readonly memory: PairMemory,
  ) {
    super(inner);
  }

  override list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    return this.memory.following(range, this.inner.list(range, signal));
  }

  override async remove(
    entries: readonly Entry[],
    signal: AbortSignal,
  ): Promise<readonly Removal[]> {
    try {
      const removals = await this.inner.remove(entries, signal);
      for (const { entry, error } of removals) {
        if (error !== undefined && mayBeDone(error)) this.memory.doubt(entry.key);
      }
      return removals;
    } catch (thrown) {
      for (const { key } of entries) this.memory.doubt(key);
      throw thrown;
    }
  }
}

/** It is not listed at all. What is to be deleted is looked at first: nobody has seen it in this run. */
class TrustedBucket extends RememberedBucket {
  override readonly capabilities: Capabilities;

  constructor(inner: Store, memory: PairMemory) {
    super(inner, memory);
    delete this.firstKey;
    this.capabilities = { ...inner.capabilities, ordered: true, cheapRanges: false };
  }

  override async *list(range: KeyRange): AsyncGenerator<readonly Listed[], void, undefined> {
    yield* this.memory.listing(range);
  }

  override async remove(
    entries: readonly Entry[],
    signal: AbortSignal,
  ): Promise<readonly Removal[]> {
    const looked = await inParallel(entries, headsAtOnce, (entry) => this.look(entry, signal));
    const there = looked.filter((each) => each !== "gone");
    const same = there.flatMap(({ entry, error }) => (error === undefined ? [entry] : []));
    const removed = (await super.remove(same, signal)).values();
    return there.map((each) => (each.error === undefined ? (removed.next().value ?? each) : each));
  }

  /** Whether an object is still the one that is known. */
  private async look(entry: Entry, signal: AbortSignal): Promise<Removal | "gone"> {
    const { key } = entry;
    try {
      const now = await this.inner.head(storeKeyOf(entry), signal);
      const known = this.memory.recall(key);
      if (now !== undefined && known !== undefined && isSameHead(known, now)) {
        return { entry, error: undefined };
      }
      this.memory.forget(key);
      if (now === undefined) return "gone";
      return { entry, error: isAnother(this.name, entry) };
    } catch (thrown) {
      const error = toSyncError(thrown, "HeadObject");
      if (error.code === "aborted") throw error;
      return { entry, error };
    }
  }
}

function isAnother(place: string, { key }: Entry): SyncError {
  const text = `${place}: ${JSON.stringify(key)} is not deleted: it is not the object that the index knows`;
  return new SyncError("precondition", text, { operation: "HeadObject", key });
}

/**
 * Makes a bucket remembered.
 *
 * @param isTrusted what is known stands in for its listing
 */
export function remembered(bucket: Store, memory: PairMemory, isTrusted: boolean): Store {
  return isTrusted ? new TrustedBucket(bucket, memory) : new RememberedBucket(bucket, memory);
}
