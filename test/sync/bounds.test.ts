/**
 * What a run does at the same time, and what it holds in memory, has bounds.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import type { Listed } from "../../src/core/entry.ts";
import type { KeyRange } from "../../src/core/key.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";
import { patterned } from "../contract/subject.ts";
import { objectOf } from "../list/listed.ts";
import { TempDir } from "../support/temp-dir.ts";
import { Meter } from "./meter.ts";
import { run, storeOf } from "./run.ts";

function many(count: number, size: number): Record<string, Uint8Array> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`k${index}`, patterned(size, index)]),
  );
}

describe("objects in work at the same time", () => {
  test.each([1, 3, 16])("are as many as asked for, and never more: %d", async (workers) => {
    const meter = new Meter();
    const told = await run(meter.source(storeOf(many(60, 10))), meter.target(storeOf({})), {
      workers,
    });
    expect(told.summary).toMatchObject({ transferredObjects: 60, errors: 0 });
    expect(meter.objects.peak).toBe(workers);
    expect(meter.objects.isEmpty).toBe(true);
  });
});

describe("parts on their way at the same time", () => {
  test.each([1, 3, 8])(
    "are as many as asked for over all objects, and never more: %d",
    async (parallelParts) => {
      const meter = new Meter();
      const told = await run(meter.source(storeOf(many(5, 4000))), meter.target(storeOf({})), {
        workers: 5,
        transfer: { parallelParts },
      });
      expect(told.summary).toMatchObject({ transferredObjects: 5, etagVerified: 5, errors: 0 });
      expect(meter.parts.peak).toBe(parallelParts);
      expect(meter.parts.isEmpty).toBe(true);
    },
  );
});

describe("bytes in buffers", () => {
  const maxMemoryBytes = 40_000;

  test("are given back before what was written is read again: nobody waits for ever", async () => {
    const objects = many(40, 5000);
    const told = await run(storeOf(objects), storeOf({}), {
      workers: 8,
      transfer: { maxMemoryBytes, readsBack: true, thresholdBytes: 1e6 },
    });
    expect(told.summary).toMatchObject({ transferredObjects: 40, errors: 0, warnings: 0 });
  });

  test.each([
    ["whole objects", { thresholdBytes: 1e6 }, 7000],
    ["parts", { thresholdBytes: 1000, chunkBytes: 3000 }, 20_000],
    ["parts as large as their share", { thresholdBytes: 1000, chunkBytes: 10_000 }, 35_000],
  ] as const)("never exceed the allowance, and make use of it: %s", async (_, sizes, size) => {
    const meter = new Meter();
    const told = await run(meter.source(storeOf(many(30, size))), meter.target(storeOf({})), {
      workers: 16,
      transfer: { ...sizes, parallelParts: 16, maxMemoryBytes },
    });
    expect(told.summary).toMatchObject({ transferredObjects: 30, errors: 0, warnings: 0 });
    expect(meter.bytes.peak).toBeLessThanOrEqual(maxMemoryBytes);
    expect(meter.bytes.peak).toBeGreaterThan(maxMemoryBytes / 2);
    expect(meter.bytes.isEmpty).toBe(true);
  });

  test("are few where an object's parts are larger than their share: they flow", async () => {
    using dir = new TempDir();
    const meter = new Meter();
    const [from, to] = [storeOf(many(3, 100_000)), storeOf({})];
    const told = await run(meter.source(from), meter.target(to), {
      transfer: { chunkBytes: 50_000, maxMemoryBytes, tempDir: dir.path },
    });
    expect(told.summary).toMatchObject({ transferredObjects: 3, etagVerified: 3, errors: 0 });
    expect(meter.bytes.peak).toBe(0);
    for (const key of from.keys()) expect(to.get(key)).toEqual(Buffer.from(from.get(key) ?? []));
    expect(dir.files()).toEqual([]);
  });

  test("do not exceed it when a small object has become a large one since it was listed", async () => {
    const meter = new Meter();
    const source = storeOf(many(8, 10));
    const told = await run(meter.source(source), meter.target(storeOf({})), {
      workers: 8,
      transfer: { thresholdBytes: 1e6, maxMemoryBytes },
      onEvent: (event) => {
        if (event.type === "queued") source.set(event.key, patterned(30_000));
      },
    });
    expect(told.summary).toMatchObject({ transferredObjects: 8, errors: 0 });
    expect(meter.bytes.peak).toBeLessThanOrEqual(maxMemoryBytes);
  });
});

const count = 300_000;
const pageSize = 1000;

/** Lists keys that are made as they are asked for. */
class Endless extends Wrapper {
  /** @param extra every so many keys there is one that the other side does not have */
  constructor(private readonly extra?: number) {
    super(storeOf({}));
  }

  override async *list(
    _range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for (let at = 0; at < count; at += pageSize) {
      signal.throwIfAborted();
      yield Array.from({ length: pageSize }, (_, index) => this.itemsAt(at + index)).flat();
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  private itemsAt(index: number): Listed[] {
    const name = `directory/of/some/depth/file-${String(index).padStart(9, "0")}`;
    const extra = this.extra !== undefined && index % this.extra === 0;
    return [objectOf(name), ...(extra ? [objectOf(`${name}-extra`)] : [])];
  }
}

/** Runs, and measures how much more live memory there is at ten points on the way than before. */
async function growth(
  target: Endless,
  deletes: boolean,
): Promise<{ mostBytes: number; skipped: number; deleted: number }> {
  let pages = 0;
  let mostBytes = 0;
  const live = (): number => {
    Bun.gc(true);
    return process.memoryUsage().heapUsed;
  };
  const source = new Endless();
  using dir = new TempDir();
  const before = live();
  // Events are counted, not kept.
  const counted = { skipped: 0, deleted: 0 };
  const told = await run(source, target, {
    deletes,
    dryRun: true,
    transfer: { tempDir: dir.path },
    keep: false,
    onEvent: ({ type }) => {
      if (type === "skipped" || type === "deleted") counted[type] += 1;
      if (type !== "listed") return;
      pages += 1;
      if (pages % 60 === 0) mostBytes = Math.max(mostBytes, live() - before);
    },
  });
  expect(told.summary).toMatchObject({ errors: 0, warnings: 0, transferredObjects: 0 });
  return { mostBytes, ...counted };
}

describe("300,000 keys against 300,000", () => {
  /** Measured: 1.0 MB, and 1.6 MB with deletions. To keep one key in ten would be above, a listing far above. */
  const bound = 4_000_000;

  test("need no more memory than a few pages", async () => {
    const { mostBytes, skipped } = await growth(new Endless(), false);
    expect(skipped).toBe(count);
    expect(mostBytes).toBeLessThan(bound);
  }, 30_000);

  test("nor do 30,000 deletions among them: they wait on disk", async () => {
    const { mostBytes, deleted } = await growth(new Endless(10), true);
    expect(deleted).toBe(30_000);
    expect(mostBytes).toBeLessThan(bound);
  }, 30_000);
});
