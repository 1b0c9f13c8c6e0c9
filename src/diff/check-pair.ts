/**
 * What there is to check about a key. Pure: no clock, no I/O.
 *
 * @module
 */
import type { Standing } from "../core/check.ts";
import type { Entry, Listed } from "../core/entry.ts";
import type { Key } from "../core/key.ts";
import type { Pair } from "../list/merge.ts";

/** What there is to check. */
export type Matter =
  /** Not a matter of objects. */
  | { readonly kind: "nothing" }
  /** Both sides have an object. */
  | { readonly kind: "compare"; readonly source: Entry; readonly target: Entry }
  /** The listings say all. An object of one side is there, unless something is wrong with the key itself. */
  | {
      readonly kind: "found";
      readonly standing: Standing;
      readonly source: Entry | undefined;
      readonly target: Entry | undefined;
    };

/** Finds out what there is to check. Unknown is not absent: what lies in a gap is not proven. */
export function matterOf({ key, source, target }: Pair): Matter {
  const [a, b] = [objectOf(source), objectOf(target)];
  if (a !== undefined && b !== undefined) return { kind: "compare", source: a, target: b };
  if (a !== undefined) {
    const standing = besides(a, target, "TARGET") ?? { verdict: "only-in-source" };
    return { kind: "found", standing, source: a, target: undefined };
  }
  if (b !== undefined) {
    const standing = besides(b, source, "SOURCE") ?? { verdict: "only-in-target" };
    return { kind: "found", standing, source: undefined, target: b };
  }
  const standing = trouble(key, source, "SOURCE") ?? trouble(key, target, "TARGET");
  if (standing === undefined) return { kind: "nothing" };
  return { kind: "found", standing, source: undefined, target: undefined };
}

function objectOf(item: Listed | undefined): Entry | undefined {
  return item?.kind === "object" ? item : undefined;
}

/** What is on the other side instead of an object; `undefined` if there is nothing. */
function besides(
  { key, size }: Entry,
  other: Listed | undefined,
  side: string,
): Standing | undefined {
  switch (other?.kind) {
    case "gap":
      return { verdict: "unproven", reason: `unknown in ${side}: ${other.error.message}` };
    case "special":
      return other.key === key
        ? { verdict: "differs", reason: `a ${other.what} in ${side}` }
        : { verdict: "unproven", reason: `below a ${other.what} in ${side}` };
    case "directory":
      // An empty object whose name ends with a slash is what a directory is in a bucket.
      return size === 0
        ? { verdict: "same", by: "empty" }
        : { verdict: "differs", reason: `${size} bytes, and a directory in ${side}` };
    default:
      return undefined;
  }
}

/** What cannot be looked at. A link that leads nowhere is no object, and none of our business. */
function trouble(key: Key, item: Listed | undefined, side: string): Standing | undefined {
  if (item?.key !== key) return undefined;
  if (item.kind === "gap") {
    return { verdict: "unproven", reason: `unknown in ${side}: ${item.error.message}` };
  }
  if (item.kind !== "special" || item.what === "link") return undefined;
  return { verdict: "unproven", reason: `a ${item.what} in ${side}, no file` };
}
