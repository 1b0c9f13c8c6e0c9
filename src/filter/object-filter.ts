/**
 * Which objects of the source are sent at all, and which of the target are safe from deletion. Pure.
 *
 * What a filter hides in the source is still there: it is not sent, and its counterpart in the target is never
 * deleted because of that.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import type { Key } from "../core/key.ts";
import type { Regex } from "../regex/regex.ts";
import type { KeyList } from "./key-list.ts";

/** What the user wants. Absent conditions do not count. */
export interface FilterRules {
  /** Only what is older, in milliseconds since 1970. */
  readonly beforeMs: number | undefined;
  /** Only what is as old or newer. */
  readonly fromMs: number | undefined;
  /** Only what has fewer bytes. */
  readonly belowBytes: number | undefined;
  /** Only what has as many or more. */
  readonly fromBytes: number | undefined;
  /** Only keys that match one of these. */
  readonly include: readonly Regex[];
  /** No keys that match one of these. */
  readonly exclude: readonly Regex[];
  /** Conditions on names, and whether a key fails them. */
  readonly names: readonly NameRule[];
  /** What names exclude is deleted where only the target has it. */
  readonly deletesExcluded: boolean;
}

/** A condition on names. */
export interface NameRule {
  /** For people: `--exclude`. */
  readonly name: string;
  readonly leavesOut: (key: Key) => boolean;
  /** What it leaves out is never deleted. */
  readonly isFirm?: boolean;
  /** Keys that are expected to be there. */
  readonly list?: KeyList;
}

/** Judges objects. */
export interface ObjectFilter {
  /** Why an object of the source is not sent; `undefined` if it is. */
  hides(entry: Entry): string | undefined;
  /** Whether a key that only the target has stays. */
  protects(key: Key): boolean;
  /** Notes that a run has met a key. */
  see(key: Key): void;
  /** What somebody has asked for by name, and the run has not met. To be asked at the end. */
  unseen(): readonly string[];
}

/** One condition: why an object is not sent. */
type Condition = (entry: Entry) => string | undefined;

/** Makes a filter; `undefined` where there is nothing to filter. */
export function objectFilter(rules: FilterRules): ObjectFilter | undefined {
  const conditions = conditionsOf(rules);
  if (conditions.length === 0) return undefined;
  const { exclude, names, deletesExcluded } = rules;
  const lists = names.flatMap(({ list }) => list ?? []);
  return {
    see(key) {
      for (const list of lists) list.see(key);
    },
    unseen: () => lists.flatMap((list) => list.unseen()),
    hides(entry) {
      for (const condition of conditions) {
        const reason = condition(entry);
        if (reason !== undefined) return reason;
      }
      return undefined;
    },
    protects: (key) =>
      (!deletesExcluded && exclude.some((regex) => regex.test(key))) ||
      names.some((rule) => (rule.isFirm === true || !deletesExcluded) && rule.leavesOut(key)),
  };
}

/** In upstream's order: what costs least comes first. */
function conditionsOf(rules: FilterRules): Condition[] {
  const { beforeMs, fromMs, belowBytes, fromBytes, include, exclude, names } = rules;
  const conditions: Condition[] = [];
  const unless = (keep: (entry: Entry) => boolean, reason: string): void =>
    void conditions.push((entry) => (keep(entry) ? undefined : reason));
  if (beforeMs !== undefined) {
    unless(({ mtimeMs }) => mtimeMs < beforeMs, "--filter-mtime-before");
  }
  if (fromMs !== undefined) unless(({ mtimeMs }) => mtimeMs >= fromMs, "--filter-mtime-after");
  if (belowBytes !== undefined) unless(({ size }) => size < belowBytes, "--filter-smaller-size");
  if (fromBytes !== undefined) unless(({ size }) => size >= fromBytes, "--filter-larger-size");
  if (include.length > 0) {
    unless(({ key }) => include.some((regex) => regex.test(key)), "--filter-include-regex");
  }
  if (exclude.length > 0) {
    unless(({ key }) => !exclude.some((regex) => regex.test(key)), "--filter-exclude-regex");
  }
  for (const { name, leavesOut } of names) unless(({ key }) => !leavesOut(key), name);
  return conditions;
}
