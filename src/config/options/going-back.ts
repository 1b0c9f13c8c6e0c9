/**
 * Options about what buckets held earlier.
 *
 * @module
 */
import { moment } from "../kinds.ts";
import { optional, ours, withDefault } from "../option.ts";
import { type Glob, globs } from "../pattern-kinds.ts";

const noGlobs: readonly Glob[] = [];

/** Going back. */
export const goingBack = {
  at: optional(
    "Going Back",
    moment,
    "With restore and ls: what the bucket held at this time, written as for --point-in-time. Without it: what it holds.",
    ours,
  ),
  only: withDefault(
    "Going Back",
    globs,
    noGlobs,
    "With restore: only keys that match this glob: *.txt anywhere, /letters/ at the top. Repeatable: one of them is enough.",
    ours,
  ),
} as const;
