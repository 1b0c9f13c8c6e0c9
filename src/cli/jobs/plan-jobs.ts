/**
 * From jobs of a file to runs. Whatever makes no sense in any of them is told before the first one begins.
 *
 * @module
 */
import path from "node:path";

import { SyncError } from "../../index.ts";
import type { TypedArguments } from "../arguments.ts";
import { type Layer, readOptions } from "../layers.ts";
import { closest } from "../suggest.ts";
import { type PlannedRun, planRun } from "../sync-command.ts";
import { expandPath } from "./expand.ts";
import { FileLayer } from "./file-layer.ts";
import type { Job, JobFile } from "./job-file.ts";
import { runHelpHint } from "./run-help.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A job that can be begun. */
export interface PlannedJob {
  readonly name: string;
  readonly run: PlannedRun;
}

/** What jobs are read with. */
export interface JobSources {
  readonly file: JobFile;
  readonly typed: TypedArguments;
  readonly environment: Environment;
}

/**
 * The jobs that are meant, in their order.
 *
 * @throws SyncError `usage`
 */
export function chosenJobs({ file, jobs }: JobFile, names: readonly string[]): Job[] {
  const known = [...jobs.keys()];
  const problems = names.flatMap((name, index) => {
    if (names.indexOf(name) !== index) return [`the job ${name} is named twice`];
    if (jobs.has(name)) return [];
    const meant = closest(name, known);
    const guess = meant === undefined ? "" : `; did you mean ${meant}?`;
    return [`${file}: there is no job ${name}${guess}`];
  });
  if (problems.length === 0) return names.flatMap((name) => jobs.get(name) ?? []);
  const hint = known.length === 0 ? "The file has no jobs." : `There are: ${known.join(", ")}`;
  throw new SyncError("usage", problems.join("\n"), { hint });
}

/**
 * Reads everything that the jobs are to be run with.
 *
 * @throws SyncError `usage`, one line for each thing that is wrong in any of them
 */
export function planJobs(jobs: readonly Job[], sources: JobSources): PlannedJob[] {
  // What is wrong with the command line or a variable is the same for all jobs.
  const problems = new Set(sources.typed.problems);
  const planned = jobs.flatMap((job) => planJob(job, sources, (line) => problems.add(line)) ?? []);
  for (const line of clashes(planned)) problems.add(line);
  if (problems.size > 0) {
    throw new SyncError("usage", [...problems].join("\n"), { hint: runHelpHint });
  }
  return planned;
}

function planJob(
  job: Job,
  { file, typed, environment }: JobSources,
  complain: (line: string) => void,
): PlannedJob | undefined {
  const origin = `${file.file}: job ${job.name}`;
  const layers: readonly Layer[] = [
    new FileLayer(job.settings, environment, origin, 0.5, false),
    new FileLayer(file.defaults, environment, `${file.file}: defaults`, 0, true),
  ];
  const { values, problems, loose } = readOptions(typed, environment, layers);
  for (const line of problems) complain(line);
  const places = (["source", "target"] as const).flatMap((side) => {
    try {
      return [expandPath(job[side], environment)];
    } catch (error) {
      complain(`${origin}: ${side}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
  if (problems.length > 0 || places.length < 2) return undefined;
  const loudness = job.settings.verbosity ?? file.defaults.verbosity ?? 0;
  try {
    const verbosity = typed.verbosity === 0 ? loudness : typed.verbosity;
    const run = planRun(places, values, verbosity, loose);
    return { name: job.name, run };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    for (const line of error.message.split("\n")) complain(`${origin}: ${line}`);
    return undefined;
  }
}

/** What only one of several jobs can have. */
function clashes(planned: readonly PlannedJob[]): string[] {
  const users = new Map<string, string[]>();
  for (const { name, run } of planned) {
    const { summaryJson, reportFile, planFile, exportBatchManifest, filesFrom } = run.config;
    const written = {
      "summary-json": summaryJson,
      "report-file": reportFile,
      "plan-file": planFile,
      "export-batch-manifest": exportBatchManifest,
    };
    const wanted = [
      ...Object.entries(written).flatMap(([option, file]) =>
        file === undefined ? [] : [`--${option} ${path.resolve(file)}`],
      ),
      ...(filesFrom === "-" ? ["standard input"] : []),
    ];
    for (const what of wanted) users.set(what, [...(users.get(what) ?? []), name]);
  }
  return [...users]
    .filter(([, names]) => names.length > 1)
    .map(([what, names]) => `${what} is for one job only, not for ${names.join(", ")}`);
}
