/**
 * A directory that is watched: whatever is done to it, the bucket follows.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { asKey } from "../../src/index.ts";
import { needing } from "../support/capabilities.ts";
import { bearable, patient } from "../support/patience.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { WatchedPair } from "../support/watched-pair.ts";

describe("a directory that is watched", () => {
  test("is brought in step first, and then file by file", async () => {
    await using pair = await WatchedPair.create();
    pair.write("a", "before");
    pair.begin();
    await pair.inStep();
    pair.write("b/c", "after");
    await pair.inStep();
    fs.rmSync(pair.at("a"));
    await pair.inStep();
    const summary = await pair.end();
    expect(summary).toMatchObject({
      transferredObjects: 2,
      deleted: 1,
      errors: 0,
      interrupted: false,
    });
  });

  test("is looked at only where something has changed", async () => {
    await using pair = await WatchedPair.create();
    for (let i = 0; i < 50; i++) pair.write(`many/${i}`, "x");
    pair.begin();
    await pair.inStep();
    const from = pair.events.length;
    pair.write("many/7", "changed");
    await pair.inStep();
    const later = pair.events.slice(from);
    const listed = later.filter((event) => event.type === "listed");
    expect(listed.every(({ items }) => items <= 2)).toBe(true);
    expect(later).toContainEqual(expect.objectContaining({ type: "synced", key: asKey("many/7") }));
  });

  const count = bearable(10_000);
  test(
    `may get ${count.toLocaleString("en")} files at once`,
    async () => {
      const { endpoint } = httpServer();
      await using pair = await WatchedPair.watching({ endpoint });
      for (let i = 0; i < count; i++) pair.write(`burst/${i}`, `${i}`);
      await pair.until(() => pair.state?.objects === count && pair.state.phase === "idle");
      expect(await pair.bucket.keys("to/")).toHaveLength(count);
      const { traffic } = await pair.end();
      const lists = traffic.requests["ListObjectsV2"];
      console.log(`${count} files: ${lists} listing requests in ${pair.state?.rounds} rounds`);
      expect(lists).toBeLessThan(500);
      expect(traffic.requests["PutObject"]).toBe(count);
    },
    patient(120_000),
  );

  test("is not kept busy by an index that lies in it", async () => {
    await using pair = await WatchedPair.create();
    pair.write("a", "1");
    pair.begin({ index: pair.at(".index"), trustIndex: true, exclude: [".index*"] });
    await pair.until(() => pair.state?.phase === "idle" && pair.state.rounds === 1);
    pair.write("a", "changed");
    await pair.until(() => pair.state?.objects === 2);
    pair.write("a", "once more");
    await pair.until(() => pair.state?.objects === 3 && pair.state.phase === "idle");
    expect(pair.state?.rounds).toBe(3);
    const { traffic } = await pair.end();
    // The index knows what the bucket holds.
    expect(traffic.requests["ListObjectsV2"]).toBe(1);
  });

  test("may have folders renamed, with all that is in them, and written to at once", async () => {
    await using pair = await WatchedPair.watching();
    for (let i = 0; i < 20; i++) pair.write(`one/sub/${i}`, `${i}`);
    await pair.inStep();
    fs.renameSync(pair.at("one"), pair.at("two"));
    pair.write("two/sub/new", "n");
    await pair.inStep();
    fs.renameSync(pair.at("two/sub"), pair.at("three"));
    pair.write("three/5", "changed");
    await pair.inStep();
  });

  test("may have a tree moved in from elsewhere, and out again", async () => {
    await using pair = await WatchedPair.watching();
    for (const name of ["x", "y/z", "y/deep/er"]) pair.dir.write(`elsewhere/${name}`, name);
    fs.renameSync(pair.dir.at("elsewhere"), pair.at("in"));
    await pair.inStep();
    fs.renameSync(pair.at("in"), pair.dir.at("elsewhere"));
    await pair.inStep();
    expect(await pair.bucket.keys("to/")).toEqual([]);
  });

  test("may be written to as editors do: a file beside it, renamed over it", async () => {
    await using pair = await WatchedPair.watching();
    pair.write("text", "1");
    await pair.inStep();
    for (let round = 2; round < 6; round++) {
      pair.write(".text.swp", `${round}`);
      fs.renameSync(pair.at("text"), pair.at("text~"));
      fs.renameSync(pair.at(".text.swp"), pair.at("text"));
      fs.rmSync(pair.at("text~"));
      await pair.inStep();
    }
    expect(await pair.bucket.keys("to/")).toEqual(["to/text"]);
  });

  test("may have folders deleted and made again, also while they are looked at", async () => {
    await using pair = await WatchedPair.watching();
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 10; i++) pair.write(`again/${round % 2}/${i}`, `${round} ${i}`);
      if (round % 2 === 0) await pair.inStep();
      fs.rmSync(pair.at("again"), { recursive: true });
    }
    pair.write("again/1/last", "here");
    await pair.inStep();
    expect(await pair.bucket.keys("to/")).toEqual(["to/again/1/last"]);
  });

  // Elsewhere what is in the way stays, as in any run one way.
  const keeping = needing("keeps an object and others below its name");
  keeping.test(
    "may have a file in place of a folder, and a folder in place of a file",
    async () => {
      await using pair = await WatchedPair.watching();
      pair.write("a/b", "in a folder");
      await pair.inStep();
      fs.rmSync(pair.at("a"), { recursive: true });
      pair.write("a", "a file");
      await pair.inStep();
      fs.rmSync(pair.at("a"));
      pair.write("a/b/c", "in a folder");
      await pair.inStep();
    },
  );

  test("keeps empty directories with --keep-dirs, as they come to be and go", async () => {
    await using pair = await WatchedPair.watching({ keepDirs: true });
    pair.write("d/a", "1");
    const keys = (...wanted: string[]) =>
      pair.until(async () => Bun.deepEquals(await pair.bucket.keys("to/"), wanted));
    await keys("to/d/a");
    fs.rmSync(pair.at("d/a"));
    await keys("to/d/");
    fs.mkdirSync(pair.at("e"));
    await keys("to/d/", "to/e/");
    pair.write("d/b", "2");
    // As in any run: it does no harm.
    await keys("to/d/", "to/d/b", "to/e/");
    fs.rmdirSync(pair.at("e"));
    await keys("to/d/", "to/d/b");
  });

  test("may have a file changed whose size and time do not show it", async () => {
    await using pair = await WatchedPair.watching({ checkEtag: false });
    pair.write("a", "1");
    await pair.inStep();
    // Within the same second, or by a clock that is behind that of the server.
    const earlier = new Date(Date.now() - 10_000);
    fs.writeFileSync(pair.at("a"), "2");
    fs.utimesSync(pair.at("a"), earlier, earlier);
    await pair.inStep();
    const { transferredObjects } = await pair.end();
    expect(transferredObjects).toBe(2);
  });

  test("may have an old file moved over another one, or an old folder in the place of one", async () => {
    await using pair = await WatchedPair.watching({ checkEtag: false });
    const old = new Date("2021-02-03T04:05:06Z");
    pair.write("conf", "new");
    pair.write("d/conf", "new");
    await pair.inStep();
    using aside = new TempDir();
    for (const name of ["conf", "d/conf"]) fs.utimesSync(aside.write(name, "old"), old, old);
    fs.renameSync(aside.at("conf"), pair.at("conf"));
    fs.renameSync(pair.at("d"), aside.at("replaced"));
    fs.renameSync(aside.at("d"), pair.at("d"));
    await pair.inStep();
    expect(await pair.end()).toMatchObject({ transferredObjects: 4 });
  });
});
