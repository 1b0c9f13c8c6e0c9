/**
 * How far a plan was carried out, so that applying it once more goes on: what is done is not taken for a change that
 * somebody made since.
 *
 * Steps are begun in order, so it is enough to note now and then up to which step all is done, and the exceptions. Of
 * the last steps before a run died some are done and not noted: what they left in the target is told from a change by
 * `looksLike`.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import { etagForm } from "../../core/etag.ts";
import type { ObjectInfo } from "../../core/object.ts";
import type { Journal } from "../../state/journal.ts";
import type { StateDirectory } from "../../state/state-directory.ts";

const about = "plan";

/** Steps that are done before it is noted again. */
const noteEvery = 500;

/** The journal of one plan. Finish it or leave it. */
export class PlanJournal {
  /** All steps up to this one have come to their end. */
  private upTo = 0;
  /** Those beyond it that have, too. */
  private readonly ahead = new Set<number>();
  /** Those among all of these that are still to be done. */
  private readonly open = new Set<number>();
  private noted = 0;

  private constructor(
    private readonly state: StateDirectory,
    private readonly journal: Journal,
    /** Whether an earlier run has begun with the plan. */
    readonly isGoingOn: boolean,
  ) {
    const { up_to: upTo, open, ahead } = journal.text.lines.at(-1) ?? {};
    if (typeof upTo !== "number" || !Array.isArray(open) || !Array.isArray(ahead)) return;
    this.upTo = this.noted = upTo;
    for (const step of open as number[]) this.open.add(step);
    for (const step of ahead as number[]) this.ahead.add(step);
  }

  /**
   * Goes on with what an earlier run has noted, or begins anew.
   *
   * @throws what the file system says against it
   */
  static async open(state: StateDirectory, planFile: string): Promise<PlanJournal> {
    // By what is in it: the file may have been moved, or another plan written over it.
    const hash = new Bun.CryptoHasher("sha256");
    for await (const piece of Bun.file(planFile).stream()) hash.update(piece);
    const plan = hash.digest("hex");
    for (const journal of state.abandoned(about, plan))
      return new PlanJournal(state, journal, true);
    return new PlanJournal(state, state.begin(about, plan, { plan }), false);
  }

  /** @param step its place in the plan, from 1 */
  isDone(step: number): boolean {
    return !this.open.has(step) && (step <= this.upTo || this.ahead.has(step));
  }

  /** A step came to its end. @param isDone otherwise it is for another run */
  settle(step: number, isDone: boolean): void {
    if (isDone) this.open.delete(step);
    else this.open.add(step);
    if (step > this.upTo) this.ahead.add(step);
    while (this.ahead.delete(this.upTo + 1)) this.upTo += 1;
    if (this.upTo - this.noted >= noteEvery) this.note();
  }

  private note(): void {
    this.noted = this.upTo;
    const ahead = [...this.ahead].filter((step) => !this.open.has(step));
    try {
      this.journal.append({ up_to: this.upTo, open: [...this.open], ahead });
    } catch {
      // The disk is full. What is done looks changed to the next run, which leaves it alone.
    }
  }

  /** All is done. */
  finish(): void {
    this.state.finish(this.journal);
  }

  /** Another run may go on, if anything is done. Call it when nothing is under way any more. */
  leave(): void {
    if (!this.hasDone) this.finish();
    else {
      this.note();
      this.state.leave(this.journal);
    }
  }

  /** Whether there is a step that no other run has to do. */
  private get hasDone(): boolean {
    let openBelow = 0;
    for (const step of this.open) if (step <= this.upTo) openBelow += 1;
    return this.upTo > openBelow || this.ahead.values().some((step) => !this.open.has(step));
  }
}

/** Whether what is in the target may well be what was to be sent: by its ETag, else as an update check sees it. */
export function looksLike(source: Entry, now: ObjectInfo | undefined): boolean {
  if (now === undefined || now.size !== source.size) return false;
  if (now.etag === undefined) return seconds(now.mtimeMs) === seconds(source.mtimeMs);
  const areBothMd5 = source.etag !== undefined && isMd5(source.etag) && isMd5(now.etag);
  return areBothMd5 ? source.etag === now.etag : seconds(now.mtimeMs) >= seconds(source.mtimeMs);
}

function isMd5(etag: NonNullable<Entry["etag"]>): boolean {
  return etagForm(etag).kind === "md5";
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
