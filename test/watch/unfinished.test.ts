/**
 * Files that have changed are waited for until they are quiet, each by itself.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import { type Look, Unfinished } from "../../src/watch/unfinished.ts";

const quietMs = 100;

function scene() {
  const looks = new Map<string, Look>();
  const unfinished = new Unfinished((path) => looks.get(path) ?? { kind: "gone" }, quietMs);
  const file = (name: string, mark: string): void => void looks.set(name, { kind: "file", mark });
  const touch = (name: string, now: number): void =>
    unfinished.touch(asKey(name), name, false, now);
  const settled = (now: number): string[] => unfinished.settle(now).map(({ key }) => key);
  return { file, touch, settled, unfinished };
}

describe("a file that has changed", () => {
  test("is told of when nothing has happened for a while, and once", () => {
    const { file, touch, settled } = scene();
    file("a", "1");
    touch("a", 0);
    expect(settled(50)).toEqual([]);
    expect(settled(100)).toEqual(["a"]);
    expect(settled(200)).toEqual([]);
  });

  test("is waited for as long as events come", () => {
    const { touch, settled } = scene();
    for (let now = 0; now <= 1000; now += 90) {
      touch("a", now);
      expect(settled(now + 80)).toEqual([]);
    }
    expect(settled(1100)).toEqual(["a"]);
  });

  test("is waited for as long as it looks different, although nobody tells", () => {
    const { file, touch, settled } = scene();
    touch("a", 0);
    for (let now = 50; now < 1000; now += 100) {
      file("a", `${now}`);
      expect(settled(now)).toEqual([]);
    }
    expect(settled(1049)).toEqual([]);
    expect(settled(1051)).toEqual(["a"]);
  });

  test("keeps no other one waiting", () => {
    const { touch, settled, unfinished } = scene();
    touch("slow", 0);
    touch("quick", 0);
    touch("slow", 90);
    expect(settled(100)).toEqual(["quick"]);
    expect(unfinished.has(asKey("slow"))).toBe(true);
    expect(unfinished.oldest).toBe(0);
  });
});
