/**
 * Watches as processes: what signals mean to them.
 *
 * @module
 */
import { SyncError, toSyncError } from "../index.ts";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./exit-codes.ts";
import { explain, remark } from "./say.ts";
import { Interruption } from "./signals.ts";
import { carryOut, makeRoomFor, type PlannedRun } from "./sync-command.ts";

/**
 * Keeps going until a signal ends it. SIGHUP reads again what is to be done, and goes on with that.
 *
 * @param first what it begins with
 * @param again reads it again
 * @throws SyncError what kept it from starting
 */
export async function runWatch(
  first: PlannedRun,
  again: () => PlannedRun,
  { environment, exitNow }: Pick<CliContext, "environment" | "exitNow">,
): Promise<ExitCode> {
  const notice = makeRoomFor([first], environment);
  using interruption = new Interruption(exitNow, true);
  let run = first;
  for (;;) {
    using hangUp = new HangUp(interruption.ending, () => {
      const next = planned(again, run);
      if (next !== undefined) run = next;
      return next !== undefined;
    });
    const { ending } = hangUp;
    const code = await carryOut(run, { environment, interruption, notice, ending });
    if (!hangUp.hasCome || interruption.ending.aborted) return code;
  }
}

/** What is to be done from now on. What makes no sense is told, and things stay as they are. */
function planned(again: () => PlannedRun, now: PlannedRun): PlannedRun | undefined {
  try {
    const next = again();
    if (!next.config.watch) throw new SyncError("usage", "--watch is not asked for any more");
    if (now.verbosity >= 0) remark("SIGHUP: the configuration is read again");
    return next;
  } catch (thrown) {
    explain(toSyncError(thrown), now.verbosity, "SIGHUP: everything stays as it is: ");
    return undefined;
  }
}

/** Ends a watch so that another one can take its place. Dispose of it. */
class HangUp implements Disposable {
  private readonly controller = new AbortController();
  hasCome = false;

  /** @param take whether another one takes its place */
  constructor(
    private readonly end: AbortSignal,
    private readonly take: () => boolean,
  ) {
    process.on("SIGHUP", this.onSignal);
    if (end.aborted) this.controller.abort();
    else end.addEventListener("abort", this.onEnd, { once: true });
  }

  get ending(): AbortSignal {
    return this.controller.signal;
  }

  [Symbol.dispose](): void {
    process.off("SIGHUP", this.onSignal);
    this.end.removeEventListener("abort", this.onEnd);
  }

  private readonly onEnd = (): void => this.controller.abort();

  private readonly onSignal = (): void => {
    if (this.hasCome || !this.take()) return;
    this.hasCome = true;
    this.controller.abort();
  };
}
