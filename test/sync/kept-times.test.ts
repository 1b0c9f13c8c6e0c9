/**
 * The update check by what is kept of files: what it asks for, and what it does not.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { type FileRules, usualAspects } from "../../src/core/file-attributes.ts";
import type { Key } from "../../src/core/key.ts";
import type { ObjectInfo, UserMetadata } from "../../src/core/object.ts";
import { defaultCheck, type UpdateCheck } from "../../src/diff/update-check.ts";
import { KeptFiles } from "../../src/store/local/attributes/kept-files.ts";
import type { LocalStore } from "../../src/store/local/store.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Memory } from "../../src/transfer/memory.ts";
import { sourceAt } from "../store/local/local.ts";
import { TempDir } from "../support/temp-dir.ts";
import { run } from "./run.ts";

const rules: FileRules = {
  aspects: new Set(usualAspects),
  links: false,
  specials: false,
  hardLinks: false,
  directories: "none",
};
const check: UpdateCheck = {
  ...defaultCheck,
  rule: { kind: "kept", ifNewer: false, types: rules },
};
const repairs = {
  ...{ tagging: false, metadata: false, storageClass: false, files: rules },
  beside: { acl: false, annotations: false, byETag: false },
};

/** Counts how often it is asked for an object. */
class Asked extends MemoryStore {
  readonly heads: Key[] = [];

  override head(key: Key): Promise<ObjectInfo | undefined> {
    this.heads.push(key);
    return super.head(key);
  }
}

/** A directory whose files are kept with all that belongs to them. */
function keptAt(dir: TempDir): LocalStore {
  const warn = (): void => undefined;
  return sourceAt(dir.path, { kept: new KeptFiles({ rules, native: undefined, warn }) });
}

describe("with --preserve", () => {
  test("only what has the same size is asked for", async () => {
    using dir = new TempDir();
    for (const name of ["same", "longer", "new"]) dir.write(name, name);
    const target = new Asked("memory:");
    target.set("same", "SAME");
    target.set("longer", "x");
    await run(keptAt(dir), target, { check, repairs });
    expect(target.heads).toEqual(["same" as Key]);
  });

  test("nothing is asked for that is remembered", async () => {
    using dir = new TempDir();
    const file = dir.write("a", "hello");
    const target = new Asked("memory:");
    await run(keptAt(dir), target, { check, repairs });
    const remembered = await target.head("a" as Key);
    const metadata: UserMetadata = remembered?.attributes.metadata ?? {};
    expect(metadata["file-mtime"]).toBeDefined();
    target.heads.length = 0;
    const nothing = (): undefined => undefined;
    const memory: Memory = {
      metadataOf: () => metadata,
      partsOf: nothing,
      blocksOf: nothing,
      sent: nothing,
      learn: nothing,
    };
    const told = await run(keptAt(dir), target, { check, repairs, transfer: { memory } });
    expect(told.keys("skipped")).toEqual(["a"]);
    expect(target.heads).toEqual([]);
    // And what is remembered counts.
    fs.utimesSync(file, 5, 5);
    const again = await run(keptAt(dir), target, { check, repairs, transfer: { memory } });
    expect(again.keys("synced")).toEqual(["a"]);
  });

  test("without it nobody is asked for anything", async () => {
    using dir = new TempDir();
    dir.write("same", "same", new Date(5));
    const target = new Asked("memory:");
    target.set("same", "SAME");
    await run(sourceAt(dir.path), target);
    expect(target.heads).toEqual([]);
  });
});
