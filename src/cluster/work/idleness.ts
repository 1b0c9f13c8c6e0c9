/**
 * Notices when there has been nothing to do for some time.
 *
 * @module
 */

/** Whether anything is in work. Dispose of it. */
export class Idleness implements Disposable {
  private inWork = 0;
  private timer: Timer | undefined;

  /**
   * @param mostMs so long, in milliseconds; `undefined`: for ever
   * @param end is called when nothing was in work for that long
   */
  constructor(
    private readonly mostMs: number | undefined,
    private readonly end: () => void,
  ) {
    this.wait();
  }

  /** Something is in work until what is given is disposed of. */
  work(): Disposable {
    this.inWork += 1;
    clearTimeout(this.timer);
    return {
      [Symbol.dispose]: () => {
        this.inWork -= 1;
        if (this.inWork === 0) this.wait();
      },
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
    // Nothing that ends later sets it once more.
    this.inWork = Infinity;
  }

  private wait(): void {
    if (this.mostMs !== undefined) this.timer = setTimeout(this.end, this.mostMs);
  }
}
