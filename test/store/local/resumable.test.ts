/**
 * Unfinished files that are dropped where the tree has changed meanwhile.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { asKey } from "../../../src/core/key.ts";
import type { WriteNote } from "../../../src/store/store.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { keptFiles } from "./kept.ts";
import { never, specOf, targetAt } from "./local.ts";

const key = asKey("sub/a");

/** Leaves an unfinished file. */
async function leftIn(root: string): Promise<WriteNote> {
  let note: WriteNote = { kind: "none" };
  const store = targetAt(root);
  const noteDown = async (given: WriteNote): Promise<void> => void (note = given);
  const writer = await store.resumable.begin(specOf(key, 1), noteDown, never);
  await writer.leave?.();
  await store.close();
  return note;
}

describe("an unfinished file with holes", () => {
  test("gets zeros where it holds something else", async () => {
    using dir = new TempDir();
    const attributes = { metadata: { "s3sync-sparse": "1" } };
    const spec = { ...specOf(key, 8192), attributes };
    const store = targetAt(dir.path, { kept: keptFiles() });
    let note: WriteNote = { kind: "none" };
    const noteDown = async (given: WriteNote): Promise<void> => void (note = given);
    const before = await store.resumable.begin(spec, noteDown, never);
    await before.writeAt?.(0, Buffer.alloc(8192, "x"));
    await before.leave?.();
    const again = await store.resumable.resume(note, spec, never);
    await again?.writer.writeAt?.(0, Buffer.alloc(8192));
    await again?.writer.commit([], never);
    expect(Buffer.from(dir.read(key)).equals(Buffer.alloc(8192))).toBe(true);
    await store.close();
  });
});

describe("an unfinished file that is dropped", () => {
  test("leaves no directory where none was", async () => {
    using dir = new TempDir();
    const note = await leftIn(dir.at("to"));
    fs.rmSync(dir.at("to"), { recursive: true });
    expect(await targetAt(dir.at("to")).resumable.drop(note, key)).toBeUndefined();
    expect(fs.existsSync(dir.at("to"))).toBe(false);
  });

  test("is told, and not looked for behind a link that came into the way", async () => {
    using dir = new TempDir();
    const note = await leftIn(dir.at("to"));
    fs.renameSync(dir.at("to", "sub"), dir.at("outside"));
    fs.symlinkSync(dir.at("outside"), dir.at("to", "sub"));
    const error = await targetAt(dir.at("to")).resumable.drop(note, key);
    expect(error).toMatchObject({ code: "path-clash" });
    expect(fs.readdirSync(dir.at("outside"))).toHaveLength(1);
  });
});
