/**
 * What has been heard, and waits for a round.
 *
 * @module
 */
import { compareKeys, type Key } from "../core/key.ts";
import type { Places } from "../list/places.ts";
import type { Hint } from "./hints.ts";

/** What one round is about. */
export interface Batch {
  /** `undefined`: everything. */
  readonly places: Places | undefined;
  /** As they were heard. */
  readonly hints: readonly Hint[];
  /** When the oldest of them was heard, by the clock of `performance`. */
  readonly since: number;
  /** To be called when they are done. */
  readonly settled: readonly (() => void)[];
}

/** Hints that wait. Nothing is in it twice, so it is bounded by what there is. */
export class Pending {
  private keys = new Set<Key>();
  private prefixes = new Set<string>();
  /** Everything is to be looked at. */
  private isAll = false;
  private settled: (() => void)[] = [];
  private since: number | undefined;

  add(hints: readonly Hint[], settled: readonly (() => void)[], since: number): void {
    if (hints.length === 0) {
      for (const tell of settled) tell();
      return;
    }
    for (const hint of hints) this.addOne(hint);
    this.settled.push(...settled);
    this.since = Math.min(this.since ?? since, since);
  }

  private addOne(hint: Hint): void {
    if (hint.kind === "all" || (hint.kind === "prefix" && hint.prefix === "")) this.isAll = true;
    else if (hint.kind === "prefix") this.prefixes.add(hint.prefix);
    else this.keys.add(hint.key);
  }

  get size(): number {
    return this.keys.size + this.prefixes.size + Number(this.isAll);
  }

  /** When the oldest was heard. */
  get oldest(): number | undefined {
    return this.since;
  }

  /** Everything that waits, for one round; `undefined`: nothing does. */
  take(): Batch | undefined {
    const { since, isAll, settled } = this;
    if (since === undefined) return undefined;
    const prefixes = outermost([...this.prefixes]);
    const covers = new Set(prefixes);
    const keys = [...this.keys].filter((key) => !liesBelow(key, covers));
    const hints: Hint[] = [
      ...(isAll ? [{ kind: "all" } as const] : []),
      ...keys.map((key) => ({ kind: "key", key }) as const),
      ...prefixes.map((prefix) => ({ kind: "prefix", prefix }) as const),
    ];
    [this.keys, this.prefixes, this.settled] = [new Set(), new Set(), []];
    [this.isAll, this.since] = [false, undefined];
    const places = isAll ? undefined : { keys, prefixes };
    return { places, hints, since, settled };
  }
}

/** Those that lie in no other one. */
function outermost(prefixes: readonly string[]): string[] {
  const kept: string[] = [];
  for (const prefix of prefixes.toSorted(compareKeys)) {
    const last = kept.at(-1);
    if (last === undefined || !prefix.startsWith(last)) kept.push(prefix);
  }
  return kept;
}

/** Whether one of the prefixes, which all end with `/`, begins the key. */
function liesBelow(key: Key, prefixes: ReadonlySet<string>): boolean {
  if (prefixes.size === 0) return false;
  for (let at = key.indexOf("/"); at !== -1; at = key.indexOf("/", at + 1)) {
    if (prefixes.has(key.slice(0, at + 1))) return true;
  }
  return false;
}
