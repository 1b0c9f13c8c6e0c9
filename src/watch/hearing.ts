/**
 * Keeps those going that tell of changes, and knows which of them cannot be heard.
 *
 * @module
 */
import { pause, unlessStopped } from "../core/cancel.ts";
import { SyncError, toSyncError } from "../core/errors.ts";
import { backoffMs } from "./backoff.ts";
import type { ChangeSource, HintSink } from "./hints.ts";

/** Who is to be heard, and by whom. */
export interface HearingOptions {
  readonly sources: readonly ChangeSource[];
  readonly hear: HintSink;
  readonly warn: (error: SyncError) => void;
  /** Hears that one is not heard any more, or is again. */
  readonly changed: () => void;
  readonly ending: AbortSignal;
}

/** A source that ends sooner has begun in vain. */
const shortMs = 60_000;

/** All that tell of changes. */
export class Hearing {
  /** Sources that cannot be heard, and why. */
  private readonly deaf = new Map<ChangeSource, SyncError>();
  private since: number | undefined;

  constructor(private readonly options: HearingOptions) {}

  /** Why something cannot be heard; `undefined`: everything can. */
  get deafness(): SyncError | undefined {
    const [first] = this.deaf.values();
    return first;
  }

  /** Since when, by the clock of `performance`: what is not heard of may be anything. */
  get deafSince(): number | undefined {
    return this.since;
  }

  /**
   * Resolves when every change from now on is heard, or it is to end: whoever ends it before it has begun is obeyed at
   * once.
   *
   * @throws SyncError when one cannot be heard from the beginning
   */
  async begin(): Promise<void> {
    const { sources, ending } = this.options;
    const begun = Promise.all(sources.map((source) => this.beginOne(source)));
    try {
      await unlessStopped(begun, ending, toSyncError);
    } catch (thrown) {
      if (!ending.aborted) throw thrown;
    }
  }

  /** @param failures how often it was begun in vain before */
  private async beginOne(source: ChangeSource, failures = 0): Promise<void> {
    const { hear, ending } = this.options;
    const { ended } = await source.begin(hear, ending, (why) => {
      if (why === undefined) this.noteHeard(source);
      else this.noteDeaf(source, why);
    });
    const begunAt = performance.now();
    const goOn = (thrown: unknown): Promise<void> => {
      const isShort = performance.now() - begunAt < shortMs;
      return this.beginAgain(source, isShort ? failures + 1 : 1, thrown);
    };
    ended.then(() => goOn(undefined), goOn);
  }

  /** What happened meanwhile nobody has heard: everything is looked at. */
  private async beginAgain(source: ChangeSource, failed: number, thrown: unknown): Promise<void> {
    const { ending, hear } = this.options;
    if (thrown !== undefined && !ending.aborted) this.noteDeaf(source, thrown);
    for (let failures = failed; !ending.aborted; failures++) {
      await pause(backoffMs(failures), ending).catch(() => undefined);
      if (ending.aborted) return;
      try {
        await this.beginOne(source, failures);
        hear([{ kind: "all" }]);
        this.noteHeard(source);
        return;
      } catch (again) {
        this.noteDeaf(source, again);
      }
    }
  }

  /** It is told once. Whoever looks must not be told that all is in step: nobody knows. */
  private noteDeaf(source: ChangeSource, thrown: unknown): void {
    const isNew = !this.deaf.has(source);
    const error = cannotHear(source, thrown);
    this.deaf.set(source, error);
    this.since ??= performance.now();
    this.options.changed();
    if (isNew) this.options.warn(error);
  }

  private noteHeard(source: ChangeSource): void {
    this.deaf.delete(source);
    if (this.deaf.size === 0) this.since = undefined;
    this.options.changed();
  }
}

function cannotHear({ name }: ChangeSource, thrown: unknown): SyncError {
  const { code, message, hint } = toSyncError(thrown);
  const text = `changes of ${name} cannot be heard for now: ${message}`;
  return new SyncError(code, text, { cause: thrown, hint });
}
