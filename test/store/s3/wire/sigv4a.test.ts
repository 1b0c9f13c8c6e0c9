/**
 * Signature Version 4A, on the values that AWS publishes with its signing test suite.
 *
 * @see https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite/v4a
 * @module
 */
import { describe, expect, test } from "bun:test";
import crypto from "node:crypto";

import fc from "fast-check";

import type { Credentials } from "../../../../src/store/s3/credentials.ts";
import { emptyPayloadHash, type Signable } from "../../../../src/store/s3/wire/sigv4.ts";
import { privateKeyOf, SetSigner, textToSign } from "../../../../src/store/s3/wire/sigv4a.ts";

const credentials: Credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: undefined,
};
const date = "20150830T123600Z";
const place = "20150830/service/aws4_request";
/** `get-vanilla`. */
const request: Signable = {
  ...{ method: "GET", path: "/", query: "", payloadHash: emptyPayloadHash },
  headers: {
    host: "example.amazonaws.com",
    "x-amz-date": date,
    "x-amz-region-set": "us-east-1",
  },
};

/** The public key that belongs to credentials, as x and y in hex. */
function pointOf(owner: Credentials): { x: string; y: string } {
  const curve = crypto.createECDH("prime256v1");
  curve.setPrivateKey(privateKeyOf(owner));
  const point = curve.getPublicKey("hex");
  return { x: point.slice(2, 66), y: point.slice(66) };
}

function publicKeyOf(owner: Credentials): crypto.KeyObject {
  const text = (hex: string): string => Buffer.from(hex, "hex").toString("base64url");
  const { x: xHex, y: yHex } = pointOf(owner);
  const [x, y] = [text(xHex), text(yHex)];
  return crypto.createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
}

/** Whether a header holds the owner's signature of what is signed. */
function isSignedBy(owner: Credentials, header: string, text: string): boolean {
  const signature = /Signature=([0-9a-f]+)$/.exec(header)?.[1] ?? "";
  const bytes = Buffer.from(signature, "hex");
  return crypto.verify("sha256", Buffer.from(text), publicKeyOf(owner), bytes);
}

describe("the key of AWS's example", () => {
  test("is the published one", () => {
    expect(pointOf(credentials)).toEqual({
      x: "b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1",
      y: "865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518",
    });
  });

  test("can be made for any credentials", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (accessKeyId, secretAccessKey) => {
        const key = privateKeyOf({ accessKeyId, secretAccessKey, sessionToken: undefined });
        expect(key.byteLength).toBe(32);
      }),
    );
  });
});

describe("a signature", () => {
  test("is of the published text", () => {
    expect(textToSign(request, date, place)).toBe(
      [
        ...["AWS4-ECDSA-P256-SHA256", date, place],
        "cf59db423e841c8b7e3444158185aa261b724a5c27cbe762676f3eed19f4dc02",
      ].join("\n"),
    );
  });

  test("names no region in its scope, but signs the set of them", () => {
    const header = new SetSigner().authorization(
      request,
      credentials,
      { service: "service" },
      date,
    );
    expect(header).toStartWith(
      "AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=",
    );
  });

  test("is good for whoever has the public key, and nobody else's", () => {
    const signer = new SetSigner();
    const others = { ...credentials, secretAccessKey: "other" };
    for (const owner of [credentials, others, credentials]) {
      const header = signer.authorization(request, owner, { service: "service" }, date);
      const text = textToSign(request, date, place);
      expect(isSignedBy(owner, header, text)).toBe(true);
      expect(isSignedBy(owner === others ? credentials : others, header, text)).toBe(false);
      expect(isSignedBy(owner, header, `${text} `)).toBe(false);
    }
  });
});
