/**
 * One line of a terminal that is drawn anew.
 *
 * @module
 */

/** Where progress goes. */
export interface ProgressTarget {
  readonly live: boolean;
  /** Width of the terminal; 0: nobody knows. */
  columns(): number;
  write(text: string): void;
}

/** Of a terminal that does not say how wide it is. */
const usualColumns = 80;

const takenAway = "\r\u001b[2K";

/** The line. */
export class LiveLine {
  private drawn = false;

  constructor(private readonly target: ProgressTarget) {}

  /** @param textFor makes what fits into a width */
  draw(textFor: (width: number) => string): void {
    const width = Math.max(20, (this.target.columns() || usualColumns) - 1);
    this.target.write(`${takenAway}${textFor(width)}`);
    this.drawn = true;
  }

  /** Takes the line away, so that something else can be written. The next drawing brings it back. */
  clear(): void {
    if (this.drawn) this.target.write(takenAway);
    this.drawn = false;
  }
}

/** As much of a line as fits. */
export function cutTo(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
