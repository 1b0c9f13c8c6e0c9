/**
 * The benchmark: ours and its peers on the same data in the same run. See README.md beside this file.
 *
 *     npm run bench -- --help
 *
 * @module
 */
import fs from "node:fs";

import { machineNotes } from "./machine.ts";
import type { Outcome } from "./outcome.ts";
import { Profiler } from "./profile.ts";
import { rowsOf } from "./report/statistics.ts";
import { renderReport, type Report } from "./report/table.ts";
import { verdictsOn } from "./report/targets.ts";
import { filesScenario } from "./scenarios/files.ts";
import { type Listing, listScenario } from "./scenarios/list.ts";
import type { BenchOptions, Scenario } from "./scenarios/scenario.ts";
import { startupScenario } from "./scenarios/startup.ts";
import { transferScenario } from "./scenarios/transfer.ts";
import { twoWayScenario } from "./scenarios/two-way.ts";
import { readSettings, type Settings, usage } from "./settings.ts";
import type { ScenarioName, Tool } from "./tool.ts";
import { findPeers } from "./tools/find.ts";
import { installPeers } from "./tools/install.ts";
import { buildClient, ourTools } from "./tools/s3sync.ts";

/** A peer that needs longer than this for all steps of a scenario is measured no further. */
const enoughFromS = 150;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === undefined) {
    process.stdout.write(usage);
    return;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  const options = { ...settings, say, signal: stop.signal };
  if (settings.installPeers) await installPeers(say);
  if (settings.profile) await profile(settings, options);
  else await compare(settings, options);
}

async function profile(settings: Settings, options: BenchOptions): Promise<void> {
  using profiler = new Profiler(settings.variants.flatMap((variant) => variant.options));
  for (const name of settings.scenarios) {
    await using scenario = await open(name, { ...options, onStart: profiler.onStart });
    process.stdout.write(`${await profiler.run(scenario)}\n\n`);
  }
}

async function compare(settings: Settings, options: BenchOptions): Promise<void> {
  const notes = [...machineNotes(), ...listNotes(settings)];
  const client = await buildClient();
  const { tools: peers, missing } = await findPeers(settings.peers);
  const tools = [...(await ourTools(client, settings.variants)), ...peers];
  const outcomes: Outcome[] = [];
  for (const name of settings.scenarios) {
    await using scenario = await open(name, options);
    const wanted = tools.filter((tool) => isFor(tool, name));
    outcomes.push(...(await runAll(scenario, wanted, runsOf(name, settings))));
  }
  if (client.remark !== undefined) notes.push(`s3sync is ${client.remark}`);
  const rows = rowsOf(outcomes);
  const report = { notes, tools, missing, rows, verdicts: verdictsOn(rows) };
  process.stdout.write(`${renderReport(report)}\n`);
  if (settings.json !== undefined) fs.writeFileSync(settings.json, jsonOf(report, outcomes));
}

/** Long scenarios are about ours alone, and run once: they show growth, not speed. */
const oursAlone: ReadonlySet<ScenarioName> = new Set(["long-list", "latency", "startup"]);
const onceOnly: ReadonlySet<ScenarioName> = new Set(["long-list", "latency", "two-way"]);

function isFor(tool: Tool, name: ScenarioName): boolean {
  if (name === "two-way") return tool.twoWayCommand !== undefined;
  const { only, isPeer } = tool;
  if (isPeer === true && oursAlone.has(name)) return false;
  return only === undefined || only.scenarios.includes(name);
}

function runsOf(name: ScenarioName, { runs }: Settings): number {
  return onceOnly.has(name) ? 1 : runs;
}

function open(name: ScenarioName, options: BenchOptions): Scenario | Promise<Scenario> {
  const { listKeys: keys, listFolders: folders, listLatencyMs: latencyMs } = options;
  switch (name) {
    case "small":
    case "large":
      return transferScenario(name, options);
    case "list":
      return listScenario(name, [{ keys, folders, latencyMs }], options);
    case "long-list":
      return listScenario(name, longLists(keys), options);
    case "latency":
      return listScenario(name, [{ keys, folders: 1, latencyMs: 100 }], options);
    case "files":
      return filesScenario(keys, options);
    case "two-way":
      return twoWayScenario([keys / 100, keys / 10].map(Math.ceil), options);
    case "startup":
      return startupScenario(options);
  }
}

/** Ten times as many keys, and a hundred times. */
function longLists(keys: number): Listing[] {
  return [10, 100].map((times) => ({ keys: times * keys, folders: 100, latencyMs: 0 }));
}

/** All tools once, then all again: whatever else the machine does then hits all of them. */
async function runAll(
  scenario: Scenario,
  tools: readonly Tool[],
  runs: number,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const slow = new Set<Tool>();
  for (let run = 1; run <= runs; run++) {
    for (const tool of tools.filter((each) => !slow.has(each))) {
      say(`${scenario.name}: run ${run} of ${runs}, ${tool.label}`);
      const startedAt = performance.now();
      outcomes.push(...(await scenario.run(tool)));
      const tookS = (performance.now() - startedAt) / 1000;
      if (tookS > enoughFromS && tool !== tools[0]) slow.add(tool);
    }
  }
  return outcomes;
}

function listNotes({ scenarios, listKeys, listFolders, listLatencyMs }: Settings): string[] {
  if (!scenarios.includes("list")) return [];
  return [
    `list: ${listKeys} keys in ${listFolders} folders on both sides, ${listLatencyMs} ms a page`,
  ];
}

function jsonOf(report: Report, outcomes: readonly Outcome[]): string {
  const whole = {
    ...report,
    tools: report.tools.map(({ label, version, settings }) => ({ label, version, settings })),
    outcomes: outcomes.map(({ tool, ...outcome }) => ({ tool: tool.label, ...outcome })),
  };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}

try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
