/**
 * Waiting, and being told to stop meanwhile.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { aborted, noLongerThan, pause } from "../../src/core/cancel.ts";
import { SyncError } from "../../src/core/errors.ts";
import { rejection } from "./rejection.ts";

const oneHour = 3_600_000;

describe("pause", () => {
  test("ends by itself", async () => {
    await pause(1, new AbortController().signal);
  });

  test("rejects at once when the signal has fired before", async () => {
    expect(await rejection(pause(oneHour, AbortSignal.abort()))).toMatchObject({ code: "aborted" });
  });

  test("rejects at once when the signal fires", async () => {
    const controller = new AbortController();
    const waiting = pause(oneHour, controller.signal);
    controller.abort();
    expect(await rejection(waiting)).toMatchObject({ code: "aborted" });
  });
});

describe("what is waited for no longer than some time", () => {
  const never = new Promise<void>(() => undefined);

  test("is waited for as long as it takes", async () => {
    await noLongerThan(Number.POSITIVE_INFINITY, Promise.resolve());
  });

  test("is not waited for after that", async () => {
    await noLongerThan(1, never);
    await noLongerThan(-1, never);
  });

  test("may fail", async () => {
    const failure = new Error("x");
    expect(await rejection(noLongerThan(oneHour, Promise.reject(failure)))).toBe(failure);
  });
});

describe("the error of a stop", () => {
  test("is the reason, if that is one of ours", () => {
    const reason = new SyncError("timeout", "too late");
    expect(aborted(AbortSignal.abort(reason))).toBe(reason);
  });

  test("is `aborted`, whatever else the reason is", () => {
    expect(aborted(AbortSignal.abort(new Error("x"))).code).toBe("aborted");
    expect(aborted(AbortSignal.abort("x")).code).toBe("aborted");
  });
});
