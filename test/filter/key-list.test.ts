/**
 * `--files-from`.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import { KeyList } from "../../src/filter/key-list.ts";

const has = (text: string, key: string): boolean => new KeyList(text).has(asKey(key));

describe("a list", () => {
  test.each([
    ["a\nb b\n", "b b"],
    ["a\r\nb\r\n", "a"],
    ["./a\n././b", "b"],
    ["x/\n", "x/y/z"],
    ["x/\n", "x/"],
    ["x//\n", "x//y"],
    ["new\nline\0b\0", "new\nline"],
    ["#a\n", "#a"],
  ])("%p has %p", (text, key) => {
    expect(has(text, key)).toBe(true);
  });

  test.each([
    ["a\n", "a/b"],
    ["x\n", "x/y"],
    ["x/\n", "xy"],
    ["x/\n", "x"],
    ["", "a"],
    ["a\0b", "a\nb"],
  ])("%p does not have %p", (text, key) => {
    expect(has(text, key)).toBe(false);
  });

  test("knows what of it nobody has seen", () => {
    const list = new KeyList("a\nb\nx/\ny/\n");
    for (const key of ["a", "c", "x/1"]) list.see(asKey(key));
    expect(list.unseen()).toEqual(["b", "y/"]);
  });

  test("has seen a directory, and the one around it, when it has seen what lies in both", () => {
    const list = new KeyList("x/\nx/y/\n");
    list.see(asKey("x/y/1"));
    expect(list.unseen()).toEqual([]);
  });
});
