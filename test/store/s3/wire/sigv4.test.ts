/**
 * The signer against AWS's published vectors, and against the SDK's own signer as a witness.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import fc from "fast-check";

import { sha256Hex } from "../../../../src/hash/digest.ts";
import type { Credentials } from "../../../../src/store/s3/credentials.ts";
import { encodeKey, encodeQuery } from "../../../../src/store/s3/wire/encode.ts";
import {
  amzDate,
  canonicalRequest,
  emptyPayloadHash,
  type Signable,
  Signer,
  type SigningScope,
  unsignedPayload,
} from "../../../../src/store/s3/wire/sigv4.ts";
import { exampleCredentials, rejection } from "../../../support/stub-s3.ts";
import { anyText } from "../support/any-text.ts";
import { generalVectors, s3Vectors, type Vector } from "./sigv4-vectors.ts";

interface Suite {
  readonly host: string;
  readonly date: string;
  readonly scope: SigningScope;
  readonly credentials: Credentials;
  /** S3 also sends and signs the payload's hash. */
  readonly hashHeader: boolean;
}

const s3Suite: Suite = {
  host: "examplebucket.s3.amazonaws.com",
  date: "20130524T000000Z",
  scope: { region: "us-east-1", service: "s3" },
  credentials: exampleCredentials,
  hashHeader: true,
};

const generalSuite: Suite = {
  host: "example.amazonaws.com",
  date: "20150830T123600Z",
  scope: { region: "us-east-1", service: "service" },
  credentials: {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: undefined,
  },
  hashHeader: false,
};

function signable(vector: Vector, suite: Suite): Signable {
  const payloadHash = sha256Hex(vector.body ?? "");
  return {
    method: vector.method ?? "GET",
    path: `/${encodeKey(vector.path ?? "")}`,
    query: encodeQuery(vector.query ?? {}),
    headers: {
      host: suite.host,
      "x-amz-date": suite.date,
      ...(suite.hashHeader ? { "x-amz-content-sha256": payloadHash } : {}),
      ...vector.headers,
    },
    payloadHash,
  };
}

function signatureOf(authorization: string): string {
  return authorization.slice(authorization.lastIndexOf("=") + 1);
}

describe.each([
  ["S3's documentation", s3Suite, s3Vectors],
  ["the general test suite", generalSuite, generalVectors],
] as const)("the vectors of %s", (_, suite, vectors) => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_name, vector) => {
    const { credentials, scope, date } = suite;
    const signed = new Signer().authorization(signable(vector, suite), credentials, scope, date);
    expect(signatureOf(signed)).toBe(vector.signature);
  });

  test("one signer, whose key is cached from the second request on, signs like new ones", () => {
    const signer = new Signer();
    const sign = (by: Signer, vector: Vector): string =>
      by.authorization(signable(vector, suite), suite.credentials, suite.scope, suite.date);
    for (const vector of vectors) expect(sign(signer, vector)).toBe(sign(new Signer(), vector));
  });
});

