/**
 * What a refusal may be the sign of.
 *
 * @module
 */
import type { SyncError } from "../../../core/errors.ts";

/** A Date this far off on a bare 403 means that the clock is the reason. */
const suspiciousSkewMs = 300_000;

/**
 * HEAD has no body that names the reason: a bare 403 with a far-off Date means the same.
 *
 * @param serverTimeMs the server's time, less what our clock is known to be off
 */
export function mayBeClock(error: SyncError, serverTimeMs: number): boolean {
  if (error.code === "clock-skew") return true;
  if (error.status !== 403 || error.reason !== undefined) return false;
  return Math.abs(serverTimeMs - Date.now()) > suspiciousSkewMs;
}

/** A refusal in S3's own words. */
export function isS3Refusal({ status, reason }: SyncError): boolean {
  return status !== undefined && reason !== undefined;
}

/** The bucket may live in another region. */
export function mayBeRegion(error: SyncError): boolean {
  return error.code === "wrong-region" || error.status === 400;
}

/** Nor does the answer to HEAD say that the keys are no more. */
export function mayBeCredentials({ code, status, reason }: SyncError): boolean {
  return code === "credentials" || (status === 403 && reason === undefined);
}
