/**
 * What is made in place of files, where somebody else may write as well.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { emptyBody } from "../../../src/store/body.ts";
import type { Native } from "../../../src/store/local/attributes/native.ts";
import { rejection } from "../../core/rejection.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { keptFiles } from "./kept.ts";
import { never, noDigests, specOf, targetAt } from "./local.ts";

const metadata = { "file-permissions": "0010777", "file-mtime": "1ns" };

describe("a FIFO", () => {
  test("gives nothing to what a link leads to that somebody has put in its place", async () => {
    using dir = new TempDir();
    const outside = dir.write("outside");
    fs.chmodSync(outside, 0o600);
    const native: Partial<Native> = { makeNode: (at) => fs.symlinkSync(outside, at) };
    const kept = keptFiles({ specials: true }, { native: native as Native });
    const store = targetAt(dir.at("to"), { kept });
    const spec = { ...specOf("p", 0), attributes: { metadata } };
    const error = await rejection(store.write(spec, emptyBody, noDigests, never));
    expect(error).toMatchObject({ code: "precondition" });
    expect(fs.statSync(outside).mode & 0o777).toBe(0o600);
    expect(dir.files("to")).toEqual([]);
    await store.close();
  });
});
