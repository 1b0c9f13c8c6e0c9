/**
 * Tells from time to time that something may have changed, where nobody else does.
 *
 * @module
 */
import type { ChangeSource, HintSink } from "./hints.ts";

/** A place of which nothing is heard. */
export class Polling implements ChangeSource {
  constructor(
    readonly name: string,
    private readonly everyMs: number,
  ) {}

  async begin(hear: HintSink, signal: AbortSignal): Promise<{ readonly ended: Promise<void> }> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    // As long as one look is not over, another one is none.
    let isAsked = false;
    const ask = (): void => {
      if (isAsked) return;
      isAsked = true;
      hear([{ kind: "all" }], () => {
        isAsked = false;
      });
    };
    const timer = setInterval(ask, this.everyMs);
    const stop = (): void => {
      clearInterval(timer);
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    return { ended };
  }
}
