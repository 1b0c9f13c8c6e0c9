/**
 * One of several runs that do together what one would do.
 *
 * @module
 */

/** Which one it is. */
export interface Shard {
  /** From 1. */
  readonly number: number;
  /** How many there are. */
  readonly count: number;
}

/** `3/16`. */
export function shardName({ number, count }: Shard): string {
  return `${number}/${count}`;
}
