/**
 * Makes CloudFront forget what has changed.
 *
 * @module
 */
import { pause, throwIfAborted } from "../core/cancel.ts";
import { type ErrorCode, SyncError } from "../core/errors.ts";
import type { ConnectionOptions } from "../store/s3/sdk/connection.ts";
import { plainError } from "../store/s3/sdk/plain-errors.ts";
import { backoffMs } from "../store/s3/wire/retry.ts";
import type { Distribution, InvalidationState } from "./cloudfront-client.ts";
import { requestsOf } from "./invalidation.ts";

/** What is to be forgotten, and where. */
export interface InvalidationOrder {
  readonly distributionId: string;
  /** Instead of CloudFront's own endpoint. */
  readonly endpointUrl: string | undefined;
  /** Credentials, proxies and authorities: those of the bucket. */
  readonly access: ConnectionOptions;
  /** Until CloudFront says that it is done, which takes a minute or so. */
  readonly waits: boolean;
  /** Milliseconds between two looks at what CloudFront has done. Default: 5,000. */
  readonly pollMs?: number;
}

/** CloudFront works on a bounded number of paths; others have to come to their end first. Milliseconds. */
const longestQueueMs = 15 * 60_000;
/** Waits grow from this to four times as much. */
const usualPollMs = 5000;

/**
 * Sends paths to be forgotten, in as many requests as it takes.
 *
 * What is sent again after a failure has the reference that it had before, so that CloudFront does it once.
 *
 * @returns the ids of the invalidations
 * @throws SyncError that names the distribution
 */
export async function invalidate(
  paths: readonly string[],
  order: InvalidationOrder,
  signal: AbortSignal,
): Promise<string[]> {
  if (paths.length === 0) return [];
  throwIfAborted(signal);
  const { openDistribution } = await import("./cloudfront-client.ts");
  const distribution = await openDistribution(
    order.distributionId,
    order.endpointUrl,
    order.access,
  );
  const run = crypto.randomUUID();
  const states: InvalidationState[] = [];
  try {
    for (const [index, request] of requestsOf(paths).entries()) {
      states.push(await sent(distribution, request, `s3sync-${run}-${index}`, order, signal));
    }
    if (order.waits) await untilDone(distribution, states, order, signal);
  } catch (thrown) {
    throwIfAborted(signal);
    throw asError(thrown, order.distributionId);
  } finally {
    distribution.close();
  }
  return states.map(({ id }) => id);
}

/** One request. The SDK tries it again after failures; here it waits for its turn. */
async function sent(
  distribution: Distribution,
  paths: readonly string[],
  reference: string,
  { pollMs = usualPollMs }: InvalidationOrder,
  signal: AbortSignal,
): Promise<InvalidationState> {
  const until = performance.now() + longestQueueMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await distribution.invalidate(paths, reference, signal);
    } catch (thrown) {
      if (nameOf(thrown) !== "TooManyInvalidationsInProgress" || performance.now() > until) {
        throw thrown;
      }
    }
    await pause(waitMs(pollMs, attempt), signal);
  }
}

async function untilDone(
  distribution: Distribution,
  states: readonly InvalidationState[],
  { pollMs = usualPollMs }: InvalidationOrder,
  signal: AbortSignal,
): Promise<void> {
  for (const { id, ...first } of states) {
    let { isDone } = first;
    for (let attempt = 1; !isDone; attempt++) {
      await pause(waitMs(pollMs, attempt), signal);
      ({ isDone } = await distribution.look(id, signal));
    }
  }
}

/** Somewhere between once and four times the first wait, so that several machines do not come together. */
function waitMs(pollMs: number, attempt: number): number {
  const policy = { maxAttempts: Infinity, initialBackoffMs: pollMs };
  return Math.min(4 * pollMs, pollMs + backoffMs(policy, attempt, Math.random(), undefined));
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "";
}

const codes: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: "access-denied",
  NoSuchDistribution: "not-found",
  InvalidClientTokenId: "credentials",
  SignatureDoesNotMatch: "credentials",
  ExpiredToken: "credentials",
  Throttling: "throttled",
  TooManyInvalidationsInProgress: "throttled",
};

const hints: Partial<Record<ErrorCode, string>> = {
  "access-denied":
    "It takes the permissions cloudfront:CreateInvalidation and cloudfront:GetInvalidation.",
  "not-found":
    "The id of a distribution looks like E2EXAMPLE3ID; aws cloudfront list-distributions shows them.",
};

function asError(thrown: unknown, distributionId: string): SyncError {
  if (thrown instanceof SyncError) return thrown;
  const cause = plainError(thrown);
  const said = cause instanceof Error ? cause.message : String(cause);
  const code = codes[nameOf(thrown)] ?? (statusOf(thrown) === undefined ? "network" : "rejected");
  const what = `CloudFront has not been told to forget what changed (${distributionId})`;
  return new SyncError(code, `${what}: ${said}`, {
    operation: "CreateInvalidation",
    status: statusOf(thrown),
    reason: nameOf(thrown) || undefined,
    hint: hints[code],
    cause,
  });
}

/** The HTTP status of an answer, if there was one. */
function statusOf(thrown: unknown): number | undefined {
  const { $metadata } = (thrown ?? {}) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
