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

/** A field of a line. Where a terminal is too narrow for all, the highest rank goes first. */
export interface Field {
  readonly text: string;
  readonly rank: number;
}

/** Fields as a line: what does not fit into a width is left out, the least useful first. */
export function fitted(all: readonly Field[], width: number): string {
  const fields = [...all];
  const text = (): string => fields.map((field) => field.text).join("  ");
  while (fields.length > 1 && text().length > width) {
    const least = Math.max(...fields.map(({ rank }) => rank));
    fields.splice(
      fields.findLastIndex(({ rank }) => rank === least),
      1,
    );
  }
  return cutTo(text(), width);
}

/** What shares a terminal with a log. */
export interface Display {
  /** Takes itself away, so that something else can be written. The next redraw brings it back. */
  clear(): void;
  /** Ends. */
  stop(): void;
}

/** As much of a line as fits. */
export function cutTo(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
