/**
 * Errors of the SDK without what they hide: the answer, which has the request with all its headers, and so session
 * tokens and signatures. Whoever logs errors of ours would log those.
 *
 * @module
 */
import { withoutSecrets } from "../wire/redact.ts";

/** An error of the SDK, or anything else that was thrown. */
interface Hiding {
  readonly $response?: { readonly body?: { readonly req?: unknown } };
}

interface SentByNode {
  getHeaders(): Readonly<Record<string, unknown>>;
}

/** The headers that an error was the answer to, as far as that is known. */
export function sentBefore(thrown: unknown): Readonly<Record<string, string>> {
  const request = (thrown as Hiding | undefined)?.$response?.body?.req;
  if (!isSentByNode(request)) return {};
  const headers = Object.entries(request.getHeaders());
  return Object.fromEntries(headers.map(([name, value]) => [name, String(value)]));
}

function isSentByNode(request: unknown): request is SentByNode {
  return typeof request === "object" && request !== null && "getHeaders" in request;
}

/** The same error with nothing but what it says; what was thrown else, as it is. */
export function plainError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !("$metadata" in thrown || "$response" in thrown)) {
    return thrown;
  }
  const plain = new Error(withoutSecrets(thrown.message, sentBefore(thrown)));
  plain.name = thrown.name;
  return "code" in thrown ? Object.assign(plain, { code: thrown.code }) : plain;
}
