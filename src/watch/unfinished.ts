/**
 * Files that have changed, until they are quiet. Pure: the clock and the look at a file are given.
 *
 * @module
 */
import type { Key } from "../core/key.ts";

/** What a look shows. The mark of a file differs when its size or time does. */
export type Look =
  | { readonly kind: "file"; readonly mark: string }
  | { readonly kind: "directory" }
  | { readonly kind: "gone" };

/** Something that is quiet. */
export interface Settled {
  readonly key: Key;
  readonly look: Look;
  /** It was made, moved or removed, and not only written to. */
  readonly isMoved: boolean;
}

interface Change {
  readonly path: string;
  readonly since: number;
  /** When it was last told of, or seen to be another. */
  at: number;
  look: Look | undefined;
  isMoved: boolean;
}

/** What changes. */
export class Unfinished {
  private readonly changes = new Map<Key, Change>();

  /**
   * @param lookAt looks at a path
   * @param quietMs so long nothing may have happened
   */
  constructor(
    private readonly lookAt: (path: string) => Look,
    private readonly quietMs: number,
  ) {}

  get size(): number {
    return this.changes.size;
  }

  /** When the oldest of these changes was heard. They are in that order. */
  get oldest(): number | undefined {
    const [first] = this.changes.values();
    return first?.since;
  }

  has(key: Key): boolean {
    return this.changes.has(key);
  }

  /** Hears that something has happened. */
  touch(key: Key, path: string, isMoved: boolean, now: number): void {
    const known = this.changes.get(key);
    const since = known?.since ?? now;
    const change = { path, since, at: now, look: undefined, isMoved };
    if (known === undefined) this.changes.set(key, change);
    else Object.assign(known, { ...change, isMoved: known.isMoved || isMoved });
  }

  /** Looks at what is there, and lets go of what is quiet: no event tells of what is written through a mapping. */
  settle(now: number): Settled[] {
    const settled: Settled[] = [];
    for (const [key, change] of this.changes) {
      const isDue = now - change.at >= this.quietMs;
      if (!isDue && change.look !== undefined) continue;
      const look = this.lookAt(change.path);
      const isSame = change.look === undefined || isAlike(change.look, look);
      change.look = look;
      if (!isSame) change.at = now;
      else if (isDue) {
        this.changes.delete(key);
        settled.push({ key, look, isMoved: change.isMoved });
      }
    }
    return settled;
  }
}

function isAlike(one: Look, other: Look): boolean {
  if (one.kind !== other.kind) return false;
  return one.kind !== "file" || other.kind !== "file" || one.mark === other.mark;
}
