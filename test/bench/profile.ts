/**
 * Where our own time goes: runs the sources under Bun's profiler and sums its samples up. It sees the main
 * thread only; `--with "plain=--threads 0"` brings everything onto it.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import type { Outcome } from "./outcome.ts";
import { aligned } from "./report/table.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { WorkDir } from "./scenarios/scenario.ts";
import { ThreadWatch } from "./thread-cpu.ts";
import type { Tool } from "./tool.ts";
import { commandOf } from "./tools/s3sync.ts";

const root = path.join(import.meta.dir, "../..");
const main = path.join(root, "src/main.ts");
const intervalUs = 250;
const shownLines = 20;
const shownThreads = 6;

/** What Bun writes, as far as it is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly hitCount: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
    readonly children?: readonly number[];
  }[];
}

/** One step, watched. */
interface Watched {
  readonly profile: string;
  threads: ThreadWatch | undefined;
}

/** Watches the steps of a scenario: the dearest functions and threads of each. */
export class Profiler implements Disposable {
  private readonly output = new WorkDir();
  private readonly steps: Watched[] = [];

  /** @param words options for ours */
  constructor(private readonly words: readonly string[]) {}

  /** Ours, from its sources, under Bun's profiler. */
  get tool(): Tool {
    return {
      label: "s3sync",
      version: "sources",
      settings: "under the profiler",
      command: (job) => {
        const name = `${this.steps.length}.cpuprofile`;
        this.steps.push({ profile: this.output.at(name), threads: undefined });
        const options = [`--cpu-prof-interval=${intervalUs}`, `--cpu-prof-name=${name}`];
        const bun = [process.execPath, "--cpu-prof", `--cpu-prof-dir=${this.output.path}`];
        return commandOf([...bun, ...options, main], job, this.words);
      },
    };
  }

  /** To be told of the process of the step at hand. */
  readonly onStart = (pid: number): void => {
    const step = this.steps.at(-1);
    if (step !== undefined) step.threads = new ThreadWatch(pid);
  };

  /** Runs a scenario and describes it. */
  async run(scenario: Scenario): Promise<string> {
    const from = this.steps.length;
    const outcomes = await scenario.run(this.tool);
    return outcomes
      .map((outcome, index) => describe(outcome, this.steps[from + index]))
      .join("\n\n");
  }

  [Symbol.dispose](): void {
    for (const { threads } of this.steps) threads?.[Symbol.dispose]();
    this.output[Symbol.dispose]();
  }
}

function describe({ scenario, step, result }: Outcome, watched: Watched | undefined): string {
  const head = `# ${scenario} ${step}`;
  if (result.kind === "failed") return `${head}: ${result.why}`;
  if (watched === undefined) return head;
  const { wallS, cpuS } = result.cost;
  const profile = JSON.parse(fs.readFileSync(watched.profile, "utf8")) as CpuProfile;
  const costs = costsOf(profile);
  const all = costs.reduce((sum, { self }) => sum + self, 0);
  const functions = costs
    .toSorted((a, b) => b.self - a.self)
    .slice(0, shownLines)
    .map(({ name, self, total }) => [percent(self, all), percent(total, all), name]);
  const threads = (watched.threads?.result() ?? [])
    .slice(0, shownThreads)
    .map((thread) => [
      `${thread.threads} × ${thread.name}`,
      thread.userS.toFixed(2),
      thread.systemS.toFixed(2),
    ]);
  return [
    `${head}: ${wallS.toFixed(2)} s, CPU ${cpuS.toFixed(2)} s`,
    ...aligned([["threads", "user s", "system s"], ...threads], [0]),
    "",
    ...aligned([["self", "with callees", "function of the main thread"], ...functions], [2]),
  ].join("\n");
}

function percent(part: number, all: number): string {
  return `${((100 * part) / all).toFixed(1)}%`;
}

/** Samples of one function. */
export interface FunctionCost {
  /** With its file and line, where they are known. */
  readonly name: string;
  readonly self: number;
  /** With everything it called; a function that calls itself counts once. */
  readonly total: number;
}

/** Sums a profile up by function. */
export function costsOf({ nodes }: CpuProfile): FunctionCost[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  const open = new Map<string, number>();
  const visit = (id: number): number => {
    const node = byId.get(id);
    if (node === undefined) return 0;
    const name = nameOf(node.callFrame);
    open.set(name, (open.get(name) ?? 0) + 1);
    let sum = node.hitCount;
    for (const child of node.children ?? []) sum += visit(child);
    const depth = (open.get(name) ?? 1) - 1;
    open.set(name, depth);
    self.set(name, (self.get(name) ?? 0) + node.hitCount);
    if (depth === 0) total.set(name, (total.get(name) ?? 0) + sum);
    return sum;
  };
  const [first] = nodes;
  if (first !== undefined) visit(first.id);
  return [...self].map(([name, own]) => ({ name, self: own, total: total.get(name) ?? own }));
}

function nameOf(frame: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
  if (frame.url === "") return name;
  const file = frame.url.replace(`file://${root}/`, "");
  return `${name}  ${file}:${frame.lineNumber}`;
}
