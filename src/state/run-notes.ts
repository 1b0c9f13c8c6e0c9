/**
 * What the last run of each pair of places came to: a small file for each pair, in the folder `runs` of the state
 * directory, written when a run ends. It holds names, counts and what was said of an error, and no secret. Sources that
 * are others each time, like temporary directories, would make ever more of them: so the oldest are forgotten.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { pairFile, pairFileExtension, writePairFile } from "./pair-file.ts";

/** The last run of a pair. */
export interface RunNote {
  readonly source: string;
  readonly target: string;
  /** Which of several runs that do together what one would do: `3/16`. Each has its own note. */
  readonly shard?: string | undefined;
  /** In milliseconds since 1970. */
  readonly beganMs: number;
  readonly endedMs: number;
  /** How it ended: `stopped` by somebody before its end. */
  readonly outcome: "fine" | "warnings" | "failed" | "stopped";
  /** What was said of the error that ended it, or of the first one. */
  readonly error?: string | undefined;
  readonly transferredObjects: number;
  readonly transferredBytes: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly errors: number;
  readonly warnings: number;
  /** When the last run ended that did not fail; `undefined`: none is known. */
  readonly lastGoodMs?: number | undefined;
}

const folder = "runs";

/** As many pairs are known at most. */
const mostNotes = 1000;

/**
 * Notes a run, in place of what was noted of the same pair. When that last went well is kept.
 *
 * @param directory of state
 * @throws what the file system says against it
 */
export function noteRun(directory: string, note: Omit<RunNote, "lastGoodMs">): void {
  const { source, target, shard } = note;
  const name = shard === undefined ? target : `${target} (shard ${shard})`;
  const file = pairFile(path.join(directory, folder), source, name);
  const isGood = note.outcome === "fine" || note.outcome === "warnings";
  const lastGoodMs = isGood ? note.endedMs : readNote(file)?.lastGoodMs;
  writePairFile(file, { ...note, lastGoodMs });
  forgetOldest(path.dirname(file));
}

/** Takes away what is too much. Runs that end at the same time may do so, too. */
function forgetOldest(runs: string): void {
  const names = fs.readdirSync(runs).filter((name) => name.endsWith(pairFileExtension));
  if (names.length <= mostNotes) return;
  const files = names.map((name) => {
    const file = path.join(runs, name);
    return { file, mtimeMs: tryTo(() => fs.statSync(file).mtimeMs) ?? 0 };
  });
  const surplus = files.toSorted((a, b) => b.mtimeMs - a.mtimeMs).slice(mostNotes);
  for (const { file } of surplus) fs.rmSync(file, { force: true });
}

/** All that is noted, by source and target. What cannot be read is as good as nothing. */
export function runNotes(directory: string): RunNote[] {
  const names = tryTo(() => fs.readdirSync(path.join(directory, folder))) ?? [];
  return names
    .filter((name) => name.endsWith(pairFileExtension))
    .flatMap((name) => readNote(path.join(directory, folder, name)) ?? [])
    .toSorted(
      (a, b) => compare(a.source, b.source) || compare(a.target, b.target) || byShard(a, b),
    );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** 2/16 comes before 10/16. */
function byShard({ shard: a = "" }: RunNote, { shard: b = "" }: RunNote): number {
  return Number.parseInt(a || "0", 10) - Number.parseInt(b || "0", 10) || compare(a, b);
}

const counts = [
  ...(["beganMs", "endedMs", "transferredObjects", "transferredBytes"] as const),
  ...(["deleted", "skipped", "errors", "warnings"] as const),
];
const outcomes: readonly unknown[] = ["fine", "warnings", "failed", "stopped"];

function readNote(file: string): RunNote | undefined {
  const read = tryTo(() => JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, unknown>);
  return read !== undefined && isNote(read) ? (read as unknown as RunNote) : undefined;
}

/** It may be of another version, or somebody's own. */
function isNote(read: Record<string, unknown>): boolean {
  const { source, target, shard, outcome, error, lastGoodMs } = read;
  return (
    [source, target].every((name) => typeof name === "string") &&
    outcomes.includes(outcome) &&
    [shard, error].every((text) => ["string", "undefined"].includes(typeof text)) &&
    ["number", "undefined"].includes(typeof lastGoodMs) &&
    counts.every((name) => typeof read[name] === "number")
  );
}

function tryTo<T>(work: () => T): T | undefined {
  try {
    return work() ?? undefined;
  } catch {
    return undefined;
  }
}
