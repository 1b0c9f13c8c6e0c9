/**
 * Shows a run to people and machines: hears its events, writes the log, the progress and the summary.
 *
 * @module
 */
import fs from "node:fs";

import { isCI } from "std-env";

import type { SyncError } from "../core/errors.ts";
import type { Route, Summary, SyncEvent } from "../core/events.ts";
import { LineWriter, notWritten } from "./line-writer.ts";
import type { Display, ProgressTarget } from "./live-line.ts";
import { type LogFilter, readLogFilter, upTo, type Verbosity } from "./log-filter.ts";
import { Log } from "./log.ts";
import { printable } from "./printable.ts";
import { Progress } from "./progress.ts";
import { levelOf, type LogRecord, recordsOf } from "./records.ts";
import { Spans } from "./spans.ts";
import { summaryLine } from "./summary-line.ts";
import { programTarget, requestTarget } from "./targets.ts";
import { WatchLine } from "./watch-line.ts";

/** What is shown, and how. */
export interface ReportOptions {
  readonly verbosity: Verbosity;
  /** Which records are wanted, if not all up to the verbosity. In the notation of `RUST_LOG`. */
  readonly filter?: string | undefined;
  /** Records of single requests, too. */
  readonly requests: boolean;
  /** Records of when steps begin and end. */
  readonly spans: boolean;
  readonly json: boolean;
  readonly logToStderr: boolean;
  readonly colours: boolean;
  /** Shows how far it is, in place of the usual progress. */
  readonly display?: ((target: ProgressTarget) => Display) | undefined;
  /** Neither progress nor the summary line. */
  readonly noProgress: boolean;
  /** Progress, and nothing of it at the end. */
  readonly noSummary?: boolean | undefined;
  /** Nobody asked for records: what a terminal shows for people at the end anyway is no record there, too. */
  readonly brief: boolean;
  /** The first error ends the run, and whoever runs it says so at the end. */
  readonly endsWithError: boolean;
}

/** The two streams of a process. */
const stdout = 1;
const stderr = 2;

/** Shows events. */
export class Reporter {
  private readonly log: Log;
  private readonly logWriter: LineWriter;
  private readonly printWriter: LineWriter;
  /** How far a run is; of a watch, when all was in step once, how it stands. */
  private progress: Display | undefined;
  private readonly spans: Spans | undefined;
  private readonly isBrief: boolean;
  /** The error that the last line of all tells. */
  private lastWord: Extract<SyncEvent, { type: "error" }> | undefined;
  private route: Route | undefined;

  /**
   * @param onStdoutClosed nobody reads the log any more
   * @param onLogFailure the log, or what else goes to stdout, cannot be written; what it lacks from here on would be
   * taken for not done
   */
  constructor(
    private readonly options: ReportOptions,
    onStdoutClosed: () => void,
    onLogFailure: (error: SyncError) => void,
  ) {
    const descriptor = options.logToStderr ? stderr : stdout;
    const makeRoom = (): void => this.progress?.clear();
    const onLogEnd = (failure: SyncError | undefined): void => {
      if (failure !== undefined) onLogFailure(notWritten("the log", failure));
      else if (!options.logToStderr) onStdoutClosed();
    };
    const onPrintEnd = (failure: SyncError | undefined): void => {
      if (failure !== undefined) onLogFailure(notWritten("to stdout", failure));
      else onStdoutClosed();
    };
    this.logWriter = new LineWriter(descriptor, onLogEnd, makeRoom);
    this.printWriter = options.logToStderr
      ? new LineWriter(stdout, onPrintEnd, makeRoom)
      : this.logWriter;
    // Some give their logs a terminal, and show what they hold as it is.
    const colours = options.colours && isTerminal(descriptor) && !isCI;
    const onlyPeople = isTerminal(descriptor) && isTerminal(stderr) && !isCI;
    this.isBrief = onlyPeople && options.brief && !options.json;
    const { filter, targets } = wanted(options);
    this.log = new Log(filter, { json: options.json, colours, targets }, this.logWriter);
    this.spans = options.spans ? new Spans() : undefined;
    this.progress = this.makeProgress();
  }

  private makeProgress(): Display | undefined {
    const { verbosity, json, noProgress, display } = this.options;
    if (json || noProgress || verbosity === "off" || verbosity === "error") return undefined;
    const live = isTerminal(stderr) && !isCI;
    const chatty = verbosity !== "warn";
    // Where records flow by on a terminal, a line that is drawn anew would be in their way.
    if (live ? chatty : !chatty) return undefined;
    const columns = (): number => process.stderr.columns ?? 0;
    const target = { live, columns, write: toStderr };
    return display?.(target) ?? new Progress(target);
  }

