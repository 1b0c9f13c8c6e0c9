/**
 * Logins for servers of NATS, made for the occasion: nkeys, credentials files as `nsc` makes them, certificates.
 *
 * @see https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt
 * @module
 */
import { nkeys } from "@nats-io/transport-node";

import { keepSecret } from "./secrets.ts";
import type { TempDir } from "./temp-dir.ts";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** The seed of a pair, which nobody may print. */
export function seedOf(pair: KeyPair): string {
  return keepSecret(Buffer.from(pair.getSeed()).toString("latin1"), "the seed of an nkey");
}

/** Says something about one key, signed by another. */
function token(subject: KeyPair, issuer: KeyPair, claims: object): string {
  const encoded = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = {
    ...{ jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000) },
    ...{ iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name: "test", nats: claims },
  };
  const signed = `${encoded({ typ: "JWT", alg: "ed25519-nkey" })}.${encoded(body)}`;
  const signature = Buffer.from(issuer.sign(Buffer.from(signed))).toString("base64url");
  return `${signed}.${signature}`;
}

/** All limits off. */
const unlimited = {
  ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1 },
  ...{ mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1, wildcards: true },
};
const { mem_storage: _memory, disk_storage: _disk, ...withoutStreams } = unlimited;

/** A server that knows its accounts by their signatures, and a user of one of them. */
export interface SignedAccounts {
  /** For the server. */
  readonly config: string;
  /** A credentials file, as text. */
  readonly credentials: string;
}

/** Makes an operator, an account with streams, and a user. */
export function signedAccounts(): SignedAccounts {
  const operator = nkeys.createOperator();
  const [system, account] = [nkeys.createAccount(), nkeys.createAccount()];
  const user = nkeys.createUser();
  const version = { version: 2 };
  const accountToken = (pair: KeyPair, limits: object): string =>
    token(pair, operator, { limits, type: "account", ...version });
  const userLimits = { subs: -1, data: -1, payload: -1 };
  const userToken = token(user, account, { ...userLimits, type: "user", ...version });
  return {
    config: [
      `operator: ${token(operator, operator, { type: "operator", ...version })}`,
      `system_account: ${system.getPublicKey()}`,
      "resolver: MEMORY",
      "resolver_preload: {",
      `  ${system.getPublicKey()}: ${accountToken(system, withoutStreams)}`,
      `  ${account.getPublicKey()}: ${accountToken(account, unlimited)}`,
      "}",
    ].join("\n"),
    credentials: [
      ...["-----BEGIN NATS USER JWT-----", userToken, "------END NATS USER JWT------", ""],
      ...["-----BEGIN USER NKEY SEED-----", seedOf(user), "------END USER NKEY SEED------", ""],
    ].join("\n"),
  };
}

/** Whether certificates can be made here. */
export const hasOpenssl = Bun.which("openssl") !== null;

/** An authority, and what it has signed: the paths of PEM files. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly certificate: string; readonly key: string };
  readonly client: { readonly certificate: string; readonly key: string };
}

/** Makes an authority, a server's certificate for 127.0.0.1 and a client's. */
export async function makeCertificates(dir: TempDir): Promise<Certificates> {
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7"];
  const ca = { certificate: dir.at("ca.pem"), key: dir.at("ca.key") };
  const made = ["-keyout", ca.key, "-out", ca.certificate];
  await Bun.$`openssl req -x509 ${ec} -subj /CN=authority ${made}`.quiet();
  const sign = async (name: string): Promise<{ certificate: string; key: string }> => {
    const files = { certificate: dir.at(`${name}.pem`), key: dir.at(`${name}.key`) };
    const names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    const by = ["-CA", ca.certificate, "-CAkey", ca.key];
    const out = ["-keyout", files.key, "-out", files.certificate];
    await Bun.$`openssl req -x509 ${ec} ${by} -subj /CN=${name} -addext ${names} -addext basicConstraints=CA:FALSE ${out}`.quiet();
    return files;
  };
  return { ca: ca.certificate, server: await sign("server"), client: await sign("client") };
}
