/**
 * Checks for tests: what was told of each key, and what was asked of the server.
 *
 * @module
 */
import { check, type CheckCounts, type OptionsInput, type SyncEvent } from "../../src/index.ts";
import type { TestBucket } from "../support/bucket.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";

type Checked = Extract<SyncEvent, { type: "checked" }>;

/** What came of a check. */
export interface CheckResult {
  /** `key: verdict`, with what proves that it is the same; sorted by key. */
  readonly told: readonly string[];
  /** Reasons by key. */
  readonly reasons: Readonly<Record<string, string>>;
  readonly counts: CheckCounts | undefined;
  readonly errors: number;
}

/** Checks two places; buckets are reached through a proxy, if there is one. */
export async function checked(
  source: string,
  target: string,
  bucket: TestBucket,
  options: OptionsInput = {},
  proxy?: FaultProxy,
): Promise<CheckResult> {
  const all: Checked[] = [];
  const sides = [source, target].map((place, index) =>
    place.startsWith("s3:") ? bucket.side(index === 0 ? "source" : "target") : {},
  );
  const endpoints = {
    ...(source.startsWith("s3:") ? { sourceEndpointUrl: proxy?.endpoint } : {}),
    ...(target.startsWith("s3:") ? { targetEndpointUrl: proxy?.endpoint } : {}),
  };
  const run = check(
    {
      source,
      target,
      ...Object.assign({}, ...sides),
      ...(proxy === undefined ? {} : endpoints),
      ...options,
    },
    {
      onEvent: (event) => {
        if (event.type === "checked") all.push(event);
      },
    },
  );
  const { check: counts, errors } = await run.result;
  return {
    told: all.map(lineOf).toSorted(),
    reasons: Object.fromEntries(
      all.flatMap((each) => ("reason" in each ? [[each.key, each.reason]] : [])),
    ),
    counts,
    errors,
  };
}

function lineOf(event: Checked): string {
  return `${event.key}: ${event.verdict === "same" ? event.by : event.verdict}`;
}
