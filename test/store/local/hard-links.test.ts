/**
 * Files that are one, where they are written.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { bytesBody } from "../../../src/store/body.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { keptFiles } from "./kept.ts";
import { never, noDigests, specOf, targetAt } from "./local.ts";

const metadata = { "file-mtime": "1600000000000000000ns", "s3sync-hard-link": "group" };

/** Writes files of one group, in turn. */
async function write(root: string, files: readonly (readonly [string, string])[]): Promise<void> {
  const store = targetAt(root, { kept: keptFiles({ hardLinks: true }) });
  for (const [key, text] of files) {
    const bytes = Buffer.from(text);
    const spec = { ...specOf(key, bytes.byteLength), attributes: { metadata } };
    await store.write(spec, bytesBody(bytes), noDigests, never);
  }
  await store.close();
}

describe("a file of a group", () => {
  test("becomes one with the first of it", async () => {
    using dir = new TempDir();
    await write(dir.path, [
      ["a", "same"],
      ["b", "same"],
    ]);
    expect(fs.statSync(dir.at("a")).ino).toBe(fs.statSync(dir.at("b")).ino);
    expect(dir.files()).toEqual(["a", "b"]);
  });

  test("that is done over has the bytes that came last, and not those of before", async () => {
    using dir = new TempDir();
    await write(dir.path, [
      ["a", "torn"],
      ["a", "good"],
    ]);
    expect(fs.readFileSync(dir.at("a"), "utf8")).toBe("good");
    expect(dir.files()).toEqual(["a"]);
  });
});
