/**
 * Where servers of NATS are, as it is typed: `nats://a:4222,nats://b:4222`.
 *
 * @module
 */
import { Secret } from "../../config/secret.ts";
import { SyncError } from "../../core/errors.ts";

/** What was typed, taken apart. */
export interface NatsAddress {
  /** `a:4222`, `[::1]:4222`; at least one. */
  readonly hosts: readonly string[];
  readonly isTls: boolean;
  /** What stands before the `@`: a user and a password, or a token alone. */
  readonly login: NatsLogin | undefined;
  /** For people: all of it without the login. */
  readonly name: string;
}

/** Who we are, by what an address holds. */
export type NatsLogin =
  | { readonly kind: "user"; readonly user: string; readonly password: Secret }
  | { readonly kind: "token"; readonly token: Secret };

interface Part {
  readonly scheme: string;
  readonly login: string | undefined;
  readonly host: string;
}

/**
 * Takes an address apart.
 *
 * @throws SyncError `usage`, without what may be a password
 */
export function parseAddress(text: string): NatsAddress {
  const parts = text.split(",").map((each) => parsePart(each.trim()));
  const schemes = new Set(parts.map(({ scheme }) => scheme));
  if (schemes.size > 1) throw wrong("servers of one cluster are all nats:// or all tls://");
  const logins = new Set(parts.flatMap(({ login }) => login ?? []));
  if (logins.size > 1) throw wrong("servers of one cluster know us by one name and password");
  const [login] = logins;
  return {
    hosts: parts.map(({ host }) => host),
    isTls: schemes.has("tls"),
    login: login === undefined ? undefined : loginOf(login),
    name: parts.map(({ scheme, host }) => `${scheme}://${host}`).join(","),
  };
}

function parsePart(text: string): Part {
  const [, scheme = "nats", login, host = "", port = "4222"] =
    /^(?:([a-z]+):\/\/)?(?:(.*)@)?(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i.exec(text) ?? [];
  if (host === "" || Number(port) > 65_535 || Number(port) === 0) {
    const shown = text.slice(text.lastIndexOf("@") + 1);
    throw wrong(`not the address of a server: ${JSON.stringify(shown)}`);
  }
  if (!/^(?:nats|tls)$/i.test(scheme))
    throw wrong(`servers are reached by nats:// or tls://, not ${scheme}://`);
  return { scheme: scheme.toLowerCase(), login, host: `${host}:${port}` };
}

function loginOf(text: string): NatsLogin {
  const colon = text.indexOf(":");
  if (colon === -1) return { kind: "token", token: new Secret(decoded(text)) };
  const password = new Secret(decoded(text.slice(colon + 1)));
  return { kind: "user", user: decoded(text.slice(0, colon)), password };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("what stands before the @ of an address is not rightly encoded");
  }
}

function wrong(message: string): SyncError {
  const hint = "Like this: nats://10.0.0.1:4222,nats://10.0.0.2:4222, or tls://nats.example.com";
  return new SyncError("usage", message, { hint });
}
