/**
 * Moments of a run, at random and yet the same for the same seed: in the middle of which request, and how far in it.
 *
 * @module
 */
import type { FaultProxy } from "./fault-proxy.ts";

const points = ["request", "in-request", "answer", "in-answer"] as const;

/** A moment of a run that sends requests. */
export interface Moment {
  /** Requests before this one. */
  readonly request: number;
  readonly at: (typeof points)[number];
}

/** Nightly runs try more of them. */
export const isNightly = (process.env["S3SYNC_TEST_NIGHTLY"] ?? "") !== "";

/**
 * Makes moments.
 *
 * @param requests how many a whole run sends
 */
export function randomMoments(seed: number, count: number, requests: number): Moment[] {
  const next = random(seed);
  return Array.from({ length: count }, () => ({
    request: Math.floor(next() * requests),
    at: points[Math.floor(next() * points.length)] ?? "request",
  }));
}

/** Waits for a moment, in which the run then stands still until the gate is opened. */
export function standStill(
  proxy: FaultProxy,
  { request, at }: Moment,
): ReturnType<FaultProxy["hold"]> {
  return proxy.hold(() => true, at, { skip: request });
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
