/**
 * The memory of a run, second by second, and how much it has grown. Pure.
 *
 * @module
 */

/** What a process held at a moment, in bytes. */
export interface Sample {
  /** Resident, all of it: code, heap, buffers of the network, threads. */
  readonly rss: number;
  /** The heap of JavaScript, as its engine counts it. */
  readonly heap: number;
}

/** One of these, over a run. */
export interface Growth {
  /** The most of all. */
  readonly peak: number;
  /** The most while the run was warming up. */
  readonly warm: number;
  /** What was added after that; `undefined` for a run that was over too soon to tell. */
  readonly grown: number | undefined;
}

/** The part of a run in which memory may still grow: caches, pools, compiled code, places for more objects at a time. */
const warmUpPart = 1 / 5;
/** That takes some seconds, however little there is to do. */
const warmUpSeconds = 5;

/**
 * How much a quantity has grown after the warm-up. A leak adds four fifths of what it takes in all.
 *
 * @param values one each second
 */
export function growthOf(values: readonly number[]): Growth {
  const cut = Math.max(warmUpSeconds, Math.ceil(values.length * warmUpPart));
  const [warm, later] = [values.slice(0, cut), values.slice(cut)].map((some) =>
    Math.max(0, ...some),
  ) as [number, number];
  const isTooShort = values.length < 2 * warmUpSeconds;
  const grown = isTooShort ? undefined : Math.max(0, later - warm);
  return { peak: Math.max(warm, later), warm, grown };
}

const blocks = "▁▂▃▄▅▆▇█";

/** A curve of at most so many characters; the highest of the values in each counts. Its foot is 0. */
export function curve(values: readonly number[], width = 60): string {
  const top = Math.max(...values, 1);
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const [from, to] = [column, column + 1].map((at) => Math.floor((at * values.length) / columns));
    const highest = Math.max(...values.slice(from, to));
    const step = Math.min(blocks.length - 1, Math.floor((highest / top) * blocks.length));
    return blocks[step];
  }).join("");
}
