/**
 * The filters that a configuration means, and the files that they are read from.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { asKey } from "../../src/core/key.ts";
import { resolveConfig } from "../../src/index.ts";
import { filterOf } from "../../src/sync/opening/filter.ts";
import { TempDir } from "../support/temp-dir.ts";

describe("ignore files", () => {
  function protects(dir: TempDir, key: string): boolean | undefined {
    const config = resolveConfig({ source: dir.path, target: "s3://b/" });
    return filterOf(config)?.protects(asKey(key));
  }

  test.each([
    ["../x.o"],
    ["a/../x.o"],
    ["./x.o"],
    ["//x.o"],
    [`${"x".repeat(300)}/x.o`],
    ["nothing\0here/x.o"],
    ["file/x.o"],
    ["\uD800/x.o"],
  ])("are asked about %p, which is no path, without harm", (key) => {
    using dir = new TempDir();
    dir.write(".s3syncignore", "*.o\n");
    dir.write("file", "");
    expect(protects(dir, key)).toBe(true);
    expect(protects(dir, key.replace(".o", ".c"))).toBe(false);
  });

  test("are read in the source only, whatever a key says", () => {
    using dir = new TempDir();
    dir.write("source/a", "");
    dir.write(".s3syncignore", "*\n");
    const config = resolveConfig({ source: dir.at("source"), target: "s3://b/" });
    expect(filterOf(config)?.protects(asKey("../x"))).toBe(false);
  });

  test("that are directories are none", () => {
    using dir = new TempDir();
    fs.mkdirSync(dir.at(".s3syncignore"));
    expect(protects(dir, "x")).toBe(false);
  });
});
