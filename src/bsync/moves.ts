/**
 * Moves: what looks like a deletion and something new, and is one thing that has another name now. Pure.
 *
 * @module
 */

/** Something that is gone under its name, of one side. */
export interface Gone {
  readonly key: string;
  readonly size: number;
  /** By which it is known again: the number of a file, or the ETag of an object. */
  readonly identity: string;
}

/** Something that has appeared, on the same side. */
export type Appeared = Gone;

/** What has moved. */
export interface Move<G extends Gone, A extends Appeared> {
  readonly from: G;
  readonly to: A;
}

/**
 * Finds moves. Where several could be meant (copies of one object have one ETag), one that keeps its base name is
 * preferred; each is taken once.
 */
export function findMoves<G extends Gone, A extends Appeared>(
  gone: Iterable<G>,
  appeared: Iterable<A>,
): readonly Move<G, A>[] {
  const byIdentity = new Map<string, G[]>();
  for (const each of gone) {
    const same = byIdentity.get(identityOf(each));
    if (same === undefined) byIdentity.set(identityOf(each), [each]);
    else same.push(each);
  }
  const moves: Move<G, A>[] = [];
  for (const to of appeared) {
    const candidates = byIdentity.get(identityOf(to));
    if (candidates === undefined || candidates.length === 0) continue;
    const alike = candidates.findIndex(({ key }) => nameOf(key) === nameOf(to.key));
    const [from] = candidates.splice(Math.max(alike, 0), 1);
    if (from !== undefined) moves.push({ from, to });
  }
  return moves;
}

/** Empty ones are all alike, and cheaper sent than moved. */
function identityOf({ size, identity, key }: Gone): string {
  return size === 0 ? `empty ${key}` : `${size} ${identity}`;
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
