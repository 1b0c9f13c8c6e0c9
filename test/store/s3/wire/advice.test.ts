/**
 * What to type, where only Amazon itself could show it, and what stays as it is.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { SyncError } from "../../../../src/core/errors.ts";
import type { Endpoint } from "../../../../src/store/s3/endpoint.ts";
import { advised, type Situation } from "../../../../src/store/s3/wire/advice.ts";

const signing = { scheme: "sigv4", region: "eu-west-1", service: "s3" } as const;
const host = "b.s3.eu-west-1.amazonaws.com";
const aws: Endpoint = { origin: `https://${host}`, host, basePath: "", signing };

function hint(error: SyncError, more: Partial<Situation> = {}): string | undefined {
  const none = { region: undefined, skewMs: undefined };
  return advised(error, { bucket: "b", side: "target", endpoint: aws, ...none, ...more }).hint;
}

function refusal(code: SyncError["code"], reason: string, operation = "ListObjectsV2"): SyncError {
  return new SyncError(code, reason, { reason, operation, status: 403 });
}

describe("at Amazon itself", () => {
  test("a bucket that is not there is made in the region, without an endpoint", () => {
    expect(hint(refusal("no-such-bucket", "NoSuchBucket"))).toBe(
      "TARGET's bucket does not exist: check its name, or make it with: aws s3 mb s3://b --region eu-west-1",
    );
  });

  test("a bucket in the host name is as it should be", () => {
    const lost = new SyncError("network", "x", { reason: "ENOTFOUND", hint: "as it was" });
    expect(hint(lost)).toBe("as it was");
  });
});

describe("who may not do something", () => {
  test.each([
    ["ListObjectsV2", "s3:ListBucket"],
    ["GetObject", "s3:GetObject"],
    ["UploadPart", "s3:PutObject"],
    ["DeleteObjects", "s3:DeleteObject"],
  ])("learns what %s takes", (operation, permission) => {
    const said = hint(refusal("access-denied", "AccessDenied", operation));
    expect(said).toBe(`Whoever asks needs ${permission} in s3://b`);
  });
});

describe("what a server does not have", () => {
  const said = (reason: string, text: string): string | undefined =>
    hint(
      new SyncError("rejected", `PutObject failed: ${reason}: ${text}`, { reason, status: 400 }),
    );

  test.each([
    ["InvalidStorageClass", "Invalid storage class."],
    ["NotImplemented", "x-amz-storage-class"],
  ])("is a storage class: %s, %s", (reason, text) => {
    expect(said(reason, text)).toBe(
      "Leave --storage-class out, or write --storage-class STANDARD; s3sync doctor s3://b/ tells what this server has",
    );
  });

  test.each([
    ["NotImplemented", "Server side encryption specified but KMS is not configured"],
    ["NotImplemented", "A header you provided: x-amz-server-side-encryption"],
    ["InvalidEncryptionAlgorithmError", "x"],
  ])("is encryption: %s, %s", (reason, text) => {
    expect(said(reason, text)).toBe(
      "Leave --sse out, if the server need not encrypt; s3sync doctor s3://b/ tells what this server has",
    );
  });

  test("is something else that nobody has asked for by an option", () => {
    expect(said("NotImplemented", "A header you provided implies functionality")).toBeUndefined();
    expect(said("InvalidArgument", "storage")).toBeUndefined();
  });
});

describe("a clock", () => {
  test.each([
    [7_200_000, /120 min behind the server's/],
    [-7_200_000, /120 min ahead of the server's/],
  ])("that is %p ms off is told which way", (skewMs, says) => {
    expect(hint(refusal("clock-skew", "RequestTimeTooSkewed"), { skewMs })).toMatch(says);
  });

  test("that is right by the server's own word is not told", () => {
    expect(hint(refusal("clock-skew", "RequestTimeTooSkewed"), { skewMs: 900 })).toBeUndefined();
  });
});

test("where there is one side only, options have no side", () => {
  const error = refusal("wrong-region", "PermanentRedirect");
  expect(hint(error, { side: undefined, region: "us-west-2" })).toBe("Write --region us-west-2");
});

test("all else about the error stays as it is", () => {
  const cause = new Error("cause");
  const details = { reason: "NoSuchBucket", status: 404, requestId: "1", retryable: true, cause };
  const error = new SyncError("no-such-bucket", "message", details);
  const situation = { bucket: "b", side: undefined, region: undefined, skewMs: undefined };
  const better = advised(error, { ...situation, endpoint: aws });
  expect({ ...better, hint: undefined }).toEqual({ ...error, hint: undefined });
  expect(better.cause).toBe(cause);
});