describe("the Authorization header", () => {
  const request = signable(s3Vectors[0] ?? { name: "", signature: "" }, s3Suite);
  const sign = (signer: Signer, changed: Partial<Suite> = {}): string => {
    const { credentials, scope, date } = { ...s3Suite, ...changed };
    return signer.authorization(request, credentials, scope, date);
  };

  test("names the algorithm, the key, the scope and the signed headers", () => {
    expect(sign(new Signer())).toBe(
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
  });

  test("does not contain the secret or the session token", () => {
    const credentials = { ...exampleCredentials, sessionToken: "a-session-token" };
    const signed = sign(new Signer(), { credentials });
    expect(signed).not.toContain(credentials.secretAccessKey);
    expect(signed).not.toContain(credentials.sessionToken);
  });

  test.each([
    ["day", { date: "20130525T000000Z" }],
    ["region", { scope: { region: "eu-west-1", service: "s3" } }],
    ["service", { scope: { region: "us-east-1", service: "s3-object-lambda" } }],
    ["secret", { credentials: { ...exampleCredentials, secretAccessKey: "another" } }],
  ] as const)("a signer whose key was made for another %s makes a new one", (_, changed) => {
    const used = new Signer();
    const before = sign(used);
    const after = sign(used, changed);
    expect(after).toBe(sign(new Signer(), changed));
    expect(signatureOf(after)).not.toBe(signatureOf(before));
    expect(sign(used)).toBe(before);
  });

  test("an unsigned payload is signed as these words", () => {
    const unsigned = { ...request, payloadHash: unsignedPayload };
    const { text } = canonicalRequest(unsigned);
    expect(text.endsWith("\nUNSIGNED-PAYLOAD")).toBe(true);
    const { credentials, scope, date } = s3Suite;
    const signed = new Signer().authorization(unsigned, credentials, scope, date);
    expect(signatureOf(signed)).not.toBe(signatureOf(sign(new Signer())));
  });
});

describe("the canonical request", () => {
  test("sorts headers by name, trims them and makes several blanks one", () => {
    const headers = { host: "h", "x-b": "  two   words ", "x-a": "1" };
    const { text, signedHeaders } = canonicalRequest({
      method: "GET",
      path: "/a/../b//c",
      query: "",
      headers,
      payloadHash: emptyPayloadHash,
    });
    expect(signedHeaders).toBe("host;x-a;x-b");
    expect(text).toBe(
      `GET\n/a/../b//c\n\nhost:h\nx-a:1\nx-b:two words\n\nhost;x-a;x-b\n${emptyPayloadHash}`,
    );
  });

  test("takes tabs for blanks, and no other character for one", () => {
    const headers = { host: "h", "x-a": "\tone\ttwo \t three\t", "x-b": "\ufeffa\u00a0" };
    const { text } = canonicalRequest({
      method: "GET",
      path: "/",
      query: "",
      headers,
      payloadHash: emptyPayloadHash,
    });
    expect(text).toContain("x-a:one two three\nx-b:\ufeffa\u00a0\n");
  });

  test("the hash of no body is that of nothing", () => {
    expect(emptyPayloadHash).toBe(sha256Hex(""));
  });
});

test("a time is written without separators, in UTC and without fractions", () => {
  expect(amzDate(Date.UTC(2013, 4, 24, 1, 2, 3, 999))).toBe("20130524T010203Z");
});

/** What the SDK would have sent. */
interface Captured {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Lets the SDK build and sign a request, and stops it before it is sent. */
async function signedBySdk(key: string, sessionToken: string | undefined): Promise<Captured> {
  let captured: Captured | undefined;
  const { accessKeyId, secretAccessKey } = exampleCredentials;
  const client = new S3Client({
    region: "eu-central-1",
    endpoint: "http://127.0.0.1:9",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    requestHandler: {
      handle: (request: Captured) => {
        captured = request;
        return Promise.reject(new Error("not to be sent"));
      },
    },
  });
  await rejection(client.send(new GetObjectCommand({ Bucket: "bucket", Key: key })));
  if (captured === undefined) throw new Error("the SDK sent nothing");
  return captured;
}

const keys = anyText({ minLength: 1, maxLength: 40 });
const tokens = fc.option(fc.base64String({ minLength: 4, maxLength: 80 }), { nil: undefined });

test("any key is spelled and signed as the SDK spells and signs it", async () => {
  const signer = new Signer();
  await fc.assert(
    fc.asyncProperty(keys, tokens, async (key, sessionToken) => {
      const { path, headers } = await signedBySdk(key, sessionToken);
      expect(`/bucket/${encodeKey(key)}`).toBe(path);
      const theirs = headers["authorization"] ?? "";
      const names = /SignedHeaders=([^,]+)/.exec(theirs)?.[1]?.split(";") ?? [];
      if (sessionToken !== undefined) expect(names).toContain("x-amz-security-token");
      const ours = signer.authorization(
        {
          method: "GET",
          path,
          query: "x-id=GetObject",
          headers: Object.fromEntries(names.map((name) => [name, headers[name] ?? ""])),
          payloadHash: headers["x-amz-content-sha256"] ?? "",
        },
        { ...exampleCredentials, sessionToken },
        { region: "eu-central-1", service: "s3" },
        headers["x-amz-date"] ?? "",
      );
      expect(ours).toBe(theirs);
    }),
    { numRuns: 60 },
  );
});
