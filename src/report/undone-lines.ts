/**
 * What was taken back of a run, as lines: for people text, for programs JSON.
 *
 * @module
 */
import type { Undone } from "../core/undone.ts";
import { bytes, counted } from "./numbers.ts";
import { printable, printableJson } from "./printable.ts";

const words: Readonly<Record<Undone["action"], readonly [done: string, would: string]>> = {
  "put-back": ["put back", "would be put back"],
  removed: ["removed", "would be removed"],
  nothing: ["as before", "as before"],
};

/** The line for one of them. */
export function undoneLine(undone: Undone, json: boolean): string {
  const { action, name, size, outcome, reason, dryRun } = undone;
  if (json) return printableJson({ action, name, size, outcome, reason, dry_run: dryRun });
  const [done, would] = words[action];
  const what = outcome === "done" ? (dryRun ? would : done) : outcome;
  const length = outcome === "done" && action !== "nothing" ? `, ${bytes(size)}` : "";
  const why = reason === undefined ? "" : `: ${printable(reason)}`;
  return `${what}  ${printable(name)}${length}${why}`;
}

/** Counts what was taken back. */
export class UndoneCounts {
  private readonly counts = { "put-back": 0, removed: 0, nothing: 0 };
  kept = 0;
  failed = 0;
  private isDry = false;

  add({ action, outcome, dryRun }: Undone): void {
    this.isDry ||= dryRun;
    if (outcome === "done") this.counts[action] += 1;
    else this[outcome] += 1;
  }

  /** The last line: `2 objects put back, 1 object removed, 1 kept`. */
  line(): string {
    const actions = ["put-back", "removed", "nothing"] as const;
    const parts = actions
      .filter((action) => this.counts[action] > 0)
      .map((action) => `${counted(this.counts[action], "object")} ${this.said(action)}`);
    const rest = (["kept", "failed"] as const)
      .filter((outcome) => this[outcome] > 0)
      .map((outcome) => `${this[outcome]} ${outcome}`);
    const text = [...parts, ...rest].join(", ") || "there is nothing left to be taken back";
    return this.isDry ? `[dry-run] ${text}` : text;
  }

  private said(action: Undone["action"]): string {
    const [done, would] = words[action];
    return this.isDry ? would : done;
  }
}
