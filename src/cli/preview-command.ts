/**
 * `s3sync site --preview DIRECTORY`.
 *
 * @module
 */
import { type ConfigInput, preview, type SiteRule } from "../index.ts";
import { printable } from "../report/printable.ts";
import type { CliContext } from "./context.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import { printLines } from "./print-lines.ts";
import { remark } from "./say.ts";

/** A preview that was asked for. */
export interface PreviewCommand {
  readonly input: Omit<ConfigInput, "target"> & { readonly target?: string | undefined };
  readonly rules: readonly SiteRule[];
  readonly verbosity: number;
  readonly exitNow: CliContext["exitNow"];
}

/**
 * Prints the address, and with `-v` what is answered, until it is told to stop.
 *
 * @throws SyncError `usage`, or what keeps it from being served
 */
export async function runPreview(command: PreviewCommand): Promise<ExitCode> {
  const { input, rules, verbosity, exitNow } = command;
  const code = await printLines(async function* (signal) {
    const answers = new Answers(signal);
    const onAnswer = verbosity > 0 ? answers.hear : undefined;
    await using site = await preview({ ...input, rules }, { signal, onAnswer, onNotice: remark });
    yield site.url;
    yield* answers.lines;
  }, exitNow);
  return code ?? exitCode.fine;
}

/** Lines that come until a signal fires. */
class Answers {
  private controller: ReadableStreamDefaultController<string> | undefined;
  readonly lines = new ReadableStream<string>({
    start: (controller) => {
      this.controller = controller;
    },
  });

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener("abort", () => this.controller?.close(), { once: true });
  }

  readonly hear = (method: string, path: string, status: number): void => {
    if (!this.signal.aborted) this.controller?.enqueue(`${status} ${method} ${printable(path)}`);
  };
}
