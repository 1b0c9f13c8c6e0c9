/**
 * AWS Signature Version 4A: one signature for a set of regions, by an elliptic-curve key that is made from the
 * secret. Multi-region access points take no other.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 * @see https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-108r1.pdf the counter mode of the derivation
 * @module
 */
import crypto from "node:crypto";

import type { Credentials } from "../credentials.ts";
import { canonicalRequest, type Signable, type SigningScope } from "./sigv4.ts";

const algorithm = "AWS4-ECDSA-P256-SHA256";

/** The order of the curve P-256 less 2: a private key lies between 1 and that plus 1. */
const most = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254fn;
/** The length of what is derived: 256 bits, as 32-bit number. */
const bits = Buffer.from([0, 0, 1, 0]);
const first = Buffer.from([0, 0, 0, 1]);
const lastCounter = 254;

/**
 * The private key that belongs to credentials: the first derived number that can be one.
 *
 * @returns 32 bytes
 */
export function privateKeyOf({ accessKeyId, secretAccessKey }: Credentials): Buffer {
  for (let counter = 1; counter <= lastCounter; counter++) {
    const context = Buffer.concat([Buffer.from(accessKeyId, "utf8"), Buffer.from([counter])]);
    const derived = crypto
      .createHmac("sha256", `AWS4A${secretAccessKey}`)
      .update(Buffer.concat([first, Buffer.from(algorithm), Buffer.of(0), context, bits]))
      .digest("hex");
    const candidate = BigInt(`0x${derived}`);
    if (candidate <= most) {
      return Buffer.from((candidate + 1n).toString(16).padStart(64, "0"), "hex");
    }
  }
  // Each candidate fails with a probability of 1 in 4 billion.
  throw new Error("no signing key can be made from these credentials");
}

function signingKeyOf(credentials: Credentials): crypto.KeyObject {
  const secret = privateKeyOf(credentials);
  const curve = crypto.createECDH("prime256v1");
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey();
  const text = (number: Buffer): string => number.toString("base64url");
  const [x, y] = [text(point.subarray(1, 33)), text(point.subarray(33))];
  const key = { kty: "EC", crv: "P-256", d: text(secret), x, y };
  return crypto.createPrivateKey({ key, format: "jwk" });
}

/** What is signed: the request, and when and for which service it counts. */
export function textToSign(request: Signable, date: string, place: string): string {
  const digest = Bun.SHA256.hash(canonicalRequest(request).text, "hex");
  return `${algorithm}\n${date}\n${place}\n${digest}`;
}

/** Signs requests. Keeps the key, because deriving it takes longer than signing. */
export class SetSigner {
  private cachedFor = "";
  private cachedKey: crypto.KeyObject | undefined;

  /**
   * Makes the value of the Authorization header. The regions must be in the header `x-amz-region-set`.
   *
   * @param date as in the request's `x-amz-date`
   */
  authorization(
    request: Signable,
    credentials: Credentials,
    { service }: Pick<SigningScope, "service">,
    date: string,
  ): string {
    const place = `${date.slice(0, 8)}/${service}/aws4_request`;
    const { signedHeaders } = canonicalRequest(request);
    const text = textToSign(request, date, place);
    const signature = crypto.sign("sha256", Buffer.from(text), this.signingKey(credentials));
    return `${algorithm} Credential=${credentials.accessKeyId}/${place}, SignedHeaders=${signedHeaders}, Signature=${signature.toString("hex")}`;
  }

  private signingKey(credentials: Credentials): crypto.KeyObject {
    const wanted = `${credentials.accessKeyId}\n${credentials.secretAccessKey}`;
    if (this.cachedKey === undefined || this.cachedFor !== wanted) {
      this.cachedKey = signingKeyOf(credentials);
      this.cachedFor = wanted;
    }
    return this.cachedKey;
  }
}
