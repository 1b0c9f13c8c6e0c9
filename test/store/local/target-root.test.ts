/**
 * Places where a target can be made, and where it cannot.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { requirePlaceFor } from "../../../src/store/local/directories/target-root.ts";
import { TempDir } from "../../support/temp-dir.ts";

describe("a directory that is not there", () => {
  test("can be made in another, however deep, also through a link", () => {
    using dir = new TempDir();
    fs.symlinkSync(".", dir.at("link"));
    requirePlaceFor(dir.at("a"));
    requirePlaceFor(dir.at("a", "b", "c"));
    requirePlaceFor(dir.at("link", "a"));
    expect(fs.readdirSync(dir.path)).toEqual(["link"]);
  });

  test("cannot be made below a file", () => {
    using dir = new TempDir();
    const file = dir.write("file", "x");
    expect(() => requirePlaceFor(dir.at("file", "a", "b"))).toThrow(
      `TARGET ${dir.at("file", "a", "b")} cannot be made: ${file} is no directory`,
    );
  });

  test("cannot be made where a link leads nowhere", () => {
    using dir = new TempDir();
    fs.symlinkSync("nowhere", dir.at("link"));
    for (const target of [dir.at("link"), dir.at("link", "a")]) {
      expect(() => requirePlaceFor(target)).toThrow(
        `TARGET ${target} cannot be made: ${dir.at("link")} is a link that leads nowhere`,
      );
    }
  });

  test("cannot be made where links lead in circles", () => {
    using dir = new TempDir();
    fs.symlinkSync("link", dir.at("link"));
    expect(() => requirePlaceFor(dir.at("link", "a"))).toThrow("cannot create");
  });
});
