/**
 * Buckets that are watched: they are asked from time to time.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { watch } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, objectDigests } from "../support/trees.ts";

/** Goes on until both sides hold the same. */
async function untilSame(
  digestsOf: readonly (() => Promise<Record<string, string>>)[],
  run: AsyncIterable<unknown>,
): Promise<void> {
  for await (const _ of run) {
    const [one, other] = await Promise.all(digestsOf.map((digests) => digests()));
    if (Bun.deepEquals(one, other)) return;
  }
  throw new Error("the watch is over");
}

describe("a bucket that is watched", () => {
  test("is followed by a directory", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    const ending = new AbortController();
    await bucket.put("a", "1");
    const run = watch(
      {
        ...{ source: bucket.url(), target: dir.at("to"), ...bucket.side("source") },
        ...{ poll: "50ms", delete: true, stateDir: dir.at("state") },
      },
      { ending: ending.signal },
    );
    const sides = [() => objectDigests(bucket), () => Promise.resolve(fileDigests(dir.at("to")))];
    await untilSame(sides, run);
    await bucket.put("b/c", "2");
    await bucket.put("a", "changed");
    await untilSame(sides, run);
    await bucket.remove(["a"]);
    await untilSame(sides, run);
    ending.abort();
    expect(await run.result).toMatchObject({ transferredObjects: 3, deleted: 1, errors: 0 });
  });

  test("is followed by another bucket", async () => {
    await using source = await TestBucket.create();
    await using target = await TestBucket.create();
    using dir = new TempDir();
    const stop = new AbortController();
    const run = watch(
      {
        ...{ source: source.url(), target: target.url("copy/"), stateDir: dir.path, poll: "50ms" },
        ...{ ...source.side("source"), ...target.side("target") },
      },
      { signal: stop.signal },
    );
    await source.put("x", "1");
    await untilSame([() => objectDigests(source), () => objectDigests(target, "copy/")], run);
    stop.abort();
    expect(await run.result).toMatchObject({ interrupted: true });
  });
});
