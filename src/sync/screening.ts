/**
 * Asks a callback which objects take part.
 *
 * @module
 */
import { callbackError, type Filter, listedObject } from "../core/callbacks.ts";
import { unlessStopped } from "../core/cancel.ts";
import type { Entry } from "../core/entry.ts";
import type { Store } from "../store/store.ts";

/** Answers that are waited for at the same time. */
const most = 64;

/** Why an object is skipped that the callback leaves out. */
export const leftOutByCallback = "callback";

/** Asks about objects, and goes on meanwhile. */
export class Screening {
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly filter: Filter,
    private readonly source: Store,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Has something done with the answer. One that comes at once costs no wait.
   *
   * @param failed hears what the callback, or what is done with its answer, has thrown
   * @returns what the next object waits for, if anything
   */
  ask(
    entry: Entry,
    act: (takesPart: boolean) => Promise<void> | undefined,
    failed: (thrown: unknown) => void,
  ): Promise<void> | undefined {
    let answer: boolean | Promise<boolean>;
    try {
      answer = this.takesPart(entry);
    } catch (thrown) {
      failed(thrown);
      return undefined;
    }
    if (typeof answer === "boolean") return act(answer);
    const done = answer
      .then(act)
      .catch(failed)
      .finally(() => this.pending.delete(done));
    this.pending.add(done);
    return this.pending.size < most ? undefined : Promise.race(this.pending);
  }

  /** Waits for all answers, and for what is done with them. */
  async settle(): Promise<void> {
    await Promise.all(this.pending);
  }

  /**
   * Whether an object takes part.
   *
   * @throws SyncError `callback`
   */
  takesPart(entry: Entry): boolean | Promise<boolean> {
    const { key } = entry;
    const object = listedObject(entry, this.source.locate(key));
    let answer: boolean | Promise<boolean>;
    try {
      answer = this.filter(object);
    } catch (cause) {
      throw callbackError("filter", key, cause);
    }
    return answer instanceof Promise ? this.wait(answer, key) : verdict(answer, key);
  }

  private async wait(answer: Promise<boolean>, key: string): Promise<boolean> {
    const stopped = unlessStopped(answer, this.signal, (cause) =>
      callbackError("filter", key, cause),
    );
    return verdict(await stopped, key);
  }
}

/** A filter that forgets to answer must not look like one that leaves everything out. */
function verdict(answer: unknown, key: string): boolean {
  if (typeof answer === "boolean") return answer;
  throw callbackError("filter", key, new TypeError(`it gave ${typeof answer}, not true or false`));
}
