/**
 * Options about which objects a run is about.
 *
 * @module
 */
import type { Regex } from "../../regex/regex.ts";
import { instant, size, text } from "../kinds.ts";
import { optional, ours, withDefault } from "../option.ts";
import { files, type Glob, globs, regexes } from "../pattern-kinds.ts";

const anySize = size(0, Number.MAX_SAFE_INTEGER);
const none: readonly Regex[] = [];
const noGlobs: readonly Glob[] = [];
const noFiles: readonly string[] = [];

/** What the run is about. */
export const filtering = {
  "filter-mtime-before": optional(
    "Filtering",
    instant,
    "Only objects that are older than this, such as 2023-02-19T12:00:00Z.",
  ),
  "filter-mtime-after": optional(
    "Filtering",
    instant,
    "Only objects that are as old as this, or newer.",
  ),
  "filter-smaller-size": optional("Filtering", anySize, "Only objects with fewer bytes than this."),
  "filter-larger-size": optional(
    "Filtering",
    anySize,
    "Only objects with as many bytes as this, or more.",
  ),
  "filter-include-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "Only keys that match this regular expression, below SOURCE. Repeatable: one of them is enough.",
  ),
  "filter-exclude-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "No keys that match this one. Repeatable. --delete leaves such keys alone in the target, too.",
  ),
  "filter-include-content-type-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "Only objects whose Content-Type matches. One request more for each object that would be sent.",
  ),
  "filter-exclude-content-type-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "No objects whose Content-Type matches.",
  ),
  "filter-include-metadata-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "Only objects whose user metadata matches: a=1,b=2, names in lower case and sorted, values URL-encoded.",
  ),
  "filter-exclude-metadata-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "No objects whose user metadata matches.",
  ),
  "filter-include-tag-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "Only objects whose tags match: a=1&b=2, sorted, URL-encoded. Two requests more for each object that has tags.",
  ),
  "filter-exclude-tag-regex": withDefault(
    "Filtering",
    regexes,
    none,
    "No objects whose tags match.",
  ),
  include: withDefault(
    "Filtering",
    globs,
    noGlobs,
    "Keys that match this glob are sent, also if an earlier --exclude leaves them out. Repeatable: the last one that matches decides. If the first of them is an --include, nothing else is sent.",
    ours,
  ),
  exclude: withDefault(
    "Filtering",
    globs,
    noGlobs,
    "Keys that match this glob are left alone on both sides: *.tmp anywhere, /build/ at the top, docs/**/*.html.",
    ours,
  ),
  "ignore-file": withDefault(
    "Filtering",
    files,
    noFiles,
    "Leave alone what this file lists, as .gitignore does. Repeatable. Files named .s3syncignore in a local SOURCE are read anyway.",
    ours,
  ),
  "files-from": optional(
    "Filtering",
    text("FILE"),
    "Only the keys in this file, one a line, or with zero bytes between them. -: standard input.",
    ours,
  ),
  "key-start": optional(
    "Filtering",
    text("KEY"),
    "Only keys after this one, on both sides; below SOURCE and TARGET, in the order of their UTF-8 bytes. Runs to a key and after it together are one run.",
    ours,
  ),
  "key-end": optional("Filtering", text("KEY"), "Only keys up to this one, itself included.", ours),
} as const;
