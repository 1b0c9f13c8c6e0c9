/**
 * Records while somebody looks on: read once, then heard of as they change.
 *
 * @module
 */
import { type SyncError, toSyncError } from "../../core/errors.ts";
import type { Ground, Stored } from "../ground.ts";

/** Records whose keys begin with some words. Dispose of it. */
export class RecordsInView implements Disposable {
  private readonly records = new Map<string, Stored>();
  private readonly over = new AbortController();
  private readonly told = Promise.withResolvers<void>();
  private failure: SyncError | undefined;

  /** @param signal fires when nobody looks on any more */
  constructor(
    private readonly ground: Ground,
    private readonly prefix: string,
    signal: AbortSignal,
  ) {
    this.follow(AbortSignal.any([signal, this.over.signal])).then(
      () => this.told.resolve(),
      (thrown: unknown) => {
        this.failure = toSyncError(thrown);
        this.told.resolve();
      },
    );
  }

  /** All of them as they are known now. @throws SyncError what the ground says that is final */
  async now(): Promise<Stored[]> {
    await this.told.promise;
    if (this.failure !== undefined) throw this.failure;
    return [...this.records.values()];
  }

  [Symbol.dispose](): void {
    this.over.abort();
  }

  private async follow(signal: AbortSignal): Promise<void> {
    for await (const change of this.ground.records.watch(this.prefix, signal)) {
      if (change === undefined) this.told.resolve();
      else if (change.value === undefined) this.records.delete(change.key);
      else this.records.set(change.key, change);
    }
  }
}
