/**
 * Live progress, with a clock of our own.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";

import { SyncError } from "../../src/core/errors.ts";
import type { SyncEvent } from "../../src/core/events.ts";
import { asKey } from "../../src/core/key.ts";
import { Progress } from "../../src/report/progress.ts";

const key = asKey("k");
const MiB = 1024 * 1024;

/** A progress whose clock stands still until it is told the time. */
class Watched implements Disposable {
  now = 0;
  written = "";
  readonly progress: Progress;

  constructor(live = true, columns = 80) {
    const target = {
      live,
      columns: () => columns,
      write: (text: string) => {
        this.written += text;
      },
    };
    this.progress = new Progress(target, () => this.now);
  }

  take(...events: readonly SyncEvent[]): void {
    for (const event of events) this.progress.take(event);
  }

  line(): string {
    return this.progress.line();
  }

  [Symbol.dispose](): void {
    this.progress.stop();
  }
}

function queued(size: number): SyncEvent {
  return { type: "queued", key, size };
}

function synced(size: number): SyncEvent[] {
  return [
    { type: "moved", key, bytes: size },
    {
      type: "synced",
      key,
      size,
      sourceMtimeMs: 0,
      sourceVersionId: undefined,
      target: "k",
      dryRun: false,
    },
  ];
}

const complete: SyncEvent = { type: "listing-complete" };

describe("the line", () => {
  test("counts the source's keys while nothing has to be moved", () => {
    using watched = new Watched();
    watched.take(
      { type: "listed", side: "source", items: 1000 },
      { type: "listed", side: "target", items: 500 },
      { type: "listed", side: "source", items: 234 },
    );
    expect(watched.line()).toBe("1,234 listed  listing…");
    watched.take(complete);
    expect(watched.line()).toBe("1,234 listed");
  });

  test("says that totals still grow while listing goes on, and gives no ETA", () => {
    using watched = new Watched();
    watched.take(queued(MiB), queued(MiB), ...synced(MiB));
    watched.now = 1000;
    expect(watched.line()).toBe(
      "1/2+ objects  1.00 MiB/2.00 MiB+  1.00 MiB/s  1 objects/s  listing…",
    );
  });

  test("has an ETA once the totals are final: by bytes, or by objects if all are empty", () => {
    using bytes = new Watched();
    bytes.take(queued(MiB), queued(59 * MiB), complete, ...synced(MiB));
    bytes.now = 1000;
    expect(bytes.line()).toBe("1/2 objects  1.00 MiB/60.00 MiB  1.00 MiB/s  1 objects/s  ETA 0:59");
    using objects = new Watched();
    for (let count = 0; count < 121; count++) objects.take(queued(0));
    objects.take(complete, ...synced(0));
    objects.now = 1000;
    expect(objects.line()).toContain("ETA 2:00");
  });

  test("has no ETA of hours as long as a few seconds are all that it rests on", () => {
    using watched = new Watched();
    watched.take(queued(100), queued(100 * MiB), complete, ...synced(100));
    watched.now = 2500;
    expect(watched.line()).not.toContain("ETA");
    using later = new Watched();
    later.take(queued(MiB), queued(7200 * MiB), complete, ...synced(MiB));
    later.now = 9_000;
    expect(later.line()).not.toContain("ETA");
    later.now = 10_000;
    expect(later.line()).toContain("ETA 20:00:00");
  });

  test("has no ETA beyond a month: then next to nothing moves", () => {
    using watched = new Watched();
    watched.take(queued(1), queued(100 * MiB), complete, ...synced(1));
    watched.now = 60_000;
    expect(watched.line()).not.toContain("ETA");
  });

  test("keeps its ETA when the first of few large objects is finished", () => {
    using watched = new Watched();
    for (let count = 0; count < 4; count++) watched.take(queued(100 * MiB));
    watched.take(complete);
    watched.now = 10_000;
    watched.take({ type: "moved", key, bytes: 100 * MiB });
    for (let count = 1; count < 4; count++) watched.take({ type: "moved", key, bytes: 60 * MiB });
    expect(watched.line()).toContain("ETA 0:04");
    const [, done] = synced(0);
    if (done !== undefined) watched.take(done);
    expect(watched.line()).toContain("1/4 objects");
    expect(watched.line()).toContain("ETA 0:04");
  });

  test("on a narrow terminal leaves out the least useful and keeps the ETA", () => {
    using watched = new Watched();
    watched.take(queued(MiB), queued(59 * MiB), complete, ...synced(MiB));
    watched.take({ type: "skipped", key, reason: "unchanged" });
    watched.now = 1000;
    const at = (width: number): string => watched.progress.line(width);
    expect(at(80)).toBe(
      "1/2 objects  1.00 MiB/60.00 MiB  1.00 MiB/s  1 objects/s  ETA 0:59  skipped 1",
    );
    expect(at(70)).toBe("1/2 objects  1.00 MiB/60.00 MiB  1.00 MiB/s  ETA 0:59  skipped 1");
    expect(at(60)).toBe("1/2 objects  1.00 MiB/60.00 MiB  ETA 0:59  skipped 1");
    expect(at(45)).toBe("1/2 objects  1.00 MiB/60.00 MiB  ETA 0:59");
    expect(at(30)).toBe("1/2 objects  ETA 0:59");
  });

  test("has no ETA when all is done or nothing moves", () => {
    using done = new Watched();
    done.take(queued(5), complete, ...synced(5));
    done.now = 1000;
    expect(done.line()).not.toContain("ETA");
    using stuck = new Watched();
    stuck.take(queued(5), complete);
    stuck.now = 1000;
    expect(stuck.line()).toBe("0/1 objects  0 B/5 B  0 B/s  0 objects/s");
  });

  test("tells what else happened, if it did", () => {
    using watched = new Watched();
    const error = new SyncError("timeout", "x");
    watched.take(
      queued(0),
      complete,
      ...synced(0),
      { type: "skipped", key, reason: "unchanged" },
      { type: "skipped", key, reason: "unchanged" },
      { type: "deleted", key, target: "k", dryRun: false },
      { type: "warning", key, error },
      { type: "error", key, error },
    );
    watched.now = 1000;
    expect(watched.line()).toEndWith("  skipped 2  deleted 1  2 problems");
  });

  test("shows the rate of the last samples, not of the whole run", () => {
    using watched = new Watched();
    watched.take(queued(MiB), queued(100 * MiB), ...synced(100 * MiB));
    for (let second = 1; second <= 16; second++) {
      watched.now = second * 1000;
      watched.line();
    }
    expect(watched.line()).toContain("  0 B/s  ");
  });

  test("has no endless rate when no time has passed", () => {
    using watched = new Watched();
    watched.take(queued(1), ...synced(1));
    expect(watched.line()).not.toMatch(/Infinity|NaN/);
  });
});

