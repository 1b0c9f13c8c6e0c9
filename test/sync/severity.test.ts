/**
 * How grave an error is.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ErrorCode, SyncError } from "../../src/core/errors.ts";
import { endangersDeletions, severityOf } from "../../src/sync/severity.ts";

/** Every code, and what it means for the run. */
const table: Readonly<Record<ErrorCode, "warning" | "error">> = {
  "not-found": "warning",
  precondition: "warning",
  archived: "warning",
  "plan-outdated": "warning",
  backup: "error",
  "source-changed": "warning",
  integrity: "warning",
  incomparable: "warning",
  "unsafe-key": "warning",
  "path-clash": "warning",
  "file-name": "warning",
  "special-file": "warning",
  "link-loop": "warning",
  aborted: "error",
  usage: "error",
  "no-such-bucket": "error",
  "no-such-upload": "error",
  "access-denied": "error",
  credentials: "error",
  "clock-skew": "error",
  "wrong-region": "error",
  "disk-full": "error",
  "file-system": "error",
  network: "error",
  certificate: "error",
  timeout: "error",
  throttled: "error",
  server: "error",
  protocol: "error",
  rejected: "error",
  unsupported: "error",
  callback: "error",
  "damaged-state": "error",
  locked: "error",
  internal: "error",
};
const rows = Object.entries(table) as [ErrorCode, "warning" | "error"][];

describe("an error", () => {
  test.each(rows)("%s is: %s", (code, severity) => {
    expect(severityOf(new SyncError(code, "x"), false)).toBe(severity);
  });

  test.each(rows)("%s, where warnings are errors, is one, unless it is about a digest", (code) => {
    const severity = code === "integrity" ? "warning" : "error";
    expect(severityOf(new SyncError(code, "x"), true)).toBe(severity);
  });
});

describe("no access", () => {
  const mild = [
    "GetObject",
    "HeadObject",
    "PutObject",
    "DeleteObjects",
    "read",
    "list",
    "examine",
    "delete",
  ];
  test.each(mild)("to one object is a warning: %s", (operation) => {
    expect(severityOf(new SyncError("access-denied", "x", { operation }), false)).toBe("warning");
  });

  const grave = ["ListObjectsV2", "CreateMultipartUpload", "write", "create", undefined];
  test.each(grave)("to a whole bucket or directory is an error: %s", (operation) => {
    expect(severityOf(new SyncError("access-denied", "x", { operation }), false)).toBe("error");
  });
});

describe("what is not found", () => {
  test("in the source is gone: the rest may be deleted", () => {
    for (const operation of ["GetObject", "HeadObject", "CopyObject", "read"]) {
      expect(endangersDeletions(new SyncError("not-found", "x", { operation }))).toBe(false);
    }
  });

  test("while something is written is no object of the source: nothing may be deleted", () => {
    for (const operation of ["PutObject", "UploadPart", "CompleteMultipartUpload"]) {
      expect(endangersDeletions(new SyncError("not-found", "x", { operation }))).toBe(true);
    }
  });
});
