/**
 * Shows a check: what it finds on stdout, everything else on stderr.
 *
 * @module
 */
import type { Summary, SyncError, SyncEvent } from "../index.ts";
import { checkLine, checkSummaryJson, checkSummaryLine } from "../report/check-lines.ts";
import { Reporter, type ReportOptions } from "../report/reporter.ts";
import { GarbageCollection } from "./garbage.ts";
import { remark } from "./say.ts";

/** Hears the events of a check. */
export class CheckDisplay {
  /** What ended it, or what was not written. */
  failure: SyncError | undefined;
  private readonly reporter: Reporter;
  private readonly garbage = new GarbageCollection();
  private isRead = true;

  /**
   * @param verbosity a number of `-v`, or of `-q` if negative
   * @param stop ends the check when nobody can be told what it finds
   */
  constructor(
    private readonly options: ReportOptions,
    private readonly verbosity: number,
    stop: (why: string) => void,
  ) {
    this.reporter = new Reporter(
      { ...options, logToStderr: true },
      () => {
        this.isRead = false;
        stop("nobody reads what is found any more");
      },
      (error) => {
        this.failure ??= error;
        stop(error.message);
      },
    );
  }

  take(event: SyncEvent): void {
    this.garbage.take(event);
    if (event.type === "error") this.failure ??= event.error;
    // The summary is one of its own.
    if (event.type === "end") return;
    this.reporter.take(event);
    if (event.type !== "checked" || !this.isRead || !this.isWanted(event.verdict)) return;
    this.print(checkLine(event, this.options.json));
  }

  /** Says what came of it. */
  finish(summary: Summary): void {
    const { check: counts } = summary;
    this.reporter.flush();
    if (counts === undefined || this.verbosity < 0) return;
    if (this.options.json) this.print(checkSummaryJson(counts, summary));
    else if (!this.options.noProgress) remark(checkSummaryLine(counts, summary));
  }

  flush(): void {
    this.reporter.flush();
  }

  private print(line: string): void {
    this.reporter.take({ type: "printed", text: `${line}\n` });
  }

  /** `-v` tells all, `-qq` nothing. */
  private isWanted(verdict: string): boolean {
    const isFine = verdict === "same" || verdict === "alike";
    return this.verbosity > (isFine ? 0 : -2);
  }
}
