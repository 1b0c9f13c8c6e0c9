/**
 * What refusals mean: each row of the tables, and what else an answer tells.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { ErrorCode } from "../../../../src/core/errors.ts";
import { Deadlines } from "../../../../src/store/s3/wire/deadlines.ts";
import { HttpResponse } from "../../../../src/store/s3/wire/response.ts";
import {
  namedError,
  readRefusal,
  type Refusal,
  refusalError,
} from "../../../../src/store/s3/wire/s3-errors.ts";
import { errorXml, never, rejection } from "../../../support/stub-s3.ts";

const place = { operation: "PutObject", bucket: "bucket", key: "a key" };

type Row = readonly [string, ErrorCode, "retried" | "final"];

const byReason: readonly Row[] = [
  ["NoSuchKey", "not-found", "final"],
  ["NoSuchVersion", "not-found", "final"],
  ["NotFound", "not-found", "final"],
  ["NoSuchBucket", "no-such-bucket", "final"],
  ["InvalidBucketName", "no-such-bucket", "final"],
  ["NoSuchUpload", "no-such-upload", "final"],
  ["AccessDenied", "access-denied", "final"],
  ["AllAccessDisabled", "access-denied", "final"],
  ["InvalidAccessKeyId", "credentials", "final"],
  ["SignatureDoesNotMatch", "credentials", "final"],
  ["ExpiredToken", "credentials", "final"],
  ["InvalidToken", "credentials", "final"],
  ["TokenRefreshRequired", "credentials", "final"],
  ["RequestTimeTooSkewed", "clock-skew", "final"],
  ["PreconditionFailed", "precondition", "final"],
  ["ConditionalRequestConflict", "precondition", "final"],
  ["InvalidObjectState", "archived", "final"],
  ["OperationAborted", "server", "retried"],
  ["SlowDown", "throttled", "retried"],
  ["ServiceUnavailable", "throttled", "retried"],
  ["TooManyRequests", "throttled", "retried"],
  ["RequestLimitExceeded", "throttled", "retried"],
  ["RequestTimeout", "timeout", "retried"],
  ["InternalError", "server", "retried"],
  ["BadDigest", "integrity", "retried"],
  ["XAmzContentSHA256Mismatch", "integrity", "retried"],
  ["XAmzContentChecksumMismatch", "integrity", "retried"],
  ["PermanentRedirect", "wrong-region", "final"],
  ["TemporaryRedirect", "wrong-region", "final"],
  ["AuthorizationHeaderMalformed", "wrong-region", "final"],
  ["IllegalLocationConstraintException", "wrong-region", "final"],
  ["NotImplemented", "unsupported", "final"],
  ["KeyTooLongError", "unsafe-key", "final"],
  ["XMinioInvalidObjectName", "unsafe-key", "final"],
  ["XMinioInvalidResourceName", "unsafe-key", "final"],
  ["XMinioObjectExistsAsDirectory", "path-clash", "final"],
  ["XMinioParentIsObject", "path-clash", "final"],
  ["QuotaExceeded", "disk-full", "final"],
  ["XMinioAdminBucketQuotaExceeded", "disk-full", "final"],
  ["XMinioStorageFull", "disk-full", "final"],
  ["ObjectParentIsFile", "path-clash", "final"],
  ["ExistingObjectIsDirectory", "path-clash", "final"],
  ["DirectoryObjectContainsData", "path-clash", "final"],
];

test.each(byReason)("%s means %s and is %s, whatever the status", (reason, code, fate) => {
  for (const status of [200, 400, 418]) {
    const error = refusalError(errorXml(reason), status, place);
    expect(error).toMatchObject({ code, reason, status, retryable: fate === "retried" });
  }
});

const byStatus: readonly (readonly [number, ErrorCode, "retried" | "final"])[] = [
  [301, "wrong-region", "final"],
  [307, "wrong-region", "final"],
  [400, "rejected", "final"],
  [401, "credentials", "final"],
  [403, "access-denied", "final"],
  [404, "not-found", "final"],
  [405, "rejected", "final"],
  [408, "timeout", "retried"],
  [412, "precondition", "final"],
  [416, "source-changed", "final"],
  [429, "throttled", "retried"],
  [500, "server", "retried"],
  [501, "unsupported", "final"],
  [502, "server", "retried"],
  [503, "throttled", "retried"],
  [504, "server", "retried"],
  [507, "disk-full", "final"],
];

test.each(byStatus)("a bare %i means %s and is %s", (status, code, fate) => {
  const error = refusalError("", status, place);
  expect(error).toMatchObject({ code, status, retryable: fate === "retried" });
  expect(error.reason).toBeUndefined();
});

test.each(byStatus)(
  "a %i with a code nobody knows means what the bare status means",
  (status, code) => {
    expect(refusalError(errorXml("SomethingNew"), status, place)).toMatchObject({
      code,
      reason: "SomethingNew",
    });
  },
);

test("an unknown error document with status 200 is worth another try", () => {
  const error = refusalError(errorXml("SomethingNew"), 200, place);
  expect(error).toMatchObject({ code: "server", retryable: true });
});

test("a code that is a name of JavaScript's own is one nobody knows", () => {
  for (const reason of ["constructor", "__proto__", "toString"]) {
    expect(refusalError(errorXml(reason), 403, place).code).toBe("access-denied");
  }
});

describe("the error", () => {
  test("says in one line what failed, where, and what the server said", () => {
    const error = refusalError(
      errorXml("NoSuchUpload", "The upload &lt;x&gt; is gone"),
      404,
      place,
    );
    expect(error.message).toBe(
      "PutObject of s3://bucket/a key failed: NoSuchUpload: The upload <x> is gone",
    );
    expect(error).toMatchObject({ ...place, requestId: "4442587FB7D0A2F9" });
  });

  test("says the status where the server said nothing", () => {
    const nowhere = { operation: "ListObjectsV2", bucket: "bucket", key: undefined };
    expect(refusalError("", 502, nowhere).message).toBe(
      "ListObjectsV2 of s3://bucket failed: HTTP 502",
    );
  });

  test.each([
    ["NoSuchBucket", /bucket's name/],
    ["SignatureDoesNotMatch", /access key/],
    ["ExpiredToken", /sign in again/],
    ["RequestTimeTooSkewed", /clock/],
    ["InvalidObjectState", /Restore/],
    ["PermanentRedirect", /region/],
    ["XMinioAdminBucketQuotaExceeded", /quota/],
  ])("%s comes with a hint", (reason, hint) => {
    expect(refusalError(errorXml(reason), 400, place).hint).toMatch(hint);
  });

  test("is made of single facts in the same way", () => {
    const said = { reason: "SlowDown", message: undefined, status: 503, requestId: "r" };
    expect(namedError(said, place)).toMatchObject({ code: "throttled", requestId: "r" });
  });
});

/** Reads a refusal out of an answer that never was on a wire. */
function refusalOf(status: number, headers: Record<string, string>, body = ""): Promise<Refusal> {
  const bytes = new TextEncoder().encode(body);
  const all = new Headers({ "content-length": String(bytes.byteLength), ...headers });
  const received = {
    status,
    header: (name: string) => all.get(name) ?? undefined,
    headerNames: () => all.keys(),
    body: () => new Blob([bytes]).stream(),
    arrayBuffer: () => Promise.resolve(bytes.buffer),
    text: () => Promise.resolve(body),
  };
  const patience = { answerMs: 0, stallMs: 0, attemptMs: 0 };
  const watched = new Deadlines().watch("PutObject", patience, never());
  return readRefusal(new HttpResponse("PutObject", received, watched, true), place);
}

