/**
 * A machine that dies: from one moment on nothing that it asks of its stores happens any more, cleaning up included.
 *
 * @module
 */
import {
  type Entry,
  type Key,
  type KeyRange,
  type Listed,
  type ObjectInfo,
  type Reader,
  type Removal,
  type Store,
  SyncError,
  type Writer,
  type WriteSpec,
  type Written,
} from "../../src/index.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";

/** Lives for so many steps. A call is two: it may have happened without anybody hearing of it. */
export class Machine {
  constructor(private left: number) {}

  /** A store as this machine reaches it. */
  reach(store: Store): Store {
    return new Reached(store, this);
  }

  async call<T>(work: () => Promise<T>): Promise<T> {
    this.step();
    const result = await work();
    this.step();
    return result;
  }

  step(): void {
    if (this.left === 0) throw new SyncError("internal", "the machine is dead");
    this.left -= 1;
  }
}

class Reached extends Wrapper {
  constructor(
    inner: Store,
    private readonly machine: Machine,
  ) {
    super(inner);
    const { firstKey } = this;
    if (firstKey !== undefined) {
      this.firstKey = (range, signal) => machine.call(() => firstKey(range, signal));
    }
  }

  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for await (const page of this.inner.list(range, signal)) {
      this.machine.step();
      yield page;
    }
  }

  override head(key: Key, signal: AbortSignal): Promise<ObjectInfo | undefined> {
    return this.machine.call(() => this.inner.head(key, signal));
  }

  override async open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader> {
    const { machine } = this;
    const reader = await machine.call(() => this.inner.open(entry, whole, signal));
    return {
      info: reader.info,
      ticket: undefined,
      bytes: (inner) => machine.call(() => reader.bytes(inner)),
      read: (...args) => machine.call(() => reader.read(...args)),
      readPieces: (...args) => machine.call(() => reader.readPieces(...args)),
      verifyUnchanged: () => machine.call(() => reader.verifyUnchanged()),
      close: () => reader.close(),
    };
  }

  override write(...args: Parameters<Store["write"]>): Promise<Written> {
    return this.machine.call(() => this.inner.write(...args));
  }

  override async beginWrite(spec: WriteSpec, signal: AbortSignal): Promise<Writer> {
    const { machine } = this;
    const writer = await machine.call(() => this.inner.beginWrite(spec, signal));
    return {
      ticket: undefined,
      writePart: (...args) => machine.call(() => writer.writePart(...args)),
      commit: (...args) => machine.call(() => writer.commit(...args)),
      abort: async () => undefined,
    };
  }

  override async remove(
    entries: readonly Entry[],
    signal: AbortSignal,
  ): Promise<readonly Removal[]> {
    const removals: Removal[] = [];
    for (const entry of entries) {
      removals.push(...(await this.machine.call(() => this.inner.remove([entry], signal))));
    }
    return removals;
  }
}
