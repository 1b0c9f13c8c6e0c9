/**
 * What was left behind, as lines: for people text, for programs JSON.
 *
 * @module
 */
import type { Leftover } from "../core/leftover.ts";
import { humanDuration } from "./numbers.ts";
import { printable, printableJson } from "./printable.ts";
import { rfc3339 } from "./times.ts";

const things: Readonly<Record<Leftover["kind"], string>> = {
  upload: "upload",
  file: "unfinished file",
  journal: "journal of what is gone",
};

/** The line for one of them. */
export function leftoverLine(leftover: Leftover, json: boolean, nowMs = Date.now()): string {
  if (json) return jsonLine(leftover);
  const { kind, name, sinceMs, initiator, outcome, reason, dryRun } = leftover;
  const done = outcome === "removed" && dryRun ? "would be removed" : outcome;
  const age = humanDuration(Math.max(0, nowMs - sinceMs));
  const by = initiator === undefined ? "" : ` by ${printable(initiator)}`;
  const begun = kind === "upload" ? `begun ${age} ago${by}` : `last written ${age} ago`;
  const why = reason === undefined ? "" : `: ${printable(reason)}`;
  return `${done}  ${things[kind]} ${printable(name)}, ${begun}${why}`;
}

function jsonLine({ sinceMs, ...leftover }: Leftover): string {
  const { kind, name, uploadId, initiator, outcome, reason, dryRun } = leftover;
  return printableJson({
    ...{ kind, name, upload_id: uploadId, since: rfc3339(sinceMs), initiator },
    ...{ outcome, reason, dry_run: dryRun },
  });
}

/** The last line: `3 removed, 1 left`. */
export function leftoverCounts(found: readonly Leftover[]): string {
  if (found.length === 0) return "nothing was left behind";
  const outcomes = ["removed", "left", "failed"] as const;
  const isDry = found.some(({ dryRun }) => dryRun);
  const counts = outcomes
    .map((outcome) => [found.filter((it) => it.outcome === outcome).length, outcome] as const)
    .filter(([count]) => count > 0);
  const names = { removed: isDry ? "would be removed" : "removed", left: "left", failed: "failed" };
  const text = counts.map(([count, outcome]) => `${count} ${names[outcome]}`).join(", ");
  return isDry ? `[dry-run] ${text}` : text;
}
