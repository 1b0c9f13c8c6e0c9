/**
 * Certificates for tests, good and bad, made without any tool.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 * @module
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

import type { Identity } from "../../../support/raw-server.ts";

/** What a certificate says. */
export interface CertificateRequest {
  /** Common name of the subject. */
  readonly name: string;
  /** Host names it is for. */
  readonly hosts?: readonly string[];
  /** IPv4 addresses it is for. */
  readonly addresses?: readonly string[];
  /** Signs it; itself if there is none. */
  readonly issuer?: Authority;
  readonly isAuthority?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Somebody who can sign certificates. */
export interface Authority extends Identity {
  readonly name: string;
}

const day = 86_400_000;
const oids = {
  commonName: [0x55, 0x04, 0x03],
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  basicConstraints: [0x55, 0x1d, 0x13],
  subjectAltName: [0x55, 0x1d, 0x11],
} as const;

/** Makes a key and a certificate for it. */
export function makeIdentity(request: CertificateRequest): Authority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const issuer = request.issuer ?? { name: request.name, key };
  const body = toBeSigned(request, issuer.name, publicKey);
  const signature = sign("sha256", body, createPrivateKey(issuer.key));
  const der = sequence(body, algorithm(), node(0x03, Buffer.from([0]), signature));
  const lines = der.toString("base64").replace(/.{64}/g, "$&\n");
  const cert = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return { name: request.name, key, cert };
}

function toBeSigned(request: CertificateRequest, issuer: string, publicKey: KeyObject): Buffer {
  const { notBefore = new Date(Date.now() - day), notAfter = new Date(Date.now() + 7 * day) } =
    request;
  const serial = Buffer.from([1, ...crypto.getRandomValues(new Uint8Array(8))]);
  return sequence(
    node(0xa0, node(0x02, Buffer.from([2]))),
    node(0x02, serial),
    algorithm(),
    distinguishedName(issuer),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(request.name),
    publicKey.export({ type: "spki", format: "der" }),
    node(0xa3, sequence(...extensions(request))),
  );
}

function extensions({ hosts = [], addresses = [], isAuthority }: CertificateRequest): Buffer[] {
  const found: Buffer[] = [];
  if (isAuthority === true) {
    const value = sequence(node(0x01, Buffer.from([0xff])));
    const critical = node(0x01, Buffer.from([0xff]));
    found.push(sequence(oid(oids.basicConstraints), critical, node(0x04, value)));
  }
  const names = [
    ...hosts.map((host) => node(0x82, Buffer.from(host))),
    ...addresses.map((address) => node(0x87, Buffer.from(address.split(".").map(Number)))),
  ];
  if (names.length > 0) {
    found.push(sequence(oid(oids.subjectAltName), node(0x04, sequence(...names))));
  }
  return found;
}

/** One tag-length-value of DER. */
function node(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(content);
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), value]);
  const digits = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, 0x80 + digits.length, ...digits]), value]);
}

function sequence(...content: readonly Uint8Array[]): Buffer {
  return node(0x30, ...content);
}

function oid(bytes: readonly number[]): Buffer {
  return node(0x06, Buffer.from(bytes));
}

function algorithm(): Buffer {
  return sequence(oid(oids.ecdsaWithSha256));
}

function distinguishedName(name: string): Buffer {
  return sequence(node(0x31, sequence(oid(oids.commonName), node(0x0c, Buffer.from(name)))));
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return node(0x18, Buffer.from(digits));
}
