/**
 * What bringing a target in step means: the whole meaning, and nothing about how it is done. Shares no code with the
 * engine; test/README.md says what is compared with it.
 *
 * @module
 */
import { byBytes, isInRange, isLeftOut, isProtected, unseen } from "./filters.ts";
import type { Item, Outcome, Side, Wish, World } from "./terms.ts";

type Verdict = "send" | "skip" | "refuse" | "in the way" | "refuse, and delete nothing";

/** What a run makes of both sides. Where errors stop it halfway, this is as far as it may have come. */
export function model(world: World, wish: Wish): Outcome {
  const there = world.target.objects;
  const standing: string[] = [];
  // A file that stands before the range is one all the same.
  const judged = inOrder(world.source.objects).map(([key, item]) => {
    return { key, item, verdict: judge(key, item, world.target, wish, standing) };
  });
  const mine = judged.filter(({ key }) => isInRange(key, wish));
  const source = mine.map(({ key, item }) => [key, item] as const);
  const of = (...wanted: readonly Verdict[]): string[] =>
    mine.flatMap(({ key, verdict }) => (wanted.includes(verdict) ? [key] : []));
  const sent = of("send");
  const refused = of("refuse", "in the way", "refuse, and delete nothing").length;
  const troubles = refused + unseen(source, wish);
  const errors = wish.warnAsError === true ? troubles : 0;

  const spared = of("in the way");
  const objects = [...there.keys()].filter((key) => isInRange(key, wish));
  // Of a part of all keys, what lies in the way is no matter of this run.
  const isInTheWay = (key: string): boolean =>
    isPart(wish) && standing.some((file) => liesBelow(key, file));
  const surplus = objects.filter(
    (key) => !has(world.source, key) && !isProtected(key, wish) && !isInTheWay(key),
  );
  const isDue = wish.delete === true && errors === 0 && surplus.length > 0;
  const isBarred =
    of("refuse, and delete nothing").length > 0 ||
    (wish.allowEmptySource !== true && !showsLife(world, wish)) ||
    surplus.length > mostDeletions(objects.length, wish);
  const isSpared = (key: string): boolean => spared.some((place) => liesBelow(key, place));
  const deleted = isDue && !isBarred ? surplus.filter((key) => !isSpared(key)) : [];
  const warnings = troubles - errors + (isDue && isBarred ? 1 : 0);

  const target = new Map(Array.from(there, ([key, { content }]) => [key, content]));
  if (wish.dryRun !== true) {
    const isFile = (key: string): boolean =>
      world.target.directories === undefined || !key.endsWith("/");
    for (const [key, { content }] of source)
      if (sent.includes(key) && isFile(key)) target.set(key, content);
    for (const key of deleted) target.delete(key);
  }
  const bytes = source.reduce((sum, [key, { size }]) => sum + (sent.includes(key) ? size : 0), 0);
  const exitCode = errors > 0 ? 1 : warnings > 0 ? 3 : 0;
  return { target, sent, deleted, bytes, skipped: of("skip").length, warnings, errors, exitCode };
}

/** Whether the source is one that the target can be made like: it has something to send, or has sent something. */
function showsLife({ source, target }: World, wish: Wish): boolean {
  const passes = (key: string, item: Item): boolean =>
    !isLeftOut(key, item, { ...wish, oddOnly: false });
  const isThere = (key: string): boolean => isInRange(key, wish) && has(source, key);
  if ([...target.objects.keys()].some(isThere)) return true;
  return [...source.objects].some(
    ([key, item]) => (isPart(wish) || isInRange(key, wish)) && passes(key, item),
  );
}

/** @param standing the keys before this one that are, or are to be, files */
function judge(
  key: string,
  item: Item,
  { objects, directories }: Side,
  wish: Wish,
  standing: string[],
): Verdict {
  const there = objects.get(key);
  if (isLeftOut(key, item, wish) || (there === undefined && wish.existing === true)) return "skip";
  if (directories !== undefined) {
    if (item.size === 0 && directories.has(key)) return "skip";
    if (standing.some((file) => liesBelow(key, file))) return "refuse";
    if (!key.endsWith("/")) standing.push(key);
    else if (item.size > 0) return "refuse";
  }
  if (there !== undefined && !isStale(item, there, wish)) return "skip";
  if (directories !== undefined) {
    if (key.replace(/\/$/, "").split("/").some(isNoName)) return "refuse";
    if (directories.has(`${key}/`)) return "in the way";
    if ([...objects.keys()].some((file) => file !== key && liesBelow(key, file))) return "refuse";
  }
  return there !== undefined && wish.ifNoneMatch === true ? "refuse, and delete nothing" : "send";
}

/** Whether a run is about some of the keys only. */
function isPart({ keyStart, keyEnd }: Wish): boolean {
  return keyStart !== undefined || keyEnd !== undefined;
}

/** A marker such as `d/` stays where the source has that directory. */
function has({ objects, directories }: Side, key: string): boolean {
  return objects.has(key) || directories?.has(key) === true;
}

function isStale(source: Item, target: Item, wish: Wish): boolean {
  const isNewer = Math.floor(source.mtimeMs / 1000) > Math.floor(target.mtimeMs / 1000);
  const hasOtherSize = source.size !== target.size;
  const hasETags = source.etag !== undefined && target.etag !== undefined;
  const hasOtherETag = hasETags ? source.etag !== target.etag : source.content !== target.content;
  if (wish.removeModifiedFilter === true && wish.headEachTarget !== true) return true;
  if (wish.ignoreExisting === true) return false;
  if (wish.update === true) return isNewer;
  if (wish.checkSize === true) return hasOtherSize;
  if (wish.checkEtag === true) return hasOtherSize || hasOtherETag;
  if (wish.checkMtimeAndEtag === true) return isNewer && (hasOtherSize || hasOtherETag);
  return isNewer || hasOtherSize;
}

function mostDeletions(objects: number, { maxDelete }: Wish): number {
  if (maxDelete === undefined) return Number.POSITIVE_INFINITY;
  const limit = Number(maxDelete.replace("%", ""));
  return maxDelete.endsWith("%") ? Math.floor((objects * limit) / 100) : limit;
}

function inOrder(tree: ReadonlyMap<string, Item>): (readonly [string, Item])[] {
  return [...tree].sort(([a], [b]) => byBytes(a, b));
}

function liesBelow(key: string, place: string): boolean {
  return key === place || key.startsWith(`${place}/`);
}

function isNoName(name: string): boolean {
  return name === "" || name === "." || name === "..";
}
