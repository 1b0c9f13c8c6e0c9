/**
 * Two-way syncs between a directory and a bucket.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TwoSides } from "../support/two-sides.ts";

const long = new Date("2020-01-01T00:00:00Z");
const later = new Date("2020-01-02T00:00:00Z");

/** Both sides hold `a`, `b` and `c/d`, in step. */
async function inStep(): Promise<TwoSides> {
  const sides = await TwoSides.create();
  for (const key of ["a", "b", "c/d"]) sides.write(key, `old ${key}`, long);
  await sides.sync();
  return sides;
}

describe("the first sync", () => {
  test("puts both sides together", async () => {
    await using sides = await TwoSides.create();
    sides.write("local", "1");
    sides.write("deep/er/local", "2");
    await sides.put("remote", "3");
    await sides.put("deep/remote", "4");
    const summary = await sides.sync();
    expect(summary).toMatchObject({ transferredObjects: 4, errors: 0, warnings: 0, deleted: 0 });
    expect(Object.keys(await sides.both())).toEqual([
      ...["deep/er/local", "deep/remote", "local", "remote"],
    ]);
    expect(sides.tracked()).toEqual(["deep/er/local", "deep/remote", "local", "remote"]);
  });

  test("takes the same contents on both sides for the same, whatever their times", async () => {
    await using sides = await TwoSides.create();
    sides.write("a", "same", long);
    await sides.put("a", "same");
    expect(await sides.sync()).toMatchObject({
      ...{ transferredObjects: 0, twoWay: { conflicts: 0, renamed: 0, differences: 0 } },
    });
    expect(await sides.both()).toEqual({ a: "same" });
  });

  test("lets S3 win where both differ, and keeps the file beside it", async () => {
    await using sides = await TwoSides.create();
    sides.write("a.txt", "local");
    await sides.put("a.txt", "remote");
    const summary = await sides.sync();
    expect(summary.twoWay?.conflicts).toBe(1);
    const held = await sides.both();
    expect(held["a.txt"]).toBe("remote");
    const kept = Object.keys(held).find((key) => key !== "a.txt") ?? "";
    expect(kept).toMatch(/^a\.sync-conflict-\d{8}-\d{6}\.txt$/);
    expect(held[kept]).toBe("local");
  });

  test.each([
    ["s3", "remote"],
    ["local", "local"],
    ["newer", "remote"],
  ] as const)(
    "with --first-sync %s lets %s win, and keeps nothing else",
    async (firstSync, winner) => {
      await using sides = await TwoSides.create();
      sides.write("a", "local", long);
      await sides.put("a", "remote");
      await sides.sync({ firstSync });
      expect(await sides.both()).toEqual({ a: winner });
    },
  );

  test("with --first-sync list only says what differs", async () => {
    await using sides = await TwoSides.create();
    sides.write("a", "1");
    sides.write("both", "1");
    sides.write("same", "1");
    await sides.put("b", "2");
    await sides.put("both", "2");
    await sides.put("same", "1");
    const told: string[] = [];
    const summary = await sides.sync(
      { firstSync: "list" },
      {
        onEvent: (event) => event.type === "difference" && told.push(`${event.what} ${event.key}`),
      },
    );
    expect(told.toSorted()).toEqual(["differs both", "only-local a", "only-s3 b"]);
    expect(summary.twoWay?.differences).toBe(3);
    expect(sides.files()).toEqual({ a: "1", both: "1", same: "1" });
    expect(sides.state()).toBeUndefined();
  });
});

test.each([
  ["local", { a: "local" }],
  ["s3", { a: "remote" }],
  [undefined, undefined],
] as const)("with --first-sync ask somebody decides: %s", async (answer, held) => {
  await using sides = await TwoSides.create();
  sides.write("a", "local");
  await sides.put("a", "remote");
  const asked: string[] = [];
  const onConflict = async ({ key }: { key: string }) => {
    asked.push(key);
    return answer;
  };
  const rules = { firstSync: "ask", conflictLoser: "delete" } as const;
  const summary = await sides.sync(rules, { onConflict });
  expect(asked).toEqual(["a"]);
  expect(summary.twoWay?.conflicts).toBe(1);
  if (held !== undefined) expect(await sides.both()).toEqual(held);
  else expect([sides.files(), await sides.objects()]).toEqual([{ a: "local" }, { a: "remote" }]);
});

