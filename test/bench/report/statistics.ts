/**
 * From single outcomes to one row per step and tool. Pure.
 *
 * @module
 */
import type { Outcome } from "../outcome.ts";
import type { ScenarioName, StepName } from "../tool.ts";

/** Medians of a step of a tool. */
export interface Figures {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakMiB: number;
  /** Per object, in milliseconds. */
  readonly cpuMsPerObject: number;
  readonly objectsPerS: number;
  /** Only where bytes are moved. */
  readonly mibPerS: number | undefined;
  /** The server's, beside the client's. */
  readonly serverCpuS: number | undefined;
  readonly requests: number | undefined;
}

/** How many times as much as ours: above 1, ours needs less. */
export interface Ratios {
  readonly wall: number;
  readonly cpu: number;
  readonly peak: number;
}

/** One line of the table. */
export interface Row {
  readonly scenario: ScenarioName;
  readonly step: StepName;
  readonly tool: string;
  readonly version: string;
  /** Runs that were measured. */
  readonly runs: number;
  readonly figures: Figures | undefined;
  /** Against the first tool of the step: ours. */
  readonly ratios: Ratios | undefined;
  /** Why a run has no figure. */
  readonly failures: readonly string[];
}

/** The middle value; the mean of the two in the middle where their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** One row per step and tool, grouped by step, tools in the order in which they came. */
export function rowsOf(outcomes: readonly Outcome[]): Row[] {
  const bySteps = Map.groupBy(outcomes, ({ scenario, step }) => `${scenario} ${step}`);
  return [...bySteps.values()].flatMap((ofStep) => {
    const byTool = [...Map.groupBy(ofStep, ({ tool }) => tool.label).values()];
    const ours = figuresOf(byTool[0] ?? []);
    return byTool.flatMap((ofTool) => rowOf(ofTool, ours) ?? []);
  });
}

function rowOf(outcomes: readonly Outcome[], ours: Figures | undefined): Row | undefined {
  const [first] = outcomes;
  if (first === undefined) return undefined;
  const failures = outcomes.flatMap(({ result }) => (result.kind === "failed" ? [result.why] : []));
  const figures = figuresOf(outcomes);
  const { scenario, step, tool } = first;
  return {
    scenario,
    step,
    tool: tool.label,
    version: tool.version,
    runs: outcomes.length - failures.length,
    figures,
    ratios: ratiosOf(figures, ours),
    failures: [...new Set(failures)],
  };
}

type Measured = Extract<Outcome["result"], { kind: "measured" }>;

function figuresOf(outcomes: readonly Outcome[]): Figures | undefined {
  const work = outcomes[0]?.work;
  const measured = outcomes.flatMap(({ result }) => (result.kind === "measured" ? [result] : []));
  if (work === undefined || measured.length === 0) return undefined;
  const middle = (value: (result: Measured) => number): number => median(measured.map(value));
  const wallS = middle(({ cost }) => cost.wallS);
  const cpuS = middle(({ cost }) => cost.cpuS);
  const server = measured.flatMap(({ serverCpuS }) => serverCpuS ?? []);
  const requests = measured.flatMap((result) => result.requests ?? []);
  return {
    wallS,
    cpuS,
    peakMiB: middle(({ cost }) => cost.peakBytes) / 2 ** 20,
    cpuMsPerObject: (cpuS * 1000) / work.objects,
    objectsPerS: work.objects / wallS,
    mibPerS: work.bytes === 0 ? undefined : work.bytes / 2 ** 20 / wallS,
    serverCpuS: server.length === 0 ? undefined : median(server),
    requests: requests.length === 0 ? undefined : median(requests),
  };
}

function ratiosOf(figures: Figures | undefined, ours: Figures | undefined): Ratios | undefined {
  if (figures === undefined || ours === undefined) return undefined;
  return {
    wall: figures.wallS / ours.wallS,
    cpu: figures.cpuS / ours.cpuS,
    peak: figures.peakMiB / ours.peakMiB,
  };
}
