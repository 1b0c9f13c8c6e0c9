/**
 * Watches as processes: what signals mean to them.
 *
 * @module
 */
import { Notifier, SyncError, toSyncError, type WatchState } from "../index.ts";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./exit-codes.ts";
import { explain, remark } from "./say.ts";
import { Interruption } from "./signals.ts";
import { carryOut, makeRoomFor, type PlannedRun } from "./sync-command.ts";

/**
 * Keeps going until a signal ends it.
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
  using manager = await Notifier.open(environment);
  const planAgain = (): PlannedRun => {
    const next = again();
    requireWatch(next.config);
    return next;
  };
  const tell = (state: WatchState): void => manager?.take(state);
  const service = { verbosity: first.verbosity, interruption, manager };
  return await untilEnded(first, planAgain, service, (run, ending) =>
    carryOut(run, { environment, interruption, notice, ending, tell }),
  );
}

/** @throws SyncError `usage` for what would come to an end */
export function requireWatch({ watch }: { readonly watch?: boolean | undefined }): void {
  if (watch !== true) throw new SyncError("usage", "--watch is not asked for any more");
}

/** Who ends what goes on, and who wants to know. */
export interface Service {
  readonly verbosity: number;
  readonly interruption: Interruption;
  readonly manager: Notifier | undefined;
}

/**
 * Has something done until a signal ends it. SIGHUP reads again what is to be done, and goes on with that.
 *
 * @param perform does it until its signal fires
 */
export async function untilEnded<T>(
  first: T,
  again: () => T,
  { verbosity, interruption: { ending }, manager }: Service,
  perform: (what: T, ending: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  let now = first;
  for (;;) {
    using hangUp = new HangUp(ending, () => {
      manager?.reloading();
      const next = readAgain(again, verbosity);
      if (next === undefined) manager?.stays();
      else now = next.what;
      return next !== undefined;
    });
    const code = await perform(now, hangUp.ending);
    if (!hangUp.hasCome || ending.aborted) return code;
  }
}

/** What is to be done from now on. What makes no sense is told, and things stay as they are. */
function readAgain<T>(again: () => T, verbosity: number): { readonly what: T } | undefined {
  try {
    const what = again();
    if (verbosity >= 0) remark("SIGHUP: the configuration is read again");
    return { what };
  } catch (thrown) {
    explain(toSyncError(thrown), verbosity, "SIGHUP: everything stays as it is: ");
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