describe("afterwards", () => {
  test("nothing is done where nothing changed", async () => {
    await using sides = await inStep();
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0, deleted: 0, warnings: 0 });
  });

  test("what is new or changed on either side is so on both", async () => {
    await using sides = await inStep();
    sides.write("a", "new a");
    sides.write("new/local", "x");
    await sides.put("b", "new b");
    await sides.put("new/remote", "y");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 4, warnings: 0 });
    expect(await sides.both()).toEqual({
      ...{ a: "new a", b: "new b", "c/d": "old c/d", "new/local": "x", "new/remote": "y" },
    });
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0 });
  });

  test("what is deleted on either side is deleted on both", async () => {
    await using sides = await inStep();
    sides.delete("a");
    expect(await sides.sync()).toMatchObject({ deleted: 1, transferredObjects: 0 });
    await sides.remove("c/d");
    expect(await sides.sync()).toMatchObject({ deleted: 1, transferredObjects: 0 });
    expect(await sides.both()).toEqual({ b: "old b" });
    expect(sides.tracked()).toEqual(["b"]);
  });

  test("what is deleted on both sides is forgotten", async () => {
    await using sides = await inStep();
    sides.delete("a");
    await sides.remove("a");
    expect(await sides.sync()).toMatchObject({ deleted: 0, transferredObjects: 0 });
    expect(sides.tracked()).toEqual(["b", "c/d"]);
  });

  test("what is changed on one side and deleted on the other stays, changed", async () => {
    await using sides = await inStep();
    sides.write("a", "changed a");
    await sides.remove("a");
    sides.delete("b");
    await sides.put("b", "changed b");
    expect(await sides.sync()).toMatchObject({ deleted: 0, transferredObjects: 2 });
    expect(await sides.both()).toEqual({ a: "changed a", b: "changed b", "c/d": "old c/d" });
  });

  test("what is moved on one side is moved on the other, and not sent", async () => {
    await using sides = await inStep();
    sides.move("a", "moved/a");
    const up = await sides.sync();
    expect(up.twoWay?.renamed).toBe(1);
    expect(up.traffic.requests["PutObject"]).toBeUndefined();
    expect(await sides.both()).toEqual({ b: "old b", "c/d": "old c/d", "moved/a": "old a" });
    await sides.put("elsewhere/b", "old b");
    await sides.remove("b");
    const down = await sides.sync();
    expect(down).toMatchObject({ transferredObjects: 0, twoWay: { renamed: 1 } });
    expect(await sides.both()).toEqual({
      ...{ "c/d": "old c/d", "elsewhere/b": "old b", "moved/a": "old a" },
    });
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0, deleted: 0 });
  });

  test("a file that takes the name of another one of its size and time is sent", async () => {
    await using sides = await TwoSides.create();
    sides.write("a", "text 1", long);
    sides.write("b", "text 2", long);
    await sides.sync();
    sides.delete("a");
    sides.move("b", "a");
    await sides.sync({ maxDelete: "100%" });
    expect(await sides.both()).toEqual({ a: "text 2" });
  });

  test("a file that is only touched is not sent", async () => {
    await using sides = await inStep();
    sides.write("a", "old a", new Date());
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0 });
    await sides.put("b", "old b");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0 });
  });

  test("a file that is touched does not keep a change from the bucket", async () => {
    await using sides = await inStep();
    sides.write("a", "old a", new Date());
    await sides.put("a", "new a");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 1, twoWay: { conflicts: 0 } });
    expect((await sides.both())["a"]).toBe("new a");
  });

  test("where both sides changed to the same, nothing is done", async () => {
    await using sides = await inStep();
    sides.write("a", "same");
    await sides.put("a", "same");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0, twoWay: { conflicts: 0 } });
  });
});

describe("a conflict", () => {
  test.each([
    ["newer", new Date(Date.now() + 3_600_000), "local"],
    ["newer", later, "remote"],
    ["older", later, "local"],
    ["local", later, "local"],
    ["s3", new Date(Date.now() + 3_600_000), "remote"],
  ] as const)(
    "by %s, with the file of %p, is won by %s, and what lost is kept on both sides",
    async (conflictResolve, mtime, winner) => {
      await using sides = await inStep();
      sides.write("a", "local", mtime);
      await sides.put("a", "remote");
      const summary = await sides.sync({ conflictResolve });
      expect(summary).toMatchObject({ twoWay: { conflicts: 1 }, errors: 0, warnings: 0 });
      const held = await sides.both();
      expect(held["a"]).toBe(winner);
      const kept = Object.keys(held).find((key) => key.includes("sync-conflict")) ?? "";
      expect(held[kept]).toBe(winner === "local" ? "remote" : "local");
      expect(await sides.sync()).toMatchObject({ transferredObjects: 0, twoWay: { conflicts: 0 } });
    },
  );

  test("with --conflict-loser delete leaves nothing else", async () => {
    await using sides = await inStep();
    sides.write("a", "local", later);
    await sides.put("a", "remote");
    await sides.sync({ conflictLoser: "delete" });
    expect(await sides.both()).toEqual({ a: "remote", b: "old b", "c/d": "old c/d" });
  });
});

test("the rates that are asked for hold in both directions", async () => {
  await using sides = await TwoSides.create();
  sides.write("up", "x".repeat(1024 * 1024));
  await sides.put("down", "y".repeat(1024 * 1024));
  const { durationMs } = await sides.sync({ rateLimitBandwidth: "1MiB" });
  expect(durationMs).toBeGreaterThan(1000);
  for (let at = 0; at < 10; at++) sides.write(`f${at}`, `${at}`);
  const objects = await sides.sync({ rateLimitObjects: 10 });
  expect(objects.durationMs).toBeGreaterThan(800);
  expect(Object.keys(await sides.both())).toHaveLength(12);
}, 20_000);
