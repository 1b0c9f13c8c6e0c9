/**
 * Verdicts: do the bytes that passed have the ETag that a store shows?
 *
 * @module
 */
import { type ETag, etagForm } from "../core/etag.ts";
import type { Encryption } from "../core/object.ts";
import { multipartETag, singleETag } from "../hash/etag.ts";
import type { Verdict } from "./verdict.ts";

/** The MD5s of the bytes that passed. */
export interface PassedMd5s {
  /** MD5 of all bytes, where it was computed. */
  readonly whole: Uint8Array | undefined;
  /** MD5s of the parts in order, where the object passed in parts. */
  readonly parts: readonly Uint8Array[] | undefined;
}

/** What a store shows of an object. */
export interface Shown {
  readonly etag: ETag | undefined;
  readonly encryption: Encryption | undefined;
}

/**
 * Compares the ETag that a store shows with the bytes that passed.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html when an ETag is an MD5
 */
export function judgeETag(shown: Shown, passed: PassedMd5s): Verdict {
  const { etag, encryption } = shown;
  if (etag === undefined) return { kind: "none" };
  if (encryption !== undefined && encryption !== "AES256") {
    return { kind: "unknown", reason: `encrypted with ${encryption}, the ETag is no MD5` };
  }
  const form = etagForm(etag);
  switch (form.kind) {
    case "opaque":
      return { kind: "unknown", reason: "the ETag has no known form" };
    case "md5":
      if (passed.whole === undefined) {
        return {
          kind: "unknown",
          reason: "the object was moved in parts, its ETag is not of parts",
        };
      }
      return compare(etag, singleETag(passed.whole));
    case "multipart":
      if (passed.parts?.length !== form.parts) {
        return { kind: "unknown", reason: "the ETag is made of parts whose sizes are unknown" };
      }
      return compare(etag, multipartETag(passed.parts));
  }
}

function compare(actual: ETag, expected: ETag): Verdict {
  if (actual.toLowerCase() === expected) return { kind: "match" };
  return { kind: "mismatch", expected, actual };
}
