/**
 * Signals stop a run.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { ExitCode } from "../../src/cli/exit-codes.ts";
import { Interruption } from "../../src/cli/signals.ts";

/** Emits a signal's event, as the runtime does when the signal comes. */
function receive(signal: "SIGINT" | "SIGTERM"): void {
  process.emit(signal);
}

const unexpected = (code: ExitCode): void => {
  throw new Error(`the process would have ended with ${code}`);
};

describe("a signal", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s stops the run, and the process ends with %d", (signal, code) => {
    using interruption = new Interruption(unexpected);
    expect(interruption.exitCode).toBeUndefined();
    receive(signal);
    expect(interruption.signal.aborted).toBe(true);
    expect(interruption.signal.reason).toMatchObject({ code: "aborted" });
    expect<number | undefined>(interruption.exitCode).toBe(code);
  });

  test("that is the second ends the process at once", () => {
    const codes: number[] = [];
    using interruption = new Interruption((code) => codes.push(code));
    receive("SIGTERM");
    expect(codes).toEqual([]);
    receive("SIGINT");
    expect(codes).toEqual([130]);
    expect<number | undefined>(interruption.exitCode).toBe(143);
  });

  test("after the run is the system's again", () => {
    const before = process.listenerCount("SIGINT") + process.listenerCount("SIGTERM");
    {
      using _interruption = new Interruption(unexpected);
      const during = process.listenerCount("SIGINT") + process.listenerCount("SIGTERM");
      expect(during).toBe(before + 2);
    }
    expect(process.listenerCount("SIGINT") + process.listenerCount("SIGTERM")).toBe(before);
  });
});

test("a stop for another reason sets no exit code", () => {
  using interruption = new Interruption(unexpected);
  interruption.stop("nobody reads any more");
  expect(interruption.signal.reason).toMatchObject({
    code: "aborted",
    message: "nobody reads any more",
  });
  expect(interruption.exitCode).toBeUndefined();
});
