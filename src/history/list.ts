/**
 * `listObjects()` and `listVersions()`: what there is in a bucket, and what there was.
 *
 * @module
 */
import { resolveOptions } from "../config/config.ts";
import type { ConfigInput } from "../config/shape.ts";
import type { Entry } from "../core/entry.ts";
import { startingWith } from "../core/key.ts";
import type { Version } from "../core/version.ts";
import type { DoctorInput } from "../doctor/config.ts";
import { requireHistory } from "../sync/opening/point-in-time.ts";
import { hearing, type HistoryHandlers, meantBy, openPlace } from "./place.ts";

/** `s3://bucket/prefix`, and how it is reached; `at`: what it held at that time. */
export type ListInput = DoctorInput & Pick<Partial<ConfigInput>, "at">;

/** There is only one place, and it is no side of a run. */
const noSides = {
  source: { kind: "store", name: "the place" },
  target: { kind: "store", name: "nowhere" },
} as const;

/**
 * Lists the objects whose keys begin with a prefix, in the order of their keys, which are full ones.
 *
 * @throws SyncError `usage` when the configuration makes no sense, or the bucket cannot tell what it held
 */
export async function* listObjects(
  { at, ...access }: ListInput,
  handlers: HistoryHandlers = {},
): AsyncGenerator<Entry, void, undefined> {
  const config = resolveOptions({ at }, () => noSides, "ls");
  const place = await openPlace(access, handlers, config.at);
  const { store, bucket, prefix, signal, notice, gap } = place;
  try {
    if (config.at !== undefined) {
      const whole = { kind: "s3", bucket, prefix: "" } as const;
      await requireHistory(place.config, whole, hearing(notice), signal);
    }
    const range = startingWith(prefix);
    for await (const page of store.list(range, signal)) {
      for (const found of page) {
        if (found.kind === "object") yield found;
        else if (found.kind === "gap") gap(found.error);
      }
    }
  } finally {
    await store.close();
  }
}

/**
 * Lists all versions of an object, the newest first; of a prefix that ends with `/`, or of a whole bucket, those of each
 * key together. Keys are full ones.
 *
 * @throws SyncError `usage` when the configuration makes no sense
 */
export async function* listVersions(
  input: DoctorInput,
  handlers: HistoryHandlers = {},
): AsyncGenerator<Version, void, undefined> {
  const place = await openPlace(input, handlers);
  const { store, signal, gap } = place;
  try {
    for await (const page of store.history.list(meantBy(place), signal)) {
      for (const found of page) {
        if (found.kind === "history") yield* found.versions;
        else gap(found.error);
      }
    }
  } finally {
    await store.close();
  }
}
