/**
 * The one error class, and what is made of errors of others.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { isError, SyncError, toSyncError } from "../../src/core/errors.ts";

describe("a SyncError", () => {
  test("carries its code, its details and its cause", () => {
    const cause = new Error("below");
    const error = new SyncError("disk-full", "no room", { path: "/x", reason: "ENOSPC", cause });
    expect(error).toMatchObject({ code: "disk-full", path: "/x", reason: "ENOSPC", cause });
    expect(error.message).toBe("no room");
  });

  test("is not worth a retry unless it says so", () => {
    expect(new SyncError("network", "x").retryable).toBe(false);
    expect(new SyncError("network", "x", { retryable: true }).retryable).toBe(true);
  });
});

test("isError tells by code, and only SyncErrors", () => {
  const error = new SyncError("not-found", "x");
  expect(isError(error, "not-found")).toBe(true);
  expect(isError(error, "timeout", "not-found")).toBe(true);
  expect(isError(error, "timeout")).toBe(false);
  expect(isError(Object.assign(new Error("x"), { code: "not-found" }), "not-found")).toBe(false);
  expect(isError(undefined, "not-found")).toBe(false);
});

describe("toSyncError", () => {
  test("lets a SyncError pass as it is", () => {
    const error = new SyncError("timeout", "x");
    expect(toSyncError(error)).toBe(error);
  });

  test("knows a stop when it sees one", () => {
    const controller = new AbortController();
    controller.abort();
    expect(toSyncError(controller.signal.reason).code).toBe("aborted");
  });

  test.each([
    ["an error", new TypeError("boom"), "boom"],
    ["a text", "boom", "boom"],
    ["nothing", undefined, "undefined"],
  ])("takes %s for a bug of ours and keeps it as the cause", (_, thrown, message) => {
    const error = toSyncError(thrown, "list");
    expect(error).toMatchObject({ code: "internal", message, operation: "list" });
    expect(error.cause).toBe(thrown);
  });
});
