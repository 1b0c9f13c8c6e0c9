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

/** While keys are good that could not be replaced, this long until the next attempt. */
const againMs = 10_000;

interface Held {
  readonly credentials: Credentials;
  readonly untilMs: number;
  readonly expiresMs: number;
}

/** Keeps what a provider gives as long as it is good. What lives shorter than the margin is kept for half its life. */
export function fresh(provider: Provider, now: () => number = Date.now): CredentialSource {
  let held: Held | undefined;
  let asking: Promise<Credentials> | undefined;
  let sameUntilMs = 0;
  const ask = async (anew: boolean): Promise<Credentials> => {
    const { credentials, expiresMs = Number.POSITIVE_INFINITY } = await provider(anew);
    const lifeMs = expiresMs - now();
    if (anew && Bun.deepEquals(credentials, held?.credentials)) sameUntilMs = now() + sameAgainMs;
    const untilMs = expiresMs - Math.min(marginMs, Math.max(lifeMs, 0) / 2);
    held = { credentials, untilMs, expiresMs };
    return credentials;
  };
  /** That is what the margin is for: who gives keys may be out of order for a while. */
  const askOrKeep = async (anew: boolean): Promise<Credentials> => {
    try {
      return await ask(anew);
    } catch (error) {
      if (anew || held === undefined || now() >= held.expiresMs) throw error;
      held = { ...held, untilMs: Math.min(now() + againMs, held.expiresMs) };
      return held.credentials;
    }
  };
  return async (refused) => {
    const isRefused =
      refused !== undefined && Bun.deepEquals(refused, held?.credentials) && now() >= sameUntilMs;
    if (held !== undefined && !isRefused && now() < held.untilMs) return held.credentials;
    asking ??= askOrKeep(isRefused).finally(() => (asking = undefined));
    return asking;
  };
}
