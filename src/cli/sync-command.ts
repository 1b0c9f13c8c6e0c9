/**
 * `s3sync [sync] SOURCE TARGET`.
 *
 * @module
 */
import {
  camelCase,
  type Config,
  type ConfigInput,
  type Option,
  optionNames,
  options,
  resolveConfig,
  sync,
  SyncError,
} from "../index.ts";
import type { Verbosity } from "../report/log-filter.ts";
import type { LogRecord } from "../report/records.ts";
import { Reporter } from "../report/reporter.ts";
import { StatusFile } from "../report/status-file.ts";
import { writeSummaryFile } from "../report/summary-file.ts";
import { programTarget } from "../report/targets.ts";
import { neededLimit, restartWithLimit } from "./connection-limit.ts";
import { type ExitCode, exitCode, exitCodeOf } from "./exit-codes.ts";
import { GarbageCollection } from "./garbage.ts";
import { Interruption } from "./signals.ts";

/** A run that was asked for on the command line. */
export interface SyncCommand {
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  readonly verbosity: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exitNow: (code: ExitCode) => void;
}

const usual: Verbosity = "warn";
const ladder: readonly Verbosity[] = ["off", "error", "warn", "info", "debug", "trace"];

/** The level for a number of `-v` (positive) or `-q` (negative). */
export function verbosityOf(
  steps: number,
  { dryRun, reportSyncStatus }: Pick<Config, "dryRun" | "reportSyncStatus">,
): Verbosity {
  const index = ladder.indexOf(usual) + steps;
  const level = ladder[Math.min(Math.max(index, 0), ladder.length - 1)] ?? usual;
  // A report is what was asked for, however quiet it is to be. As upstream.
  if (reportSyncStatus && index < ladder.indexOf("info")) return "info";
  // A dry run that says nothing is of no use.
  return dryRun && level === usual ? "info" : level;
}

/** What differs from the defaults; passwords and keys are not shown. */
function configurationRecord(config: Config): LogRecord {
  const given = optionNames.flatMap((name) => {
    const { kind, fallback }: Option = options[name];
    const value: unknown = config[camelCase(name)];
    return value === undefined || value === fallback ? [] : [[name, kind.format(value)] as const];
  });
  return {
    level: "trace",
    target: programTarget,
    message: "configuration",
    fields: Object.fromEntries(given),
  };
}

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, what kept the run from starting, or the first error that it met
 */
export async function runSync(command: SyncCommand): Promise<ExitCode> {
  const [source, target, ...surplus] = command.positionals;
  if (source === undefined || target === undefined || surplus.length > 0) {
    throw new SyncError(
      "usage",
      `SOURCE and TARGET are needed, ${command.positionals.length} arguments are given`,
    );
  }
  const input: ConfigInput = { ...command.values, source, target };
  const config = resolveConfig(input);
  const limit = neededLimit(config, command.environment);
  const notice = limit === undefined ? undefined : restartWithLimit(limit);
  using interruption = new Interruption(command.exitNow);
  const garbage = new GarbageCollection();
  let stdoutClosed = false;
  let logFailure: SyncError | undefined;
  let firstError: SyncError | undefined;
  const reporter = new Reporter(
    {
      verbosity: verbosityOf(command.verbosity, config),
      filter: command.environment["RUST_LOG"] || undefined,
      requests: config.awsSdkTracing,
      spans: config.spanEventsTracing,
      json: config.jsonTracing,
      logToStderr: config.tracingStderr,
      colours: !config.disableColorTracing && (command.environment["NO_COLOR"] ?? "") === "",
      noProgress: config.showNoProgress,
    },
    () => {
      stdoutClosed = true;
      interruption.stop("nobody reads the log any more");
    },
    (error) => {
      logFailure = error;
      interruption.stop(error.message);
    },
  );
  const statusFile =
    config.reportFile === undefined ? undefined : new StatusFile(config.reportFile);
  reporter.note(configurationRecord(config));
  try {
    if (notice !== undefined) {
      const error = new SyncError("unsupported", notice);
      reporter.take({ type: "warning", key: undefined, error });
    }
    const summary = await sync(input, {
      onEvent: (event) => {
        if (event.type === "error") firstError ??= event.error;
        reporter.take(event);
        statusFile?.take(event);
        garbage.take(event);
      },
      signal: interruption.signal,
    });
    statusFile?.close();
    if (config.summaryJson !== undefined) writeSummaryFile(config.summaryJson, summary);
    // The last lines may be the ones that cannot be written.
    reporter.flush();
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    const failure = firstError ?? logFailure;
    if (failure !== undefined) throw failure;
    return stdoutClosed ? exitCode.fine : exitCodeOf(summary, config.reportExtraAsMismatch);
  } catch (thrown) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    if (thrown instanceof SyncError && thrown.code === "aborted") {
      if (logFailure !== undefined) throw logFailure;
      if (stdoutClosed) return exitCode.fine;
    }
    throw thrown;
  } finally {
    reporter.flush();
  }
}
