/**
 * Who we are to the servers: what the client of NATS needs for it, out of files and options.
 *
 * @module
 */
import fs from "node:fs";

import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  type TlsOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";

import { SyncError } from "../../core/errors.ts";
import type { NatsAddress } from "./address.ts";
import type { NatsAccess } from "./options.ts";

/**
 * Says who we are, by the one way that is given.
 *
 * @throws SyncError `usage`: several ways, or a file that is none
 */
export function authenticatorOf(
  access: NatsAccess,
  address: NatsAddress,
): Authenticator | undefined {
  const { credentialsFile, nkeyFile, token, user, password } = access;
  const ways = [
    credentialsFile === undefined ? [] : [fromCredentials(credentialsFile)],
    nkeyFile === undefined ? [] : [fromSeed(nkeyFile)],
    token === undefined ? [] : [tokenAuthenticator(token.reveal())],
    user === undefined ? [] : [usernamePasswordAuthenticator(user, password?.reveal())],
    address.login === undefined ? [] : [fromLogin(address.login)],
  ].flat();
  if (ways.length > 1) {
    throw new SyncError("usage", "there are several logins for NATS: one of them is enough");
  }
  if (password !== undefined && user === undefined) {
    throw new SyncError("usage", "there is a password for NATS, but no user");
  }
  return ways[0];
}

function fromLogin(login: NonNullable<NatsAddress["login"]>): Authenticator {
  return login.kind === "token"
    ? tokenAuthenticator(login.token.reveal())
    : usernamePasswordAuthenticator(login.user, login.password.reveal());
}

function fromCredentials(file: string): Authenticator {
  return proven(file, "credentials of NATS", credsAuthenticator(rereading(file)));
}

function fromSeed(file: string): Authenticator {
  const read = rereading(file);
  const seed = (): Uint8Array => {
    const [found = ""] = /\bS[A-Z2-7]{57}\b/.exec(read().toString("latin1")) ?? [];
    return Buffer.from(found);
  };
  // Without a seed the client would say nothing, and be refused without a reason.
  if (seed().byteLength === 0) throw noSuch(file, "the seed of an nkey");
  return proven(file, "the seed of an nkey", nkeyAuthenticator(seed));
}

/** Credentials are renewed while we are connected: the file is read each time, and what it held counts if it is gone. */
function rereading(file: string): () => Buffer {
  let last = readable(file);
  return () => {
    try {
      last = fs.readFileSync(file);
    } catch {
      // What it held is as good as nothing.
    }
    return last;
  };
}

/** What is wrong with a file shows now, and not at the first connection. */
function proven(file: string, what: string, authenticator: Authenticator): Authenticator {
  try {
    authenticator("nonce");
  } catch {
    // Its message could hold what is in the file.
    throw noSuch(file, what);
  }
  return authenticator;
}

/** TLS as it is asked for; `undefined`: as the servers want it. @throws SyncError `usage` */
export function tlsOptionsOf(access: NatsAccess, address: NatsAddress): TlsOptions | undefined {
  const { caFile, certificateFile, keyFile } = access;
  if ((certificateFile === undefined) !== (keyFile === undefined)) {
    throw new SyncError("usage", "a certificate for NATS needs its key, and the other way round");
  }
  const files = [
    ["ca", caFile, "a certificate as PEM"],
    ["cert", certificateFile, "a certificate as PEM"],
    ["key", keyFile, "a key as PEM"],
  ] as const;
  const given = files.flatMap(([name, file, what]) =>
    file === undefined ? [] : [[name, pem(file, what)]],
  );
  if (given.length === 0 && !address.isTls) return undefined;
  return Object.fromEntries(given) as TlsOptions;
}

function pem(file: string, what: string): string {
  const text = readable(file).toString("latin1");
  if (text.includes("-----BEGIN ")) return text;
  throw noSuch(file, what);
}

function readable(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (cause) {
    throw new SyncError("usage", `cannot be read: ${file}`, { path: file, cause });
  }
}

function noSuch(file: string, what: string): SyncError {
  return new SyncError("usage", `does not hold ${what}: ${file}`, { path: file });
}
