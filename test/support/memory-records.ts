/**
 * Records within this process, see `memory-ground.ts`.
 *
 * @module
 */
import type { Records, Removed, Stored } from "../../src/cluster/ground.ts";
import { checkedKey, checkedPrefix, recordText } from "../../src/cluster/words.ts";

/** A call of a client, and how far it is. */
export interface Call {
  /** `records.update`, `tasks.take` */
  readonly operation: string;
  readonly moment: "before" | "after";
}

interface Entry {
  readonly text: string;
  readonly revision: number;
  readonly timer: Timer | undefined;
}

type Change = Stored | Removed;

/** Where records lie, for all who work with them. */
export interface Shelf {
  readonly entries: Map<string, Entry>;
  readonly listeners: Set<(change: Change) => void>;
}

/** What records need of the client whose they are. */
export interface Surroundings {
  around<T>(operation: string, work: () => Promise<T> | T): Promise<T>;
  sequence(): number;
  /** Fires when the client is dead. */
  readonly crashed: AbortSignal;
  /** `records` or `presence` */
  readonly called: string;
  /** How long a record lives that nobody writes, in milliseconds; `undefined`: for ever. */
  readonly lifeMs?: number;
}

/** Records as one client sees them. */
export class MemoryRecords implements Records {
  constructor(
    private readonly shelf: Shelf,
    private readonly surroundings: Surroundings,
  ) {}

  get(key: string): Promise<Stored | undefined> {
    return this.call("get", () => this.look(checkedKey(key)));
  }

  create(key: string, value: unknown): Promise<number | undefined> {
    return this.call("create", () =>
      this.shelf.entries.has(key) ? undefined : this.write(key, value),
    );
  }

  update(key: string, value: unknown, revision: number): Promise<number | undefined> {
    return this.call("update", () =>
      this.shelf.entries.get(key)?.revision === revision ? this.write(key, value) : undefined,
    );
  }

  put(key: string, value: unknown): Promise<number> {
    return this.call("put", () => this.write(key, value));
  }

  remove(key: string, revision?: number): Promise<boolean> {
    return this.call("remove", () => {
      const isAsSeen = revision === undefined || this.look(key)?.revision === revision;
      if (isAsSeen) this.takeAway(checkedKey(key));
      return isAsSeen;
    });
  }

  clear(prefix: string): Promise<void> {
    return this.call("clear", () => {
      for (const { key } of this.below(checkedPrefix(prefix))) {
        clearTimeout(this.shelf.entries.get(key)?.timer);
        this.shelf.entries.delete(key);
      }
    });
  }

  async *all(prefix: string): AsyncIterable<Stored> {
    const found = await this.call("all", () => this.below(checkedPrefix(prefix)));
    yield* found;
  }

  async *watch(prefix: string, signal: AbortSignal): ReturnType<Records["watch"]> {
    const waiting = new Map<string, Change>();
    let wake = Promise.withResolvers<void>();
    const hear = (change: Change): void => {
      if (!change.key.startsWith(prefix)) return;
      waiting.set(change.key, change);
      wake.resolve();
    };
    const { crashed } = this.surroundings;
    const ends = AbortSignal.any([signal, crashed]);
    const stop = (): void => wake.resolve();
    ends.addEventListener("abort", stop);
    try {
      const found = await this.call("watch", () => {
        this.shelf.listeners.add(hear);
        return this.below(checkedPrefix(prefix));
      });
      yield* found;
      yield undefined;
      while (!ends.aborted) {
        const [change] = waiting.values();
        if (change === undefined) {
          wake = Promise.withResolvers<void>();
          await wake.promise;
          continue;
        }
        waiting.delete(change.key);
        yield change;
      }
      crashed.throwIfAborted();
    } finally {
      ends.removeEventListener("abort", stop);
      this.shelf.listeners.delete(hear);
    }
  }

  private call<T>(operation: string, work: () => T): Promise<T> {
    return this.surroundings.around(`${this.surroundings.called}.${operation}`, work);
  }

  private look(key: string): Stored | undefined {
    const entry = this.shelf.entries.get(key);
    return entry && { key, value: JSON.parse(entry.text) as unknown, revision: entry.revision };
  }

  private below(prefix: string): Stored[] {
    return [...this.shelf.entries.keys()]
      .filter((key) => key.startsWith(prefix))
      .flatMap((key) => this.look(key) ?? []);
  }

  private write(key: string, value: unknown): number {
    const { lifeMs } = this.surroundings;
    clearTimeout(this.shelf.entries.get(key)?.timer);
    const timer =
      lifeMs === undefined ? undefined : setTimeout(() => this.shelf.entries.delete(key), lifeMs);
    timer?.unref();
    const entry = { text: recordText(value, key), revision: this.surroundings.sequence(), timer };
    this.shelf.entries.set(checkedKey(key), entry);
    const stored = this.look(key);
    if (stored !== undefined) this.tell(stored);
    return entry.revision;
  }

  private takeAway(key: string): void {
    const entry = this.shelf.entries.get(key);
    clearTimeout(entry?.timer);
    this.shelf.entries.delete(key);
    const revision = this.surroundings.sequence();
    if (entry !== undefined) this.tell({ key, value: undefined, revision });
  }

  private tell(change: Change): void {
    for (const listener of this.shelf.listeners) listener(change);
  }
}
