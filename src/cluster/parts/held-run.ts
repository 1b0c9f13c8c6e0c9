/**
 * Parts that one has taken together, and what is noted of them. Each write is one by compare-and-set, one after the
 * other: who was taken for dead finds that somebody else has them, and lets go.
 *
 * @module
 */
import { toSyncError } from "../../core/errors.ts";
import type { FinishedPart } from "../../transfer/parts/transfer-journal.ts";
import type { Records } from "../ground.ts";
import { nobody, packed, type PackedPart, type RunRecord } from "./records.ts";

/** A run of parts that is held. */
export class HeldRun {
  private readonly lost = new AbortController();
  private writing: Promise<void> | undefined;
  private isBehind = false;
  private parts: readonly PackedPart[];

  /**
   * @param key of the record, which has just been written
   * @param by who holds it
   */
  constructor(
    private readonly records: Records,
    private readonly key: string,
    private by: string,
    parts: readonly PackedPart[],
    private revision: number,
  ) {
    this.parts = parts;
  }

  /** Fires when somebody else has it, or that cannot be told: then its reason is an error of ours. */
  get isLost(): AbortSignal {
    return this.lost.signal;
  }

  /** A part is finished. */
  add(part: FinishedPart): void {
    const others = this.parts.filter(([number]) => number !== part.receipt.number);
    this.parts = [...others, packed(part)];
    this.tell();
  }

  /** Tells how far it is, also if nothing has changed: that it is worked on. */
  tell(): void {
    this.isBehind = true;
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
  }

  /** Waits until everything is told. */
  async settle(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
  }

  /** Whoever wants may have the rest. */
  async release(): Promise<void> {
    this.by = nobody;
    this.tell();
    await this.settle();
  }

  /** What comes while one write is under way goes with the next. Never throws: without notes some parts are sent again. */
  private async writeAll(): Promise<void> {
    try {
      while (this.isBehind && !this.isLost.aborted) {
        this.isBehind = false;
        const value: RunRecord = { by: this.by, parts: this.parts };
        const revision = await this.records.update(this.key, value, this.revision);
        if (revision === undefined) this.lost.abort();
        else this.revision = revision;
      }
    } catch (thrown) {
      this.lost.abort(toSyncError(thrown));
    }
  }
}
