/**
 * Options about taking runs back.
 *
 * @module
 */
import { text } from "../kinds.ts";
import { optional, ours } from "../option.ts";

/** Taking back. */
export const undoing = {
  journal: optional(
    "Going Back",
    text("FILE"),
    "Note in this new file what the run changes, so that s3sync undo FILE takes it back. {time} stands for the time of the run.",
    ours,
  ),
} as const;
