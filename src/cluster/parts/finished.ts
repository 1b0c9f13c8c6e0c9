/**
 * How far large objects have come that are under way.
 *
 * @module
 */
import { everything, inRange } from "../../core/key.ts";
import type { Ground } from "../ground.ts";
import type { Span } from "../job/range-state.ts";
import { latest } from "../job/stored.ts";
import { asObject, asRun, keys } from "./records.ts";

/** How many of their parts are finished, of those objects of a job whose keys lie in a span. */
export async function finishedParts(ground: Ground, run: string, span: Span): Promise<number> {
  const attempts: string[] = [];
  for (const { value } of await latest(ground.records.all(keys.objects(run)))) {
    const { key, attempt } = asObject(value);
    if (inRange(key, { ...everything, ...span })) attempts.push(attempt);
  }
  let count = 0;
  for (const attempt of attempts) {
    for (const { value } of await latest(ground.records.all(keys.runs(run, attempt)))) {
      count += asRun(value).parts.length;
    }
  }
  return count;
}
