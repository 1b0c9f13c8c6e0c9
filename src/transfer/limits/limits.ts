/**
 * Bounds on what goes on at the same time. Whoever asks first is served first.
 *
 * @module
 */

/** Hands out a number of units: slots, or bytes of buffers. */
export class Allowance {
  private free: number;
  private readonly waiting: { readonly amount: number; readonly grant: () => void }[] = [];

  constructor(private most: number) {
    this.free = most;
  }

  get total(): number {
    return this.most;
  }

  /** Changes how many there are. What was granted stays granted. */
  resize(total: number): void {
    this.free += total - this.most;
    this.most = total;
    this.serve();
  }

  /**
   * Waits until so many units are free and takes them. More than there are counts as all of them.
   *
   * @returns a function that gives them back; calling it again does nothing
   */
  async take(amount = 1): Promise<() => void> {
    const granted = Math.min(amount, this.most);
    if (this.waiting.length > 0 || this.free < granted) {
      await new Promise<void>((grant) => this.waiting.push({ amount: granted, grant }));
    } else {
      this.free -= granted;
    }
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.give(granted);
    };
  }

  private give(amount: number): void {
    this.free += amount;
    this.serve();
  }

  private serve(): void {
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      if (first.amount > this.free) return;
      this.waiting.shift();
      this.free -= first.amount;
      first.grant();
    }
  }
}
