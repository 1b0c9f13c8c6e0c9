/**
 * SIGINT and SIGTERM: the first stops the run and lets it clean up, the second ends the process at once.
 *
 * @module
 */
import { SyncError } from "../index.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";

/** Turns signals into an abort signal. Dispose of it to give them back. */
export class Interruption implements Disposable {
  private readonly controller = new AbortController();
  private readonly end = new AbortController();
  private received: ExitCode | undefined;

  /**
   * @param exitNow ends the process
   * @param isGentle the first signal ends what has no end by itself: what is in work is finished
   */
  constructor(
    private readonly exitNow: (code: ExitCode) => void,
    private readonly isGentle = false,
  ) {
    process.on("SIGINT", this.onSigint);
    process.on("SIGTERM", this.onSigterm);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The code for the signal that came, if one did. */
  get exitCode(): ExitCode | undefined {
    return this.isGentle ? undefined : this.received;
  }

  /** Fires when no more is to be begun. */
  get ending(): AbortSignal {
    return this.end.signal;
  }

  /** Stops the run for another reason than a signal. */
  stop(why: string): void {
    this.controller.abort(new SyncError("aborted", why));
  }

  [Symbol.dispose](): void {
    process.off("SIGINT", this.onSigint);
    process.off("SIGTERM", this.onSigterm);
  }

  private readonly onSigint = (): void => this.take(exitCode.sigint);
  private readonly onSigterm = (): void => this.take(exitCode.sigterm);

  private take(code: ExitCode): void {
    if (this.received !== undefined) {
      this.exitNow(code);
      return;
    }
    this.received = code;
    if (this.isGentle) this.end.abort();
    else this.stop("stopped by a signal");
  }
}
