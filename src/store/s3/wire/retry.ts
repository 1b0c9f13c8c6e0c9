/**
 * Trying again: exponential backoff with full jitter.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @module
 */
/** How often and how patiently. */
export interface RetryPolicy {
  /** All tries, the first included. */
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
}

/** No wait is longer than this unless the server asks for it. */
const longestBackoffMs = 20_000;
/** What a server may ask for at most. */
const longestRetryAfterMs = 300_000;

/**
 * How long to wait before another try.
 *
 * @param attempt the number of the try that failed, from 1
 * @param random in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(
  policy: RetryPolicy,
  attempt: number,
  random: number,
  retryAfterMs: number | undefined,
): number {
  const ceiling = Math.min(longestBackoffMs, policy.initialBackoffMs * 2 ** (attempt - 1));
  const jittered = random * ceiling;
  return Math.max(jittered, Math.min(retryAfterMs ?? 0, longestRetryAfterMs));
}
