/**
 * What a limit of deletions counts: what goes, and of how many.
 *
 * @module
 */
import type { Entry } from "../../core/entry.ts";
import type { Key } from "../../core/key.ts";
import type { Pair } from "../../list/merge.ts";

/** Both numbers. */
export interface Counted {
  readonly gone: number;
  /** Of which a share may go. */
  readonly objects: number;
}

/** Counts them, as pairs pass. */
export class Turnover {
  private readonly all = { gone: 0, objects: 0 };
  private readonly passing = { gone: 0, objects: 0 };
  /** The source has some of what comes and goes. */
  private isRenewed = false;

  /**
   * @param comesAndGoes which keys give way to others whenever the source is made anew. Where the source has such, those
   *   that go are no sign of a mistake, and do not count
   */
  constructor(private readonly comesAndGoes: (key: Key) => boolean = () => false) {}

  /** A pair was listed. */
  list({ key, source, target }: Pair): void {
    const passes = this.comesAndGoes(key);
    if (passes && source?.kind === "object") this.isRenewed = true;
    if (target?.kind !== "object" || target.fileType === "directory") return;
    this.all.objects += 1;
    if (passes) this.passing.objects += 1;
  }

  /** Something of the target is to be deleted. */
  goes({ key, fileType }: Entry): void {
    if (fileType === "directory") return;
    this.all.gone += 1;
    if (this.comesAndGoes(key)) this.passing.gone += 1;
  }

  get counted(): Counted {
    const { all, passing, isRenewed } = this;
    if (!isRenewed) return { ...all };
    return { gone: all.gone - passing.gone, objects: all.objects - passing.objects };
  }
}
