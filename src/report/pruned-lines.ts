/**
 * What was thrown away because it was old, as lines: for people text, for programs JSON.
 *
 * @module
 */
import type { Pruned } from "../core/pruned.ts";
import { bytes, counted, humanDuration } from "./numbers.ts";
import { printable, printableJson } from "./printable.ts";
import { rfc3339 } from "./times.ts";

const things: Readonly<Record<Pruned["kind"], readonly [one: string, since: string]>> = {
  version: ["version", "replaced or deleted"],
  marker: ["deletion", "made"],
  backup: ["backup", "put aside"],
};

/** The line for one of them. */
export function prunedLine(pruned: Pruned, json: boolean, nowMs = Date.now()): string {
  const { kind, name, versionId, size, sinceMs, outcome, reason, dryRun } = pruned;
  if (json) {
    const since = rfc3339(sinceMs);
    const what = { kind, name, version_id: versionId, size, since };
    return printableJson({ ...what, outcome, reason, dry_run: dryRun });
  }
  const done = outcome === "removed" && dryRun ? "would be removed" : outcome;
  const [thing, since] = things[kind];
  const which = versionId === undefined ? "" : ` ${printable(versionId)}`;
  const length = kind === "marker" ? "" : `, ${bytes(size)}`;
  const age = humanDuration(Math.max(0, nowMs - sinceMs));
  const why = reason === undefined ? "" : `: ${printable(reason)}`;
  return `${done}  ${thing}${which} of ${printable(name)}${length}, ${since} ${age} ago${why}`;
}

/** Counts what was thrown away. */
export class PrunedCounts {
  private readonly counts = { version: 0, marker: 0, backup: 0 };
  private size = 0;
  failed = 0;
  private isDry = false;

  add({ kind, outcome, size, dryRun }: Pruned): void {
    this.isDry ||= dryRun;
    if (outcome === "failed") {
      this.failed += 1;
      return;
    }
    this.counts[kind] += 1;
    this.size += size;
  }

  /** The last line: `2 versions, 1 deletion removed, 3.00 MiB`. */
  line(): string {
    const { version, marker, backup } = this.counts;
    const parts = [
      [version, "version"],
      [marker, "deletion"],
      [backup, "backup"],
    ] as const;
    const known = parts.filter(([count]) => count > 0).map(([count, one]) => counted(count, one));
    const failed = this.failed > 0 ? `, ${this.failed} failed` : "";
    if (known.length === 0) return `nothing was old enough to go${failed}`;
    const done = this.isDry ? "would be removed" : "removed";
    const text = `${known.join(", ")} ${done}, ${bytes(this.size)}${failed}`;
    return this.isDry ? `[dry-run] ${text}` : text;
  }
}
