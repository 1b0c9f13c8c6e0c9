/**
 * What to do about a key. Pure: no clock, no I/O.
 *
 * @module
 */
import type { Entry, Special } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { Evidence } from "../core/events.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import type { Pair } from "../list/merge.ts";
import { evidenceOf, judgeUpdate, type UpdateCheck, type UpdateRule } from "./update-check.ts";

/** What the user wants in general. */
export interface Policy {
  /** Delete what only the target has. */
  readonly deletes: boolean;
  /** Keys that end with `/` are directories in the target. */
  readonly makesDirectories: boolean;
  readonly check: UpdateCheck;
  readonly filter?: ObjectFilter | undefined;
  /** Tells what is known already of contents that would have to be compared. */
  readonly known?: Known | undefined;
}

/** What shows that two objects hold the same, as far as that is known from earlier. */
export type Known = (source: Entry, target: Entry, rule: UpdateRule) => Evidence | undefined;

/** What is to be done about one key. */
export type Decision =
  | { readonly kind: "transfer"; readonly entry: Entry; readonly target?: Entry | undefined }
  /** A transfer, if the contents differ. */
  | { readonly kind: "compare"; readonly entry: Entry; readonly target: Entry }
  | { readonly kind: "delete"; readonly entry: Entry }
  /** There is an object, and a filter leaves it out. */
  | { readonly kind: "hidden"; readonly reason: string }
  /** There is an object and it stays as it is. */
  | { readonly kind: "skip"; readonly reason: string; readonly evidence?: Evidence }
  /** Worth a warning; nothing is done. */
  | { readonly kind: "warn"; readonly error: SyncError }
  /** Not a matter of objects. */
  | { readonly kind: "nothing" };

const nothing: Decision = { kind: "nothing" };

/** Decides about a pair. Unknown is not absent: where a side is a gap, nothing is done. */
export function decide(pair: Pair, policy: Policy): Decision {
  const { key, source, target } = pair;
  // A gap itself gives one warning; the keys that lie in it give none.
  if (source?.kind === "gap") {
    return source.key === key ? { kind: "warn", error: source.error } : nothing;
  }
  if (target?.kind === "gap") {
    if (target.key === key) return { kind: "warn", error: target.error };
    return source?.kind === "object" ? { kind: "skip", reason: "unknown in the target" } : nothing;
  }
  if (source === undefined) {
    return target?.kind === "object" && policy.deletes && policy.filter?.protects(key) !== true
      ? { kind: "delete", entry: target }
      : nothing;
  }
  if (source.kind === "special") return aboutSpecial(source);
  if (source.kind !== "object") return nothing;
  const hidden = policy.filter?.hides(source);
  if (hidden !== undefined) return { kind: "hidden", reason: hidden };
  return decideObject(source, target, policy);
}

function decideObject(
  source: Entry,
  target: Exclude<Pair["target"], { kind: "gap" }>,
  policy: Policy,
): Decision {
  if (target?.kind === "special" && target.what !== "link") {
    return { kind: "warn", error: blockedBy(target) };
  }
  const isDirectory = policy.makesDirectories && source.key.endsWith("/");
  if (isDirectory && source.size > 0 && target?.kind === "object") {
    return { kind: "warn", error: directoryWithData(source) };
  }
  if (target?.kind === "object") return decideExisting(source, target, policy);
  if (isDirectory && source.size === 0 && target?.kind === "directory") {
    return { kind: "skip", reason: "the directory exists" };
  }
  if (!policy.check.sendsMissing) return { kind: "skip", reason: "not in the target" };
  if (isDirectory && source.size > 0) return { kind: "warn", error: directoryWithData(source) };
  return { kind: "transfer", entry: source };
}

function decideExisting(source: Entry, target: Entry, { check, known }: Policy): Decision {
  if (!check.asksListing) return { kind: "transfer", entry: source, target };
  // Times of directories change with what is in them: only where they are kept they count.
  if (areDirectories(source, target) && check.rule.kind !== "kept") {
    const evidence: Evidence = { by: "size", source, target };
    return { kind: "skip", reason: "the directory exists", evidence };
  }
  switch (judgeUpdate(source, target, check.rule)) {
    case "send":
      return { kind: "transfer", entry: source, target };
    case "look": {
      const evidence = known?.(source, target, check.rule);
      if (evidence !== undefined) return { kind: "skip", reason: "unchanged", evidence };
      return { kind: "compare", entry: source, target };
    }
    case "keep": {
      if (check.rule.kind === "never") return { kind: "skip", reason: "exists" };
      // Where a link leads is read in no time.
      if (isLink(source, target)) return { kind: "compare", entry: source, target };
      const by = evidenceOf(source, target, check.rule);
      return { kind: "skip", reason: "unchanged", evidence: { by, source, target } };
    }
  }
}

function areDirectories(source: Entry, target: Entry): boolean {
  return source.fileType === "directory" || target.fileType === "directory";
}

/** Whether one of two objects is known to be a link. */
export function isLink(source: Entry, target: Entry): boolean {
  return source.fileType === "link" || target.fileType === "link";
}

function aboutSpecial(source: Special): Decision {
  // A link that leads nowhere is no object, and none of our business.
  if (source.what === "link") return nothing;
  const error = new SyncError(
    "special-file",
    `${JSON.stringify(source.key)} is skipped: it is a ${source.what}, not a file`,
    { key: source.key },
  );
  return { kind: "warn", error };
}

function directoryWithData({ key, size }: Entry): SyncError {
  return new SyncError(
    "unsafe-key",
    `${JSON.stringify(key)} is skipped: it holds ${size} bytes, but its name is that of a directory`,
    { key },
  );
}

function blockedBy(target: Special): SyncError {
  return new SyncError(
    "path-clash",
    `${JSON.stringify(target.key)} is not written: a ${target.what} stands there`,
    { key: target.key },
  );
}
