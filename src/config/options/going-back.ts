/**
 * Options about what buckets held earlier.
 *
 * @module
 */
import { integer, moment, period } from "../kinds.ts";
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
  "keep-within": optional(
    "Going Back",
    period,
    "With prune: keep whatever was there within this time: 12h, 30d, 8w, 6M (months), 1y. What was replaced or deleted before goes.",
    ours,
  ),
  "keep-last": withDefault(
    "Going Back",
    integer(0, 1_000_000),
    0,
    "With prune: keep so many old versions of each key, however old they are.",
    ours,
  ),
} as const;
