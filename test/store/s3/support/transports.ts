/**
 * The ways that a request can take: over http and https, by fetch and by the raw path for keys that fetch
 * would rewrite. What holds for one has to hold for all.
 *
 * @module
 */
import type { Identity } from "../../../support/raw-server.ts";
import { makeIdentity } from "./certificates.ts";

/** The authority that signs the servers' certificates. */
export const authority = makeIdentity({ name: "Test Authority", isAuthority: true });

/** A server's certificate for loopback, signed by {@link authority}. */
export const goodIdentity: Identity = makeIdentity({
  name: "localhost",
  hosts: ["localhost"],
  addresses: ["127.0.0.1"],
  issuer: authority,
});

/** One way. */
export interface Transport {
  /** For a server. */
  readonly identity: Identity | undefined;
  /** For a client. */
  readonly ca: string | undefined;
  /** A key whose requests go this way. */
  readonly key: string;
}

/** Without and with TLS, as rows for `describe.each`. */
export const schemes: readonly (readonly [string, Omit<Transport, "key">])[] = [
  ["over http", { identity: undefined, ca: undefined }],
  ["over https", { identity: goodIdentity, ca: authority.cert }],
];

/** All four ways, as rows for `describe.each`. */
export const transports: readonly (readonly [string, Transport])[] = schemes.flatMap(
  ([name, scheme]) => [
    [`${name}, by fetch`, { ...scheme, key: "dir/key" }] as const,
    [`${name}, by the raw path`, { ...scheme, key: "dir/../key" }] as const,
  ],
);
