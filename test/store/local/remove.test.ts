/**
 * How files are removed: the very file that was listed, or none.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import type { Entry } from "../../../src/core/entry.ts";
import type { LocalStore } from "../../../src/store/local/store.ts";
import { rejection } from "../../core/rejection.ts";
import { objectOf } from "../../list/listed.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { listAll, never, targetAt } from "./local.ts";
import { canBeUser, Locked, runAsUser, userNeeds } from "./ordinary-user.ts";

async function objects(store: LocalStore): Promise<Entry[]> {
  return (await listAll(store)).flatMap((item) => (item.kind === "object" ? [item] : []));
}

/** Lists a tree with the file `d/f`, changes it, removes what was listed. Gives the outcome's code. */
async function removeAfter(dir: TempDir, change: () => void): Promise<string | undefined> {
  dir.write("d/f", "12345", new Date(1_600_000_000_000));
  const store = targetAt(dir.path);
  const entries = await objects(store);
  change();
  const [removal] = await store.remove(entries, never);
  await store.close();
  return removal?.error?.code;
}

describe("removing", () => {
  test("takes the files that were named, and no others", async () => {
    using dir = new TempDir();
    for (const name of ["a", "b/c", "b/d", "e"]) dir.write(name);
    const store = targetAt(dir.path);
    const some = (await objects(store)).filter(({ key }) => key === "b/c" || key === "e");
    const removals = await store.remove(some, never);
    expect(removals).toEqual(some.map((entry) => ({ entry, error: undefined })));
    expect(dir.files()).toEqual(["a", "b/d"]);
  });

  test("a file that is gone already is fine", async () => {
    using dir = new TempDir();
    expect(
      await removeAfter(dir, () => fs.rmSync(dir.at("d"), { recursive: true })),
    ).toBeUndefined();
  });

  const changes: Readonly<Record<string, (file: string) => void>> = {
    "has another size": (file) => {
      fs.appendFileSync(file, "6");
      fs.utimesSync(file, 1_600_000_000, 1_600_000_000);
    },
    "has another time": (file) => fs.utimesSync(file, 1_600_000_001, 1_600_000_001),
    "is a directory now": (file) => {
      fs.unlinkSync(file);
      fs.mkdirSync(file);
    },
    "is a link now": (file) => {
      fs.renameSync(file, `${file}.moved`);
      fs.symlinkSync("f.moved", file);
    },
  };
  test.each(Object.keys(changes))("a file that %s stays, and that is told", async (change) => {
    using dir = new TempDir();
    const code = await removeAfter(dir, () => changes[change]?.(dir.at("d/f")));
    expect(code).toBe("precondition");
    expect(fs.lstatSync(dir.at("d/f"))).toBeDefined();
  });

  test("does not follow a link in place of a directory", async () => {
    using dir = new TempDir();
    const code = await removeAfter(dir, () => {
      fs.renameSync(dir.at("d"), dir.at("outside"));
      fs.symlinkSync("outside", dir.at("d"));
    });
    expect(code).toBe("path-clash");
    expect(dir.files("outside")).toEqual(["f"]);
  });

  test("does not take a file in place of a directory for anything", async () => {
    using dir = new TempDir();
    const code = await removeAfter(dir, () => {
      fs.rmSync(dir.at("d"), { recursive: true });
      dir.write("d", "12345", new Date(1_600_000_000_000));
    });
    expect(["path-clash", undefined]).toContain(code);
    expect(dir.files()).toEqual(["d"]);
  });

  test.each(["../outside", "a/../../outside", "/outside", ".."])(
    "never leaves the tree, whatever the entry says: %j",
    async (key) => {
      using dir = new TempDir();
      const outside = dir.write("outside", "12345", new Date(1_600_000_000_000));
      fs.mkdirSync(dir.at("root"));
      const entry = objectOf(key, { size: 5, mtimeMs: 1_600_000_000_000 });
      const [removal] = await targetAt(dir.at("root")).remove([entry], never);
      expect(removal?.error?.code).toBe("unsafe-key");
      expect(fs.existsSync(outside)).toBe(true);
    },
  );

  test("goes on after one that cannot be removed, and tells about each", async () => {
    using dir = new TempDir();
    for (const name of ["a", "b", "c"]) dir.write(name);
    const store = targetAt(dir.path);
    const entries = await objects(store);
    fs.appendFileSync(dir.at("b"), "x");
    const removals = await store.remove(entries, never);
    expect(removals.map(({ entry, error }) => [entry.key, error?.code])).toEqual([
      [objectOf("a").key, undefined],
      [objectOf("b").key, "precondition"],
      [objectOf("c").key, undefined],
    ]);
    expect(dir.files()).toEqual(["b"]);
  });

  test("stops when it is told to, before the next file", async () => {
    using dir = new TempDir();
    dir.write("a");
    const store = targetAt(dir.path);
    const entries = await objects(store);
    expect(await rejection(store.remove(entries, AbortSignal.abort()))).toBeDefined();
    expect(dir.files()).toEqual(["a"]);
  });

  test.skipIf(!canBeUser)(
    `a file that may not be removed is an error about that file (${userNeeds})`,
    async () => {
      using dir = new TempDir();
      fs.chmodSync(dir.path, 0o755);
      dir.write("d/f", "x");
      using _lock = new Locked(dir.at("d"), 0o555);
      expect(await runAsUser("as-user.ts", "remove", dir.path, "d/f")).toMatchObject({
        code: "access-denied",
        operation: "delete",
      });
      expect(dir.files()).toEqual(["d/f"]);
    },
  );
});
