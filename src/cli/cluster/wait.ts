/**
 * `s3sync cluster wait JOB`: shows a job as a run on one machine would be shown, and ends as that would.
 *
 * @module
 */
import {
  type Cluster,
  type CountedJobState,
  type Job,
  type Summary,
  SyncError,
  type Trouble,
} from "../../index.ts";
import { JobLine } from "../../report/job-line.ts";
import { Reporter } from "../../report/reporter.ts";
import { requireSummaryFile, writeSummaryFile } from "../../report/summary-file.ts";
import { programTarget } from "../../report/targets.ts";
import { type ExitCode, exitCode } from "../exit-codes.ts";
import { remark } from "../say.ts";
import { Interruption } from "../signals.ts";
import { reportOptions } from "../sync-command.ts";
import { type ClusterCall, hasCode, jobOf, openFor } from "./call.ts";
import { codeOfJob } from "./job-code.ts";

/** Workers are often started at the same time as a job is submitted. */
const patienceMs = 3000;

/**
 * Carries out the command.
 *
 * @throws SyncError `usage`, `not-found`, or what ended the job
 */
export async function runWait(call: ClusterCall): Promise<ExitCode> {
  const name = jobOf(call, "wait");
  const { summaryJson } = call.values;
  if (summaryJson !== undefined) requireSummaryFile(summaryJson);
  using interruption = new Interruption(call.context.exitNow);
  await using cluster = await openFor(call, interruption.signal);
  return await awaitOfOthers(cluster, name, call, interruption);
}

/**
 * Waits for a job that others do: a signal ends only the waiting.
 *
 * @throws SyncError what ended the job
 */
export async function awaitOfOthers(
  cluster: Cluster,
  name: string,
  call: ClusterCall,
  interruption: Interruption,
): Promise<ExitCode> {
  try {
    return await awaitJob(cluster, name, call, interruption);
  } catch (thrown) {
    const { exitCode: code } = interruption;
    if (code === undefined || !hasCode(thrown, "aborted")) throw thrown;
    if (call.typed.verbosity > -2) {
      remark(`the job ${name} goes on; to wait for it again: s3sync cluster wait ${name}`);
    }
    return code;
  }
}

/**
 * Waits for a job and shows it.
 *
 * @throws SyncError `aborted` when it is interrupted; what ended the job
 */
export async function awaitJob(
  cluster: Cluster,
  name: string,
  call: ClusterCall,
  interruption: Interruption,
): Promise<ExitCode> {
  // Where there is none, whoever waits for it says so.
  const view = new JobView(await cluster.job(name), call, interruption);
  try {
    const { job, summary } = await cluster.wait(name, {
      onState: (state) => view.show(state),
      onTrouble: (trouble) => view.take(trouble),
      signal: interruption.signal,
    });
    return view.end(job, summary, await whyGivenUp(cluster, job));
  } catch (thrown) {
    if (view.isUnread && hasCode(thrown, "aborted")) return exitCode.fine;
    throw view.failure ?? thrown;
  } finally {
    view.flush();
  }
}

/** What kept a range from being worked through, of a job that failed by that. */
async function whyGivenUp(cluster: Cluster, { name, end }: Job): Promise<string | undefined> {
  if (end !== "failed") return undefined;
  const { troubled } = await cluster.details(name);
  return troubled.find(({ isGivenUp }) => isGivenUp)?.trouble;
}

/** A job as it is shown. */
class JobView {
  /** Nobody reads the log any more. */
  isUnread = false;
  /** Why the log cannot be written. */
  failure: SyncError | undefined;
  private readonly reporter: Reporter;
  private line: JobLine | undefined;
  private firstError: SyncError | undefined;
  private hasLeft = false;
  private lonelySince: number | undefined;
  private readonly said = new Set<string>();

  constructor(
    job: Job | undefined,
    private readonly call: ClusterCall,
    interruption: Interruption,
  ) {
    const { values, typed, context } = call;
    const config = {
      ...values,
      dryRun: false,
      continueOnError: job?.order.options["continueOnError"] === true,
    };
    const options = reportOptions(config, typed.verbosity, context.environment);
    const display = (target: ConstructorParameters<typeof JobLine>[0]): JobLine =>
      (this.line = new JobLine(target));
    this.reporter = new Reporter(
      { ...options, display },
      () => {
        this.isUnread = true;
        interruption.stop("nobody reads the log any more");
      },
      (error) => {
        this.failure = error;
        interruption.stop(error.message);
      },
    );
  }

  show(state: CountedJobState): void {
    this.line?.take(state);
    this.hasLeft = state.totals.ranges.open > 0;
    if (state.job.end === undefined) this.warnOf(state);
  }

  take(trouble: Trouble): void {
    if (trouble.type === "error") this.firstError ??= trouble.error;
    this.reporter.take(trouble);
  }

  /** @throws SyncError what ended the job */
  end(job: Job, summary: Summary, why: string | undefined): ExitCode {
    const { summaryJson } = this.call.values;
    if (job.end === "done" && job.reason !== undefined) {
      const error = new SyncError("precondition", job.reason);
      this.reporter.take({ type: "warning", key: undefined, error });
    }
    this.reporter.take({ type: "end", summary });
    if (summaryJson !== undefined) writeSummaryFile(summaryJson, summary);
    this.reporter.flush();
    if (this.failure !== undefined) throw this.failure;
    const isCancelled = job.end === "cancelled";
    if (isCancelled && this.call.typed.verbosity > -2) remark(cancelledText(job, this.hasLeft));
    const failure = isCancelled ? undefined : (this.firstError ?? failureOf(job, why));
    if (failure !== undefined) throw failure;
    return (this.isUnread ? undefined : codeOfJob(job, summary)) ?? exitCode.fine;
  }

  flush(): void {
    this.reporter.flush();
  }

  /** Of what keeps a job from being worked on. */
  private warnOf({ job, workers, strangers, trouble }: CountedJobState): void {
    if (trouble !== undefined) this.warn(`a range of keys is to be tried again: ${trouble}`);
    const now = performance.now();
    this.lonelySince = workers > strangers ? undefined : (this.lonelySince ?? now);
    if (this.lonelySince === undefined || now - this.lonelySince < patienceMs) return;
    this.warn(
      workers === 0
        ? "no worker is there; to start one: s3sync cluster worker"
        : `every worker is of another version than s3sync ${job.version}, by which the job was submitted, and leaves it alone`,
    );
  }

  /** It is no part of the job, so nobody counts it. */
  private warn(message: string): void {
    if (this.said.has(message)) return;
    this.said.add(message);
    this.reporter.note({ level: "warn", target: programTarget, message, fields: {} });
  }
}

function cancelledText({ name }: Job, hasLeft: boolean): string {
  const text = `the job ${name} was cancelled`;
  return hasLeft ? `${text}; what was under way then is done in part, and not counted` : text;
}

function failureOf(
  { name, end, reason = "the job failed" }: Job,
  why: string | undefined,
): SyncError | undefined {
  if (end !== "failed") return undefined;
  const hint = `s3sync cluster status ${name} tells more; s3sync cluster retry ${name} does again what failed.`;
  return new SyncError("server", why === undefined ? reason : `${reason}: ${why}`, { hint });
}
