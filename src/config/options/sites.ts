/**
 * Options about publishing sites.
 *
 * @module
 */
import { checkedText, duration, integer, oneOf, text, url } from "../kinds.ts";
import { onOff, optional, ours, withDefault } from "../option.ts";
import { type Duplication, duplications, existingFile } from "../pattern-kinds.ts";

/** Which files are hashed to find out whether they changed. */
const checks = ["newer", "mtime", "all"] as const;

const sitePath = checkedText("PATH", (value) =>
  /^\/(?:[^/]+\/)*$/.test(value) ? undefined : "a path such as / or /docs/ is allowed",
);
const noDuplications: readonly Duplication[] = [];

/** Publishing. */
export const sites = {
  "no-delete": onOff(
    "Sites",
    "With site: leave what the bucket has and the directory has not. Also -D.",
    ours,
  ),
  check: withDefault(
    "Sites",
    oneOf(checks, "HOW"),
    "newer",
    "With site: of files that have the size of what is published, hash those that are newer (newer), send those that are newer without hashing (mtime), or hash every one (all).",
    ours,
  ),
  "mtime-tolerance": withDefault(
    "Sites",
    duration,
    0,
    "With site: by how much a file must be newer than what is published to count as newer: 2s, 1m.",
    ours,
  ),
  "generate-index": onOff(
    "Sites",
    "With site: publish an index.html for each directory that has none: a page that lists it.",
    ours,
  ),
  template: optional(
    "Sites",
    existingFile,
    "With --generate-index: a page with {{…}} to be filled in, instead of the usual one.",
    ours,
  ),
  "clean-urls": onOff(
    "Sites",
    "With site: publish pages without .html: about.html as about, and docs/index.html as docs/, too.",
    ours,
  ),
  "duplicate-prefix": withDefault(
    "Sites",
    duplications,
    noDuplications,
    "With site: publish what begins with FROM with TO in its place as well, such as docs/=manual/. Repeatable.",
    ours,
  ),
  "cloudfront-distribution": optional(
    "Sites",
    text("ID"),
    "With site: have this distribution of CloudFront forget what changed.",
    ours,
  ),
  "cloudfront-path": withDefault(
    "Sites",
    sitePath,
    "/",
    "With --cloudfront-distribution: where it shows the site, if not at its top, such as /docs/.",
    ours,
  ),
  "cloudfront-max-paths": withDefault(
    "Sites",
    integer(1, 100_000),
    1000,
    "With --cloudfront-distribution: where more paths changed, name whole directories instead.",
    ours,
  ),
  "cloudfront-wait": onOff(
    "Sites",
    "With --cloudfront-distribution: end when CloudFront has forgotten, which takes a minute or so.",
    ours,
  ),
  "cloudfront-endpoint-url": optional(
    "Sites",
    url,
    "With --cloudfront-distribution: another endpoint than that of AWS.",
    ours,
  ),
  "summary-markdown": optional(
    "Sites",
    text("FILE"),
    "With site: write what changed to this file, as a table in Markdown. On GitHub Actions the summary of the step gets it anyway, and in a job of GitLab .s3sync-site.md.",
    ours,
  ),
  preview: onOff(
    "Sites",
    "With site: publish nothing, but show the site on this machine, as it would be published.",
    ours,
  ),
  "preview-port": optional(
    "Sites",
    integer(0, 65_535),
    "With --preview: the port. By itself one that is free.",
    ours,
  ),
} as const;