describe("a refusal", () => {
  test("tells the region of the header", async () => {
    const refusal = await refusalOf(301, { "x-amz-bucket-region": "eu-west-1" });
    expect(refusal).toMatchObject({ region: "eu-west-1", error: { code: "wrong-region" } });
  });

  test("tells the region of the document", async () => {
    const xml = errorXml("AuthorizationHeaderMalformed", "m", "<Region>eu-west-2</Region>");
    expect((await refusalOf(400, {}, xml)).region).toBe("eu-west-2");
  });

  test("prefers the header's region", async () => {
    const xml = errorXml("PermanentRedirect", "m", "<Region>eu-west-2</Region>");
    const refusal = await refusalOf(301, { "x-amz-bucket-region": "eu-west-1" }, xml);
    expect(refusal.region).toBe("eu-west-1");
  });

  test("has no region when none or an empty one is named", async () => {
    expect((await refusalOf(400, {})).region).toBeUndefined();
    const xml = errorXml("AccessDenied", "m", "<Region></Region>");
    expect((await refusalOf(403, {}, xml)).region).toBeUndefined();
  });

  test.each([
    ["0", 0],
    ["7", 7000],
    ["1.5", 1500],
    ["-3", 0],
    ["soon", undefined],
  ])("Retry-After: %s is %p ms", async (text, milliseconds) => {
    expect((await refusalOf(503, { "retry-after": text })).retryAfterMs).toBe(milliseconds);
  });

  test("Retry-After may be a date", async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const { retryAfterMs } = await refusalOf(503, { "retry-after": date });
    // The date has whole seconds.
    expect(retryAfterMs).toBeGreaterThan(55_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test("a Retry-After in the past asks for no wait", async () => {
    const date = new Date(Date.now() - 60_000).toUTCString();
    expect((await refusalOf(503, { "retry-after": date })).retryAfterMs).toBe(0);
  });

  test("tells the server's time", async () => {
    const date = "Fri, 24 May 2013 00:00:00 GMT";
    expect((await refusalOf(403, { date })).serverTimeMs).toBe(Date.UTC(2013, 4, 24));
    expect((await refusalOf(403, { date: "no date" })).serverTimeMs).toBeUndefined();
    expect((await refusalOf(403, {})).serverTimeMs).toBeUndefined();
  });

  test("takes the request id of the header, else that of the document", async () => {
    const xml = errorXml("AccessDenied");
    const named = await refusalOf(403, { "x-amz-request-id": "HEADER" }, xml);
    expect(named.error.requestId).toBe("HEADER");
    expect((await refusalOf(403, {}, xml)).error.requestId).toBe("4442587FB7D0A2F9");
  });

  test("counts by its status when its document breaks off", async () => {
    const refusal = await refusalOf(503, { "content-length": "999" }, "<Error><Code>Sl");
    expect(refusal.error).toMatchObject({ code: "throttled", retryable: true });
    expect(refusal.error.reason).toBeUndefined();
  });

  test.each([400, 403, 404, 412])(
    "of a %i whose document breaks off is none: the status alone may mean something else",
    async (status) => {
      const refusal = refusalOf(status, { "content-length": "999" }, "<Error><Code>NoSuchUp");
      expect(await rejection(refusal)).toMatchObject({ code: "network", retryable: true });
    },
  );
});
