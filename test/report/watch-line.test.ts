/**
 * The status line of a watch: what is pending, how far behind it is, and when all was last in step.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { WatchState } from "../../src/core/watch-state.ts";
import { WatchLine } from "../../src/report/watch-line.ts";

const idle: WatchState = {
  ...({ phase: "idle", pending: 0, lagMs: 0, lastSuccessAt: 0, rounds: 3 } as const),
  ...{ objects: 1234, bytes: 5 * 1024 * 1024, errors: 0, queue: 0 },
};

/** What is written, and a clock. */
function scene(columns = 120) {
  const written: string[] = [];
  const clock = { now: 0 };
  const target = {
    live: true,
    columns: () => columns,
    write: (text: string) => void written.push(text),
  };
  const line = new WatchLine(target, () => clock.now);
  return { line, written, clock, [Symbol.dispose]: () => line.stop() };
}

describe("the status line of a watch", () => {
  test("says that all is in step, and since when", () => {
    using it = scene();
    it.clock.now = 65_000;
    it.line.take(idle);
    expect(it.line.line()).toBe("in step  1,234 objects  5.00 MiB  last in step 1:05 ago");
  });

  test("says what is pending and how far behind it is, and that goes on", () => {
    using it = scene();
    it.line.take({ ...idle, phase: "working", pending: 12, lagMs: 3000, queue: 1 });
    it.clock.now = 4000;
    expect(it.line.line()).toStartWith(
      "working  12 pending  0:07 behind  1 to be tried again  1,234 objects",
    );
  });

  test("is drawn in place, and no longer than the terminal is wide", () => {
    using it = scene(40);
    it.line.take(idle);
    const [drawn = ""] = it.written;
    expect(drawn.startsWith("\r\u001b[2K")).toBe(true);
    expect(drawn.slice("\r\u001b[2K".length)).toHaveLength(39);
    it.line.clear();
    expect(it.written.at(-1)).toBe("\r\u001b[2K");
  });

  test("is as long as usual where the terminal does not know how wide it is", () => {
    using it = scene(0);
    it.line.take(idle);
    expect(it.written[0]).toEndWith("in step  1,234 objects  5.00 MiB  last in step 0:00 ago");
  });

  test("does not say that all is in step while a guard holds something", () => {
    using it = scene();
    it.line.take({ ...idle, phase: "held", pending: 1, lagMs: 1000 });
    expect(it.line.line()).toStartWith("held by a guard  1 pending  0:01 behind");
  });
});
