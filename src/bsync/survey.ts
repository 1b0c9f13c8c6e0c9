/**
 * Looks at both sides and at their past at once: three sorted streams become one.
 *
 * @module
 */
import type { Gap, Listed } from "../core/entry.ts";
import { compareKeys, type Key } from "../core/key.ts";
import { mergeListings, type Pair } from "../list/merge.ts";
import type { Known } from "../state/index-db.ts";
import type { Trio } from "./judge.ts";

/** What there is to look at. */
export interface Sides {
  readonly local: AsyncIterable<readonly Listed[]>;
  readonly remote: AsyncIterable<readonly Listed[]>;
  /** In the order of keys. */
  readonly past: Iterable<Known>;
}

/** A key, and all that is known of it. */
export type Finding = Trio & { readonly key: Key };

/**
 * Yields all keys of which both sides are known. Unknown is not absent: where a part of a listing is missing, or a
 * link or anything else that is no file lies, there is nothing to be done.
 *
 * @param gap hears of what is unknown
 */
export async function* survey(
  { local, remote, past }: Sides,
  gap: (gap: Gap) => void,
): AsyncGenerator<readonly Finding[], void, undefined> {
  const history = past[Symbol.iterator]();
  let next = history.next();
  const unknown: string[] = [];
  const isUnknown = (key: Key): boolean =>
    unknown.some((root) => key === root || key.startsWith(below(root)));
  /** What is tracked, and comes before a key (or to the end), and that neither side lists. */
  const missing = (until: Key | undefined): Finding[] => {
    const found: Finding[] = [];
    while (next.done !== true && (until === undefined || compareKeys(next.value.key, until) < 0)) {
      const { key } = next.value;
      if (!isUnknown(key))
        found.push({ key, local: undefined, remote: undefined, past: next.value });
      next = history.next();
    }
    return found;
  };
  for await (const pairs of mergeListings(local, remote)) {
    const findings: Finding[] = [];
    for (const pair of pairs) {
      findings.push(...missing(pair.key));
      let known: Known | undefined;
      if (next.done !== true && next.value.key === pair.key) {
        known = next.value;
        next = history.next();
      }
      for (const side of [pair.source, pair.target]) {
        if (side?.kind === "gap" && side.key === pair.key) gap(side);
        if (side !== undefined && hides(side) && side.key === pair.key) unknown.push(pair.key);
      }
      const finding = findingOf(pair, known);
      if (finding !== undefined && !isUnknown(pair.key)) findings.push(finding);
    }
    yield findings;
  }
  yield missing(undefined);
}

/** Of the whole listing the name is empty. */
function below(root: string): string {
  return root === "" || root.endsWith("/") ? root : `${root}/`;
}

function hides({ kind }: Listed): boolean {
  return kind === "gap" || kind === "special";
}

/** A directory is nothing by itself. */
function findingOf({ key, source, target }: Pair, past: Known | undefined): Finding | undefined {
  const local = source?.kind === "object" ? source : undefined;
  const remote = target?.kind === "object" ? target : undefined;
  if (local === undefined && remote === undefined && past === undefined) return undefined;
  return { key, local, remote, past };
}