  take(event: SyncEvent): void {
    if (event.type === "start") this.route = event.route;
    this.show(event);
    if (event.type === "printed") this.print(event.text);
    const level = levelOf(event);
    if (level !== undefined && this.log.wants(level) && !this.isToldInTheEnd(event)) {
      for (const record of recordsOf(event, this.route)) this.write(record);
    }
    if (this.spans !== undefined) this.write(this.spans.recordOf(event, this.route));
    if (event.type === "end") this.finish(event);
  }

  private show(event: SyncEvent): void {
    const { progress } = this;
    if (progress instanceof Progress) progress.take(event);
    const isOfWatch = event.type === "watch" || event.type === "round";
    const endsTrouble = event.type === "notice" && event.endsTrouble === true;
    if ((isOfWatch && this.options.json) || endsTrouble) this.printAnyway(event);
    if (event.type !== "watch") return;
    if (progress instanceof Progress && progress.isLive && event.state.rounds > 0) {
      progress.stop();
      this.progress = new WatchLine(progress.target);
    }
    if (this.progress instanceof WatchLine) this.progress.take(event.state);
  }

  /** It is told whatever records are wanted, unless nothing is. */
  private printAnyway(event: SyncEvent): void {
    const { verbosity } = this.options;
    const [record] = recordsOf(event, this.route);
    if (verbosity === "error" || verbosity === "off" || record === undefined) return;
    if (!this.log.shows(record)) this.log.print(record);
  }

  /** On a terminal once is enough. */
  private isToldInTheEnd(event: SyncEvent): boolean {
    if (!this.isBrief) return false;
    // A report's summary is what was asked for.
    if (event.type === "end") return !this.options.noProgress && event.summary.status === undefined;
    if (event.type !== "error" || !this.options.endsWithError) return false;
    this.lastWord ??= event;
    return event === this.lastWord;
  }

  /** Writes a record that no event tells. */
  note(record: LogRecord): void {
    this.write(record);
  }

  /** On stdout, in its place among the records if these go there. */
  private print(text: string): void {
    this.printWriter.text(text);
  }

  private write(record: LogRecord | undefined): void {
    if (record === undefined || !this.log.shows(record)) return;
    this.log.write(record);
  }

  private finish({ summary }: Extract<SyncEvent, { type: "end" }>): void {
    this.progress?.stop();
    // Who stops a run hears nothing else.
    if (summary.interrupted && this.lastWord !== undefined) {
      for (const record of recordsOf(this.lastWord, this.route)) this.write(record);
    }
    const { verbosity, json, noProgress, noSummary = false } = this.options;
    const quiet = verbosity === "error" || verbosity === "off";
    if (json) this.printAnyway({ type: "end", summary });
    this.flushWriters();
    const isReport = summary.status !== undefined;
    // What only failed has no counters to look at.
    const isVoid = this.lastWord !== undefined && hasDoneNothing(summary);
    if (!json && !noProgress && !noSummary && !quiet && !isReport && !isVoid)
      toStderr(`${summaryLine(summary)}\n`);
  }

  /** Writes out what is still in a buffer. */
  flush(): void {
    this.progress?.stop();
    this.flushWriters();
  }

  private flushWriters(): void {
    this.logWriter.flush();
    this.printWriter.flush();
  }
}

function hasDoneNothing({ errors, warnings, ...counts }: Summary): boolean {
  const { transferredObjects, transferredBytes, deleted, skipped } = counts;
  return errors === 1 && transferredObjects + transferredBytes + deleted + skipped + warnings === 0;
}

/** As upstream decides: what is asked for by an option, else by the variable, else by `-v` and `-q`. */
function wanted({ verbosity, filter, requests }: ReportOptions): {
  filter: LogFilter;
  targets: boolean;
} {
  if (verbosity === "off" || (filter === undefined && !requests)) {
    return { filter: upTo(verbosity, [programTarget]), targets: false };
  }
  if (requests || filter === undefined) {
    return { filter: upTo(verbosity, [programTarget, requestTarget]), targets: true };
  }
  const read = readLogFilter(filter);
  for (const text of read.ignored) {
    toStderr(`ignoring \`${printable(text)}\`: invalid filter directive\n`);
  }
  return { filter: read.filter, targets: true };
}

function isTerminal(descriptor: number): boolean {
  return descriptor === stdout ? process.stdout.isTTY === true : process.stderr.isTTY === true;
}

function toStderr(text: string): void {
  try {
    fs.writeSync(stderr, text);
  } catch {
    // Nobody reads: nothing to be told.
  }
}