describe("the display", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test("on a terminal is drawn anew on the same line several times a second", () => {
    using watched = new Watched();
    watched.take({ type: "listed", side: "source", items: 1 });
    jest.advanceTimersByTime(400);
    expect(watched.written).toBe("\r\u001b[2K1 listed  listing…".repeat(2));
  });

  test("on a narrow terminal is cut, so that it never takes two lines", () => {
    using watched = new Watched(true, 10);
    for (let count = 0; count < 100; count++) watched.take(queued(5), ...synced(5));
    for (let count = 0; count < 1_000_000; count++) watched.take(queued(0));
    jest.advanceTimersByTime(200);
    const shown = watched.written.slice("\r\u001b[2K".length);
    expect(shown).toHaveLength(20);
    expect(shown).toEndWith("…");
  });

  test("elsewhere is a plain line every few seconds", () => {
    using watched = new Watched(false);
    watched.take({ type: "listed", side: "source", items: 1 });
    jest.advanceTimersByTime(4000);
    expect(watched.written).toBe("");
    jest.advanceTimersByTime(1000);
    expect(watched.written).toBe("1 listed  listing…\n");
  });

  test("makes room for a line of the log, and leaves nothing behind at the end", () => {
    const watched = new Watched();
    jest.advanceTimersByTime(200);
    watched.written = "";
    watched.progress.clear();
    expect(watched.written).toBe("\r\u001b[2K");
    watched.progress.clear();
    expect(watched.written).toBe("\r\u001b[2K");
    watched.progress.stop();
    jest.advanceTimersByTime(10_000);
    expect(watched.written).toBe("\r\u001b[2K");
  });
});

test("what an interrupted run had brought is not to be moved any more", () => {
  using watched = new Watched();
  watched.take(queued(20 * MiB), { type: "kept", key, bytes: 15 * MiB });
  watched.take({ type: "moved", key, bytes: MiB });
  expect(watched.line()).toContain("1.00 MiB/5.00 MiB");
});
