/**
 * Watches as processes: what signals mean to them.
 *
 * @module
 */
import { Notifier, requireWatchable, SyncError, toSyncError, type WatchState } from "../index.ts";
import type { CliContext } from "./context.ts";
import type { ExitCode } from "./exit-codes.ts";
import { remark, silent } from "./say.ts";
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
    requireWatchable(next.config);
    return next;
  };
  const service = { verbosity: first.verbosity, interruption, manager };
  return await untilEnded(first, planAgain, service, (run, how) =>
    carryOut(run, { environment, interruption, notice, ...how }),
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

/** How something is done that goes on. */
export interface GoingOn {
  /** It goes on until this fires. */
  readonly ending: AbortSignal;
  /** Hears how it stands. */
  readonly tell: (state: WatchState) => void;
}

/**
 * Has something done until a signal ends it. SIGHUP reads again what is to be done, and goes on with that, or with what
 * was done before where it cannot even begin.
 */
export async function untilEnded<T>(
  first: T,
  again: () => T,
  { verbosity, interruption: { ending, signal }, manager }: Service,
  perform: (what: T, how: GoingOn) => Promise<ExitCode>,
): Promise<ExitCode> {
  let now = first;
  let before: T | undefined;
  ending.addEventListener("abort", () => tellEnding(verbosity), { once: true });
  for (;;) {
    using hangUp = new HangUp(ending, () => {
      manager?.reloading();
      const next = readAgain(again, verbosity);
      if (next === undefined) manager?.stays();
      else [before, now] = [before ?? now, next.what];
      return next !== undefined;
    });
    const tell = (state: WatchState): void => {
      manager?.take(state);
      if (state.rounds > 0 && !hangUp.hasCome) before = undefined;
    };
    try {
      const code = await perform(now, { ending: hangUp.ending, tell });
      if (!hangUp.hasCome || ending.aborted) return code;
    } catch (thrown) {
      if (hangUp.hasCome && !signal.aborted) continue;
      if (before === undefined || signal.aborted) throw thrown;
      tellUnchanged(thrown, verbosity);
      [before, now] = [undefined, before];
    }
  }
}

/** Whoever presses Ctrl-C wants to see that it was heard. The line that is drawn there makes room. */
function tellEnding(verbosity: number): void {
  if (verbosity < 0 || process.stderr.isTTY !== true) return;
  process.stderr.write("\r\u001b[2K");
  remark("finishing what is in work; Ctrl-C once more stops at once");
}

/** What is to be done from now on. What makes no sense is told, and things stay as they are. */
function readAgain<T>(again: () => T, verbosity: number): { readonly what: T } | undefined {
  try {
    const what = again();
    if (verbosity >= 0) remark("SIGHUP: the configuration is read again");
    return { what };
  } catch (thrown) {
    tellUnchanged(thrown, verbosity);
    return undefined;
  }
}

function tellUnchanged(thrown: unknown, verbosity: number): void {
  const { message, hint } = toSyncError(thrown);
  if (verbosity <= silent) return;
  const why = message.replaceAll("\n", "; ");
  const advice = hint === undefined ? "" : ` (${hint})`;
  remark(`SIGHUP: everything stays as it is: ${why}${advice}`);
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
