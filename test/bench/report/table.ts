/**
 * The report for people. Pure.
 *
 * @module
 */
import type { Missing, Tool } from "../tool.ts";
import type { Figures, Row } from "./statistics.ts";
import type { Verdict } from "./targets.ts";

/** What the report is made of. */
export interface Report {
  /** What holds for all figures. */
  readonly notes: readonly string[];
  readonly tools: readonly Tool[];
  readonly missing: readonly Missing[];
  readonly rows: readonly Row[];
  readonly verdicts: readonly Verdict[];
}

const heads = [
  "step",
  "tool",
  "runs",
  "wall s",
  "CPU s",
  "peak MiB",
  "rate",
  "CPU ms/obj",
  "server CPU s",
  "requests",
  "wall ×",
  "CPU ×",
  "mem ×",
] as const;

/** The whole report. */
export function renderReport(report: Report): string {
  const settings = report.tools.map(({ label, version, settings: how }) => [label, version, how]);
  return [
    ...report.notes,
    "",
    ...aligned(settings, [0, 1, 2]),
    ...report.missing.map(({ label, why }) => `not measured: ${label}: ${why}`),
    "",
    ...aligned([heads, ...report.rows.map(cells)], [0, 1]),
    "",
    "Medians. ×: as many times as the first line of the step; above 1, that one needs less.",
    ...failures(report.rows),
    ...targets(report.verdicts),
  ].join("\n");
}

function cells(row: Row): string[] {
  const { scenario, step, tool, runs, figures, ratios } = row;
  const name = `${scenario} ${step}`;
  if (figures === undefined) return [name, tool, "0", "failed"];
  return [
    name,
    tool,
    String(runs),
    figures.wallS.toFixed(2),
    figures.cpuS.toFixed(2),
    figures.peakMiB.toFixed(0),
    rate(row, figures),
    figures.cpuMsPerObject >= 100
      ? figures.cpuMsPerObject.toFixed(0)
      : figures.cpuMsPerObject.toPrecision(2),
    figures.serverCpuS?.toFixed(2) ?? "",
    figures.requests?.toFixed(0) ?? "",
    ...[ratios?.wall, ratios?.cpu, ratios?.peak].map((ratio) => ratio?.toFixed(2) ?? ""),
  ];
}

function rate({ scenario }: Row, figures: Figures): string {
  if (scenario === "large" && figures.mibPerS !== undefined) {
    return `${figures.mibPerS.toFixed(0)} MiB/s`;
  }
  return `${figures.objectsPerS.toFixed(0)}/s`;
}

function targets(verdicts: readonly Verdict[]): string[] {
  if (verdicts.length === 0) return [];
  const lines = verdicts.map(({ step, what, value, isMet }) => [
    step,
    what,
    value,
    isMet ? "met" : "missed",
  ]);
  return ["", ...aligned([["step", "target", "seen", ""], ...lines], [0, 1, 3])];
}

function failures(rows: readonly Row[]): string[] {
  return rows.flatMap(({ scenario, step, tool, failures: reasons }) =>
    reasons.map((why) => `failed: ${scenario} ${step}, ${tool}: ${why}`),
  );
}

/**
 * Pads cells to the width of their columns.
 *
 * @param left columns of text; all others stand at the right edge
 */
export function aligned(lines: readonly (readonly string[])[], left: readonly number[]): string[] {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [column, cell] of line.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return lines.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return left.includes(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
