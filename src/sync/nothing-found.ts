/**
 * What to say of a run that has found nothing: more often than not a name has a typo.
 *
 * @module
 */
import { placeName } from "../config/place.ts";
import type { Config } from "../config/shape.ts";
import type { Side } from "../core/events.ts";

/** Makes a remark by the number of items on each side; `undefined`: there is nothing to say. */
export type Remark = (listed: Readonly<Record<Side, number>>) => string | undefined;

/**
 * A bucket's prefix always exists, and so a name with a typo is a place without objects. It is no warning that
 * counts: upstream ends with 0, and an inbox may well be empty.
 */
export function remarkOnNothing(config: Config): Remark | undefined {
  const { source, target, purpose, applyPlan, keyStart, keyEnd, shard } = config;
  // A plan is not listed, and a range or a shard may be empty.
  const isPart = [keyStart, keyEnd, shard].some((value) => value !== undefined);
  if (applyPlan !== undefined || isPart) return undefined;
  if (purpose === "check") {
    const places = `${placeName(source)} nor ${placeName(target)}`;
    return (listed) => (isNothing(listed) ? `neither ${places} holds anything` : undefined);
  }
  if (source.kind !== "s3" || source.prefix === "") return undefined;
  const message = `there is nothing under ${placeName(source)}`;
  return (listed) => (listed.source === 0 ? message : undefined);
}

function isNothing({ source, target }: Readonly<Record<Side, number>>): boolean {
  return source + target === 0;
}
