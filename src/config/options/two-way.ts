/**
 * Options of two-way syncs.
 *
 * @module
 */
import { oneOf, text } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";

/** What both sides being changed means. */
export const twoWay = {
  state: optional(
    "Two-way Sync",
    text("FILE"),
    "Where is kept what both sides held when they were last in step. Default: ~/.state.s3sync.",
    ours,
  ),
  "first-sync": withDefault(
    "Two-way Sync",
    oneOf(["union", "s3", "local", "newer", "list", "ask"], "HOW"),
    "union",
    "What wins where both sides differ that were never in step: union (S3, and the file is kept under another name), s3, local, newer; list says what differs and changes nothing, ask asks.",
    ours,
  ),
  "conflict-resolve": withDefault(
    "Two-way Sync",
    oneOf(["newer", "older", "larger", "s3", "local"], "HOW"),
    "newer",
    "What wins where both sides have changed: newer, older, larger, s3 or local.",
    ours,
  ),
  "conflict-loser": optional(
    "Two-way Sync",
    oneOf(["keep", "backup", "delete"], "HOW"),
    "What becomes of what lost: keep (under another name, on both sides), backup (in --backup-dir and --backup-prefix, both) or delete. Default: keep; delete where --first-sync says who wins.",
    ours,
  ),
  "no-recursive": onOff("Two-way Sync", "Leave out what lies in directories below.", ours),
} as const;
