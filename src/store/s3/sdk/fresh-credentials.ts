/**
 * Credentials that are still good: asked for once by all requests together, and again before they expire.
 *
 * @module
 */
import type { Credentials, CredentialSource } from "../credentials.ts";

/** What a provider gives. */
export interface Given {
  readonly credentials: Credentials;
  /** In milliseconds since 1970; `undefined`: they are good until a server refuses them. */
  readonly expiresMs: number | undefined;
}

/** @param anew do not answer out of memory: what is known was refused */
export type Provider = (anew: boolean) => Promise<Given>;

/** Asked for again this long before they expire: a request may take a while. */
const marginMs = 300_000;

/** Keys that a provider gave again although they were refused are not asked for again so soon. */
const sameAgainMs = 60_000;

/** Keeps what a provider gives as long as it is good. What lives shorter than the margin is kept for half its life. */
export function fresh(provider: Provider, now: () => number = Date.now): CredentialSource {
  let held: { readonly credentials: Credentials; readonly untilMs: number } | undefined;
  let asking: Promise<Credentials> | undefined;
  let sameUntilMs = 0;
  const ask = async (anew: boolean): Promise<Credentials> => {
    const { credentials, expiresMs = Number.POSITIVE_INFINITY } = await provider(anew);
    const lifeMs = expiresMs - now();
    if (anew && Bun.deepEquals(credentials, held?.credentials)) sameUntilMs = now() + sameAgainMs;
    held = { credentials, untilMs: expiresMs - Math.min(marginMs, Math.max(lifeMs, 0) / 2) };
    return credentials;
  };
  return async (refused) => {
    const isRefused =
      refused !== undefined && Bun.deepEquals(refused, held?.credentials) && now() >= sameUntilMs;
    if (held !== undefined && !isRefused && now() < held.untilMs) return held.credentials;
    asking ??= ask(isRefused).finally(() => (asking = undefined));
    return asking;
  };
}
