/**
 * `keyRanges()`: where to cut the keys of a bucket into ranges of about as many keys each.
 *
 * @module
 */
import { resolveOptions } from "../config/config.ts";
import { parsePlace } from "../config/place.ts";
import type { ConfigInput } from "../config/shape.ts";
import type { Listed } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import { asKey, type Key, startingWith } from "../core/key.ts";
import type { DoctorInput } from "../doctor/config.ts";
import { balancedCuts } from "../list/balance.ts";
import type { Sampled } from "../list/sample-keys.ts";
import { weighKeys } from "../list/weigh-keys.ts";
import { type HistoryHandlers, openPlace } from "./place.ts";

/** `s3://bucket/prefix`, how it is reached, and what is wanted. */
export type KeyRangesInput = DoctorInput & Pick<Partial<ConfigInput>, "count" | "exact">;

/** There is only one place, and it is no side of a run. */
const noSides = {
  source: { kind: "store", name: "the place" },
  target: { kind: "store", name: "nowhere" },
} as const;

/** So many places to look at for each range, and not more in all: each takes some requests. */
const [placesEach, mostPlaces] = [8, 4096];

/** So many keys are sooner counted. */
const fewKeys = 200_000;

/**
 * Finds them: by listing all keys if they are few, or with `exact`, and otherwise by looking at keys in many places.
 *
 * @returns keys below the prefix, one fewer than ranges, in the order of their UTF-8 bytes: the first range ends with the
 *   first of them
 * @throws SyncError `usage` when the configuration makes no sense, `precondition` where there are too few keys
 */
export async function keyRanges(
  { count: ranges, exact, ...access }: KeyRangesInput,
  handlers: HistoryHandlers = {},
): Promise<Key[]> {
  const config = resolveOptions({ count: ranges, exact }, () => noSides, "ranges");
  if (parsePlace(access.place, "the place").kind !== "s3") {
    throw new SyncError("usage", `ranges are those of a bucket, and ${access.place} is a path`);
  }
  const { store, prefix, signal, gap } = await openPlace(access, handlers);
  const whole = startingWith(prefix);
  try {
    const { firstKey } = store;
    if (firstKey === undefined || !store.capabilities.ordered) {
      throw new SyncError("unsupported", `${store.name} does not list keys in order`);
    }
    const place: Sampled = {
      list: (range, inner) => telling(store.list(range, inner), gap),
      firstKey: (range, inner) => firstKey.call(store, range, inner),
    };
    const mostShare = 1 / Math.min(config.count * placesEach, mostPlaces);
    const mostCounted = config.exact ? Infinity : fewKeys;
    const weighed = await weighKeys(place, { mostCounted, mostShare }, signal, whole);
    const cuts = balancedCuts(weighed, config.count);
    if (cuts === undefined) throw tooFew(store.name, config.count);
    return cuts.map((key) => asKey(key.slice(prefix.length)));
  } finally {
    await store.close();
  }
}

/** Tells of what cannot be read, instead of listing it. */
async function* telling(
  pages: AsyncIterable<readonly Listed[]>,
  gap: (error: SyncError) => void,
): AsyncGenerator<readonly Listed[], void, undefined> {
  for await (const page of pages) {
    for (const item of page) if (item.kind === "gap") gap(item.error);
    yield page.filter(({ kind }) => kind === "object");
  }
}

function tooFew(name: string, count: number): SyncError {
  return new SyncError("precondition", `${name} has not enough keys for ${count} ranges`);
}
