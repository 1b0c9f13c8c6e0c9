/**
 * Encryption on the server: what is said when something is written, and the key that a server needs from its
 * customer to read it again.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
 * @module
 */
import type { Encryption } from "../../core/object.ts";

/** A key that the server uses and forgets (SSE-C). */
export interface CustomerKey {
  /** 32 bytes, base64. */
  readonly key: string;
  /** Its MD5, base64. */
  readonly md5: string;
}

/** How a bucket's objects are encrypted. */
export interface EncryptionOptions {
  /** For what is written; `undefined`: as the bucket says. */
  readonly kind: Exclude<Encryption, "customer-key"> | undefined;
  readonly kmsKeyId: string | undefined;
  readonly customerKey: CustomerKey | undefined;
}

/** As the bucket says. */
export const asTheBucketSays: EncryptionOptions = {
  kind: undefined,
  kmsKeyId: undefined,
  customerKey: undefined,
};

type Headers = Readonly<Record<string, string | undefined>>;

/** For the request that makes an object. */
export function encryptionHeaders({
  kind,
  kmsKeyId,
}: Pick<EncryptionOptions, "kind" | "kmsKeyId">): Headers {
  if (kind === undefined) return {};
  return {
    "x-amz-server-side-encryption": kind,
    "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
  };
}

/** For every request about bytes that are, or will be, encrypted with the customer's key. */
export function customerKeyHeaders(customerKey: CustomerKey | undefined): Headers {
  return keyHeaders("x-amz-server-side-encryption-customer", customerKey);
}

/** The same about the source of a copy. */
export function copySourceKeyHeaders(customerKey: CustomerKey | undefined): Headers {
  return keyHeaders("x-amz-copy-source-server-side-encryption-customer", customerKey);
}

function keyHeaders(start: string, customerKey: CustomerKey | undefined): Headers {
  if (customerKey === undefined) return {};
  return {
    [`${start}-algorithm`]: "AES256",
    [`${start}-key`]: customerKey.key,
    [`${start}-key-md5`]: customerKey.md5,
  };
}
