/**
 * Stopping: what a wait does when the run is told to stop.
 *
 * @module
 */
import { SyncError } from "./errors.ts";

/** Waits; rejects at once when the signal fires. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Stops here if the run was told to stop.
 *
 * @throws SyncError `aborted`, or the signal's own reason if that is an error of ours
 */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw aborted(signal);
}

/** The error for a run that was told to stop. */
export function aborted(signal: AbortSignal): SyncError {
  const reason: unknown = signal.reason;
  return reason instanceof SyncError ? reason : new SyncError("aborted", "the run was stopped");
}

/**
 * Waits for what others do, and no longer once the signal fires.
 *
 * @param explain makes an error of what they throw
 * @throws SyncError also `aborted`
 */
export async function unlessStopped<T>(
  work: Promise<T>,
  signal: AbortSignal,
  explain: (thrown: unknown) => SyncError,
): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(aborted(signal));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([
      work.catch((thrown: unknown) => {
        throw explain(thrown);
      }),
      stopped,
    ]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Longer than this no timer waits. */
const longestDelayMs = 2 ** 31 - 1;

/** Waits for what others do, but not longer than so many milliseconds. What they throw comes out. */
export async function noLongerThan(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(Math.max(milliseconds, 0), longestDelayMs));
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A signal that fires some time after another one. Dispose of it. */
export class LateSignal implements Disposable {
  private readonly controller = new AbortController();
  private timer: Timer | undefined;
  private readonly start = (): void => {
    this.timer = setTimeout(() => this.controller.abort(this.early.reason), this.milliseconds);
  };

  constructor(
    private readonly early: AbortSignal,
    private readonly milliseconds: number,
  ) {
    if (early.aborted) this.start();
    else early.addEventListener("abort", this.start, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  [Symbol.dispose](): void {
    this.early.removeEventListener("abort", this.start);
    clearTimeout(this.timer);
  }
}
