/**
 * What a source of changes tells, gathered.
 *
 * @module
 */
import type { ChangeSource, Hint, HintSink } from "../../src/watch/hints.ts";

/** Hears a source until it is disposed of. */
export class Listening implements Disposable {
  readonly heard: Hint[] = [];
  private readonly settled: (() => void)[] = [];
  private readonly controller = new AbortController();
  private woken = Promise.withResolvers<void>();

  constructor(private readonly source: ChangeSource) {}

  begin(): Promise<{ readonly ended: Promise<void> }> {
    const hear: HintSink = (hints, settled) => {
      this.heard.push(...hints);
      if (settled !== undefined) this.settled.push(settled);
      this.woken.resolve();
      this.woken = Promise.withResolvers();
    };
    return this.source.begin(hear, this.controller.signal, () => undefined);
  }

  /** The keys that were told, each once and sorted; another hint as `<kind>`. */
  get keys(): string[] {
    const told = this.heard.map((hint) => (hint.kind === "key" ? hint.key : `<${hint.kind}>`));
    return [...new Set(told)].toSorted();
  }

  /** Waits until these keys were told. */
  async until(...keys: readonly string[]): Promise<void> {
    while (!keys.every((key) => this.keys.includes(key))) await this.woken.promise;
  }

  /** A round has gone well. */
  settle(): void {
    for (const settled of this.settled.splice(0)) settled();
  }

  stop(): void {
    this.controller.abort();
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
