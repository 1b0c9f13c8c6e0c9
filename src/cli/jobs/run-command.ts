/**
 * `s3sync run`.
 *
 * @module
 */
import path from "node:path";

import { type OptionName, placeName, SyncError, toSyncError } from "../../index.ts";
import { printable } from "../../report/printable.ts";
import type { TypedArguments } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { type ExitCode, exitCode, worstOf } from "../exit-codes.ts";
import { explain, remark, say } from "../say.ts";
import { Interruption } from "../signals.ts";
import { carryOut, makeRoomFor, type PlannedRun, type Surroundings } from "../sync-command.ts";
import { runWatch } from "../watch-command.ts";
import { namedFile, usualFile } from "./find-file.ts";
import { type Job, type JobFile, readJobFile } from "./job-file.ts";
import { withOwnEnvironment } from "./own-environment.ts";
import { chosenJobs, planJobs, type PlannedJob } from "./plan-jobs.ts";
import { runHelpHint } from "./run-help.ts";
import { schemaText } from "./schema.ts";

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, if it is not clear what is to be run, or a job makes no sense
 */
export async function runJobs(
  typed: TypedArguments,
  names: readonly string[],
  context: CliContext,
): Promise<ExitCode> {
  const { environment } = context;
  if (typed.problems.length > 0) {
    throw new SyncError("usage", typed.problems.join("\n"), { hint: runHelpHint });
  }
  if (typed.printSchema) return say(schemaText(), typed.verbosity);
  if (typed.all && names.length > 0) {
    throw new SyncError("usage", "--all cannot be combined with names of jobs");
  }
  const named = namedFile(typed, environment);
  const file = readJobFile(named ?? usualFile(environment));
  if (!typed.all && names.length === 0) return list(file, typed.verbosity);
  const jobs = chosenJobs(file, typed.all ? [...file.jobs.keys()] : names);
  if (jobs.length === 0) throw new SyncError("usage", `${file.file}: it has no jobs`);
  if (named === undefined) refuseCode(file, jobs);
  const planned = planJobs(jobs, { file, typed, environment });
  const [first] = planned;
  if (first !== undefined && planned.some(({ run }) => run.config.watch)) {
    requireAlone(planned);
    const again = (): PlannedRun => planAgain(first.name, file.file, typed, context);
    return await withOwnEnvironment(() => runWatch(first.run, again, context));
  }
  const notice = makeRoomFor(
    planned.map(({ run }) => run),
    environment,
  );
  using interruption = new Interruption(context.exitNow);
  return await runInTurn(planned, { environment, interruption, notice });
}

/** @throws SyncError `usage` */
function requireAlone(planned: readonly PlannedJob[]): void {
  if (planned.length === 1) return;
  const name = planned.find(({ run }) => run.config.watch)?.name ?? "";
  throw new SyncError("usage", `job ${name}: --watch keeps going, so it has to be the only job`);
}

/** The job as the file has it now. */
function planAgain(
  name: string,
  file: string,
  typed: TypedArguments,
  { environment }: CliContext,
): PlannedRun {
  const read = readJobFile(file);
  const [job] = planJobs(chosenJobs(read, [name]), { file: read, typed, environment });
  if (job === undefined) throw new SyncError("usage", `${file}: there is no job ${name}`);
  return job.run;
}

/** Scripts in Lua are fenced in, unless these open the fence. */
const runsCode: readonly OptionName[] = ["callback", "allow-lua-os-library", "allow-lua-unsafe-vm"];

/**
 * Nothing is run that merely lies in the working directory: somebody else may have put it there.
 *
 * @throws SyncError `usage`
 */
function refuseCode({ file, defaults }: JobFile, jobs: readonly Job[]): void {
  if (path.isAbsolute(file)) return;
  const all = [defaults, ...jobs.map(({ settings }) => settings)];
  const found = runsCode.find((name) => all.some(({ values }) => values.has(name)));
  if (found === undefined) return;
  throw new SyncError("usage", `${file}: ${found} runs code, and nobody has named the file`, {
    hint: `If you trust it: --config ${file}`,
  });
}

/** One after the other. A job that fails does not keep the next one from its work. */
async function runInTurn(
  planned: readonly PlannedJob[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { interruption } = surroundings;
  const codes: ExitCode[] = [];
  for (const job of planned) {
    if (interruption.signal.aborted) {
      tell(job, "not begun, because the one before was stopped");
      continue;
    }
    const { source, target } = job.run.config;
    tell(job, `${placeName(source)} -> ${placeName(target)}`);
    codes.push(await codeOf(job, surroundings));
  }
  return interruption.exitCode ?? worstOf(codes);
}

async function codeOf({ name, run }: PlannedJob, surroundings: Surroundings): Promise<ExitCode> {
  try {
    return await withOwnEnvironment(() => carryOut(run, surroundings));
  } catch (thrown) {
    return explain(toSyncError(thrown), run.verbosity, `job ${name}: `);
  }
}

/** A line on stderr, where lines for people are wanted. */
function tell({ name, run: { verbosity, config } }: PlannedJob, text: string): void {
  if (verbosity >= 0 && !config.jsonTracing) remark(`job ${name}: ${text}`);
}

/** What there is, as it is written: a variable may be missing that only some jobs need. */
function list({ file, jobs }: JobFile, verbosity: number): ExitCode {
  const width = Math.max(0, ...[...jobs.keys()].map((name) => Bun.stringWidth(name)));
  const lines = [...jobs.values()].map(({ name, source, target }) => {
    const gap = " ".repeat(width - Bun.stringWidth(name));
    return printable(`${name}${gap}  ${source} -> ${target}`);
  });
  if (lines.length > 0) return say(lines.join("\n"), verbosity);
  if (verbosity >= 0) remark(`${file} has no jobs`);
  return exitCode.fine;
}
