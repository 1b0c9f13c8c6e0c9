/**
 * The files that are synchronised.
 *
 * @module
 */
import { expect, test } from "bun:test";
import fs from "node:fs";

import { TempDir } from "../support/temp-dir.ts";
import { differenceOf, fileName, stateOf, type TreePlan, writeTree } from "./data.ts";

const plan: TreePlan = { files: 7, bytesPerFile: 1000, filesPerDirectory: 3, seed: "test" };

test("a tree is the same in every run", () => {
  using dir = new TempDir();
  writeTree(dir.at("a"), plan);
  writeTree(dir.at("b"), plan);
  expect(dir.files("a")).toEqual(Array.from({ length: 7 }, (_, index) => fileName(index, plan)));
  expect(differenceOf(dir.at("a"), dir.at("b"), plan)).toBeUndefined();
});

test("one other byte, a missing and a surplus file are differences", () => {
  using dir = new TempDir();
  const last = fileName(6, plan);
  for (const name of ["a", "b", "c", "d"]) writeTree(dir.at(name), plan);
  const bytes = dir.read(`b/${last}`);
  bytes[999] = (bytes[999] ?? 0) ^ 1;
  dir.write(`b/${last}`, bytes);
  fs.rmSync(dir.at("c", last));
  dir.write("d/more");
  expect(differenceOf(dir.at("a"), dir.at("b"), plan)).toBe(`${last} differs`);
  expect(differenceOf(dir.at("a"), dir.at("c"), plan)).toBe("6 files instead of 7");
  expect(differenceOf(dir.at("a"), dir.at("d"), plan)).toBe("8 files instead of 7");
});

test("a file that is replaced by its like changes the state of its tree", () => {
  using dir = new TempDir();
  writeTree(dir.at("a"), plan);
  const before = stateOf(dir.at("a"));
  expect(stateOf(dir.at("a"))).toBe(before);
  const file = dir.at("a", fileName(0, plan));
  const { atime, mtime } = fs.statSync(file);
  fs.copyFileSync(file, `${file}.new`);
  fs.utimesSync(`${file}.new`, atime, mtime);
  fs.renameSync(`${file}.new`, file);
  expect(stateOf(dir.at("a"))).not.toBe(before);
});
