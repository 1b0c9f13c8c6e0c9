/**
 * A copy within a bucket, and all that it told.
 *
 * @module
 */
import { type ConfigInput, type Summary, sync, type SyncEvent } from "../../src/index.ts";
import type { TestBucket } from "./bucket.ts";

/** Copies from `p/` to `q/`, unless something else is said. */
export async function heardCopy(
  bucket: TestBucket,
  more: Partial<ConfigInput>,
): Promise<{ summary: Summary; events: readonly SyncEvent[] }> {
  const events: SyncEvent[] = [];
  const places = { source: bucket.url("p/"), target: bucket.url("q/") };
  const sides = { ...bucket.side("source"), ...bucket.side("target") };
  const onEvent = (event: SyncEvent): void => void events.push(event);
  const summary = await sync({ ...places, ...sides, ...more }, { onEvent });
  return { summary, events };
}
