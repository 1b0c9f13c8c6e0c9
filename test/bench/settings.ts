/**
 * The command line of the bench.
 *
 * @module
 */
import { parseArgs } from "node:util";

import { type ScenarioName, scenarioNames } from "./tool.ts";
import { peerNames } from "./tools/find.ts";
import type { Variant } from "./tools/s3sync.ts";

/** What to measure, and how often. */
export interface Settings {
  readonly scenarios: readonly ScenarioName[];
  readonly peers: readonly string[];
  readonly runs: number;
  readonly variants: readonly Variant[];
  readonly json: string | undefined;
  readonly installPeers: boolean;
  readonly profile: boolean;
  readonly capS: number;
  readonly listKeys: number;
  readonly listFolders: number;
  readonly listLatencyMs: number;
}

/** Said with `--help`. */
export const usage = `bun test/bench/bench.ts [OPTIONS]

  --scenario NAMES      of ${scenarioNames.join(",")}; all by default
  --peers NAMES         of ${peerNames.join(",")}; all by default, none for none
  --runs N              measured runs of each tool; 3 by default
  --json FILE           writes the figures to a file, too
  --install-peers       installs peers into the cache first
  --with NAME=OPTIONS   measures ours with these options as well; repeatable
  --profile             no figures, but where ours spends its time (with the options of --with)
  --cap SECONDS         most that one step of one tool may take; 180 by default
  --list-keys N         keys on each side of list, a tenth and a hundredth of those of long-list; 1000000 by default
  --list-folders N      folders that they lie in; 10 by default
  --list-latency MS     what each page of a listing takes; 0 by default
`;

/**
 * Reads the command line.
 *
 * @returns `undefined` if help was asked for
 * @throws Error when a word makes no sense
 */
export function readSettings(args: readonly string[]): Settings | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: "string", default: scenarioNames.join(",") },
      peers: { type: "string", default: peerNames.join(",") },
      runs: { type: "string", default: "3" },
      json: { type: "string" },
      "install-peers": { type: "boolean", default: false },
      with: { type: "string", multiple: true, default: [] },
      profile: { type: "boolean", default: false },
      cap: { type: "string", default: "180" },
      "list-keys": { type: "string", default: "1000000" },
      "list-folders": { type: "string", default: "10" },
      "list-latency": { type: "string", default: "0" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    scenarios: words(values.scenario).map(scenarioNamed),
    peers: values.peers === "none" ? [] : words(values.peers).map(peerNamed),
    runs: wholeNumber("runs", values.runs, 1),
    variants: values.with.map(variantOf),
    json: values.json,
    installPeers: values["install-peers"],
    profile: values.profile,
    capS: wholeNumber("cap", values.cap, 1),
    listKeys: wholeNumber("list-keys", values["list-keys"], 1),
    listFolders: wholeNumber("list-folders", values["list-folders"], 1),
    listLatencyMs: wholeNumber("list-latency", values["list-latency"], 0),
  };
}

function words(text: string): string[] {
  return text.split(",").filter((word) => word !== "");
}

function scenarioNamed(word: string): ScenarioName {
  const name = scenarioNames.find((known) => known === word);
  if (name === undefined) throw new Error(`no scenario ${word}`);
  return name;
}

function peerNamed(word: string): string {
  if (!peerNames.includes(word)) throw new Error(`no peer ${word}`);
  return word;
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least) {
    throw new Error(`--${name} ${text}: must be a whole number from ${least} on`);
  }
  return number;
}

function variantOf(text: string): Variant {
  const cut = text.indexOf("=");
  if (cut < 1) throw new Error(`--with ${text}: must be NAME=OPTIONS`);
  const options = text
    .slice(cut + 1)
    .split(" ")
    .filter((word) => word !== "");
  return { name: text.slice(0, cut), options };
}
