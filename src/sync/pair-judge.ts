/**
 * Decides about the pairs of a one-way run, and heeds what each of them says about all others.
 *
 * @module
 */
import type { Key } from "../core/key.ts";
import { decide, type Decision, type Policy } from "../diff/decide.ts";
import type { PathClashes } from "../diff/path-clash.ts";
import type { Pair } from "../list/merge.ts";
import type { Deletions } from "./deletions/deletions.ts";
import type { SourceLife } from "./deletions/source-life.ts";
import { clash, takesPlace } from "./pair-places.ts";
import { isUnseen } from "./pair-signs.ts";

/** What a judge stands on. */
export interface JudgeOptions {
  readonly policy: Policy;
  readonly deletions: Deletions;
  readonly life: SourceLife;
  /** All is sent: what is left is to delete. */
  readonly isLast: boolean;
  /** Other runs act on other keys, and this one does not see what comes of that. */
  readonly hasOthers: boolean;
}

/** Judges pairs, in the order of their keys. */
export class PairJudge {
  constructor(private readonly options: JudgeOptions) {}

  /** What is to be done about a pair. */
  decide(pair: Pair, clashes: PathClashes | undefined): Decision {
    const { policy, isLast } = this.options;
    const { key } = pair;
    this.heed(pair);
    const decision = decide(pair, policy);
    if (decision.kind === "delete" && this.isInTheWay(key, clashes)) return { kind: "nothing" };
    const blocking = takesPlace(pair, decision) ? clashes?.check(key) : undefined;
    if (isLast && decision.kind !== "delete") return { kind: "nothing" };
    return blocking === undefined ? decision : { kind: "warn", error: clash(key, blocking) };
  }

  /** Heeds a pair about which another run decides. What that does has to be known only where keys are paths. */
  passBy(pair: Pair, clashes: PathClashes | undefined): void {
    this.heed(pair);
    // What a list names as a directory may be there only with keys of others.
    if (pair.source?.kind === "object") this.options.policy.filter?.see(pair.key);
    if (clashes !== undefined && this.takesPlace(pair)) clashes.check(pair.key);
  }

  /** Whether nothing else can have the path of a pair's key. */
  takesPlace(pair: Pair): boolean {
    return takesPlace(pair, decide(pair, this.options.policy));
  }

  private heed(pair: Pair): void {
    const { deletions, life } = this.options;
    if (isUnseen(pair)) deletions.block("a part of a listing is missing");
    life.see(pair);
  }

  /** What lies in the way of a key stays; the run that would find out may be another one. */
  private isInTheWay(key: Key, clashes: PathClashes | undefined): boolean {
    return this.options.hasOthers && clashes?.hasFileAbove(key) === true;
  }
}
