/**
 * How a file is written: out of sight, and into place when all is there.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { SyncError } from "../../../src/core/errors.ts";
import { asKey } from "../../../src/core/key.ts";
import { bytesBody } from "../../../src/store/body.ts";
import { isTempName } from "../../../src/store/local/names/temp-name.ts";
import { rejection } from "../../core/rejection.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { descriptorsBelow, never, noDigests, put, specOf, streamBody, targetAt } from "./local.ts";
import { canBeUser, runAsUser, userNeeds } from "./ordinary-user.ts";
import { canMount, mountNeeds, SmallDisk } from "./small-disk.ts";

const notLinux = process.platform !== "linux";

function text(dir: TempDir, name: string): string {
  return Buffer.from(dir.read(name)).toString();
}

function part(number: number, offset: number, length: number) {
  return { number, offset, length };
}

describe("while a file is written", () => {
  test("its bytes are in one hidden file beside its place, and the place is as before", async () => {
    using dir = new TempDir();
    dir.write("sub/f", "old");
    const writer = await targetAt(dir.path).beginWrite(specOf("sub/f", 3), never);
    await writer.writePart(part(1, 0, 3), bytesBody(Buffer.from("new")), noDigests, never);
    const [temp = "", ...others] = dir.files("sub");
    expect(isTempName(temp)).toBe(true);
    expect(others).toEqual(["f"]);
    expect(text(dir, "sub/f")).toBe("old");
    await writer.commit([], never);
    expect(dir.files("sub")).toEqual(["f"]);
    expect(text(dir, "sub/f")).toBe("new");
  });

  test("throwing it away leaves nothing, and once more does nothing", async () => {
    using dir = new TempDir();
    const writer = await targetAt(dir.path).beginWrite(specOf("sub/f", 3), never);
    await writer.writePart(part(1, 0, 3), bytesBody(Buffer.from("new")), noDigests, never);
    expect(await writer.abort()).toBeUndefined();
    expect(await writer.abort()).toBeUndefined();
    expect(dir.files()).toEqual([]);
  });

  test("throwing it away after it came into place does not take it back", async () => {
    using dir = new TempDir();
    const writer = await targetAt(dir.path).beginWrite(specOf("f", 0), never);
    await writer.commit([], never);
    await writer.abort();
    expect(dir.files()).toEqual(["f"]);
  });

  test("pieces may come at any place, in any order", async () => {
    using dir = new TempDir();
    const writer = await targetAt(dir.path).beginWrite(specOf("f", 9), never);
    await writer.writeAt?.(6, Buffer.from("ghi"));
    await writer.writePart(part(1, 0, 3), streamBody("a", "bc"), noDigests, never);
    await writer.writeAt?.(3, Buffer.from("def"));
    await writer.commit([], never);
    expect(text(dir, "f")).toBe("abcdefghi");
  });

  test("another may be written to the same place: each is whole, the last one stays", async () => {
    using dir = new TempDir();
    const store = targetAt(dir.path);
    const writers = [
      await store.beginWrite(specOf("f", 3), never),
      await store.beginWrite(specOf("f", 3), never),
    ];
    await writers[0]?.writeAt?.(0, Buffer.from("one"));
    await writers[1]?.writeAt?.(0, Buffer.from("two"));
    await writers[0]?.commit([], never);
    expect(text(dir, "f")).toBe("one");
    await writers[1]?.commit([], never);
    expect(text(dir, "f")).toBe("two");
    expect(dir.files()).toEqual(["f"]);
  });
});

describe("a written file", () => {
  test.skipIf(process.platform === "win32").each([
    [0o022, 0o644],
    [0o077, 0o600],
    [0o002, 0o664],
  ])("has the user's default mode (needs modes): umask %o", async (umask, mode) => {
    using dir = new TempDir();
    fs.chmodSync(dir.write("existing"), 0o755);
    const before = process.umask(umask);
    try {
      await put(targetAt(dir.path), "f", "x");
      await put(targetAt(dir.path), "existing", "x");
    } finally {
      process.umask(before);
    }
    expect(fs.statSync(dir.at("f")).mode & 0o7777).toBe(mode);
    expect(fs.statSync(dir.at("existing")).mode & 0o7777).toBe(mode);
  });

  test.each([0, 1_600_000_000_000, 1_600_000_000_123, 4_000_000_000_999])(
    "has the object's time: %d ms",
    async (mtimeMs) => {
      using dir = new TempDir();
      await put(targetAt(dir.path), "f", "x", mtimeMs);
      expect(Math.abs(fs.statSync(dir.at("f")).mtimeMs - mtimeMs)).toBeLessThan(0.001);
    },
  );

  test("replaces what was there, with fewer bytes too", async () => {
    using dir = new TempDir();
    dir.write("f", "a long old content");
    await put(targetAt(dir.path), "f", "new");
    expect(text(dir, "f")).toBe("new");
  });

  test("may be empty", async () => {
    using dir = new TempDir();
    await put(targetAt(dir.path), "f", "");
    expect(fs.statSync(dir.at("f")).size).toBe(0);
  });

  test("makes the directories above it, and the root if need be", async () => {
    using dir = new TempDir();
    await put(targetAt(dir.at("not/yet")), "a/b/c", "x");
    expect(dir.files()).toEqual(["not/yet/a/b/c"]);
  });

  test("replaces a link, and leaves what the link led to alone", async () => {
    using dir = new TempDir();
    dir.write("outside", "precious");
    fs.mkdirSync(dir.at("root"));
    fs.symlinkSync("../outside", dir.at("root/f"));
    await put(targetAt(dir.at("root")), "f", "new");
    expect(fs.lstatSync(dir.at("root/f")).isFile()).toBe(true);
    expect([text(dir, "root/f"), text(dir, "outside")]).toEqual(["new", "precious"]);
  });
});

describe("a write is refused, and leaves nothing,", () => {
  test("where a directory has its place", async () => {
    using dir = new TempDir();
    dir.write("f/inside", "x");
    const refusal = await rejection(put(targetAt(dir.path), "f", "new"));
    expect(refusal).toMatchObject({ code: "path-clash", path: dir.at("f") });
    expect(dir.files()).toEqual(["f/inside"]);
  });

  test("where a file stands in the way of a directory", async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    for (const key of ["a/b", "a/b/c"]) {
      expect(await rejection(put(targetAt(dir.path), key, "new"))).toMatchObject({
        code: "path-clash",
      });
    }
    expect(dir.files()).toEqual(["a"]);
  });

  test("where a link stands in the way of a directory, wherever it leads", async () => {
    using dir = new TempDir();
    fs.mkdirSync(dir.at("outside"));
    dir.write("root/real/f");
    fs.symlinkSync("../outside", dir.at("root/out"));
    fs.symlinkSync("real", dir.at("root/in"));
    fs.symlinkSync("missing", dir.at("root/nowhere"));
    const store = targetAt(dir.at("root"));
    for (const key of ["out/f", "in/g", "nowhere/f", "out/deep/f"]) {
      expect(await rejection(put(store, key, "new"))).toMatchObject({ code: "path-clash" });
    }
    expect(dir.files("outside")).toEqual([]);
    expect(fs.readdirSync(dir.at("root")).toSorted()).toEqual(["in", "nowhere", "out", "real"]);
    expect(dir.files("root/real")).toEqual(["f"]);
  });

  test.each(["../f", "a/../../f", "/f", "a//f", "./f", "a\u0000b"])(
    "for the key %j, which is no safe path",
    async (key) => {
      using dir = new TempDir();
      fs.mkdirSync(dir.at("root"));
      const store = targetAt(dir.at("root"));
      expect(await rejection(put(store, key, "x"))).toMatchObject({ code: "unsafe-key", key });
      expect(await rejection(store.beginWrite(specOf(key, 1), never))).toMatchObject({
        code: "unsafe-key",
      });
      expect(dir.files()).toEqual([]);
    },
  );

  test("for a name that the file system finds too long", async () => {
    using dir = new TempDir();
    const refusal = await rejection(put(targetAt(dir.path), "x".repeat(256), ""));
    expect(refusal).toMatchObject({ code: "unsafe-key", reason: "ENAMETOOLONG" });
    expect(dir.files()).toEqual([]);
  });

  test("when its body breaks", async () => {
    using dir = new TempDir();
    dir.write("f", "old");
    const broken = new Error("the source broke");
    let pulls = 0;
    const body = {
      kind: "stream",
      length: 6,
      open: () =>
        new ReadableStream<Uint8Array>({
          pull(controller) {
            pulls += 1;
            if (pulls === 1) controller.enqueue(Buffer.from("new"));
            else controller.error(broken);
          },
        }),
    } as const;
    const store = targetAt(dir.path);
    expect(await rejection(store.write(specOf("f", 6), body, noDigests, never))).toBe(broken);
    expect([dir.files(), text(dir, "f")]).toEqual([["f"], "old"]);
  });

  test.skipIf(!canMount)(`when the disk is full (${mountNeeds})`, async () => {
    using disk = new SmallDisk("1m");
    const store = targetAt(disk.path);
    await put(store, "f", "old");
    const body = bytesBody(new Uint8Array(2 * 1024 * 1024));
    const refusal = await rejection(
      store.write(specOf("f", 2 * 1024 * 1024), body, noDigests, never),
    );
    expect(refusal).toMatchObject({ code: "disk-full", operation: "write", reason: "ENOSPC" });
    expect(fs.readdirSync(disk.path)).toEqual(["f"]);
    expect(fs.readFileSync(`${disk.path}/f`, "utf8")).toBe("old");
    await store.close();
  });

  test.skipIf(!canBeUser)(`where the user may not write (${userNeeds})`, async () => {
    using dir = new TempDir();
    fs.chmodSync(dir.path, 0o755);
    fs.mkdirSync(dir.at("root"), { mode: 0o555 });
    for (const key of ["f", "new/f"]) {
      expect(await runAsUser("as-user.ts", "write", dir.at("root"), key, "x")).toMatchObject({
        code: "access-denied",
        operation: expect.stringMatching(/^(?:write|create)$/),
      });
    }
    expect(dir.files()).toEqual([]);
  });
});

describe.skipIf(notLinux)("a directory that is changed during a write (needs Linux)", () => {
  test("swapped for a link out of the tree, never lets the file out", async () => {
    using dir = new TempDir();
    dir.write("root/sub/old");
    fs.mkdirSync(dir.at("outside"));
    const writer = await targetAt(dir.at("root")).beginWrite(specOf("sub/f", 3), never);
    fs.renameSync(dir.at("root/sub"), dir.at("root/moved"));
    fs.symlinkSync("../outside", dir.at("root/sub"));
    await writer.writeAt?.(0, Buffer.from("new"));
    await writer.commit([], never);
    expect(dir.files("outside")).toEqual([]);
    expect(dir.files("root")).toEqual(["moved/f", "moved/old", "sub"]);
  });

  test("swapped for a link between two writes, keeps the second one in the tree", async () => {
    using dir = new TempDir();
    fs.mkdirSync(dir.at("outside"));
    const store = targetAt(dir.at("root"));
    await put(store, "sub/first", "x");
    fs.rmSync(dir.at("root/sub"), { recursive: true });
    fs.symlinkSync("../outside", dir.at("root/sub"));
    expect(await rejection(put(store, "sub/second", "x"))).toBeInstanceOf(SyncError);
    expect(dir.files("outside")).toEqual([]);
  });

  test("removed between two writes, is made again for the second", async () => {
    using dir = new TempDir();
    const store = targetAt(dir.path);
    await put(store, "a/b/first", "x");
    fs.rmSync(dir.at("a"), { recursive: true });
    await put(store, "a/b/second", "x");
    expect(dir.files()).toEqual(["a/b/second"]);
  });

  test("moved away and made anew between two writes, gets the second one", async () => {
    using dir = new TempDir();
    const store = targetAt(dir.path);
    await put(store, "a/first", "x");
    fs.renameSync(dir.at("a"), dir.at("moved"));
    fs.mkdirSync(dir.at("a"));
    await put(store, "a/second", "x");
    expect(dir.files()).toEqual(["a/second", "moved/first"]);
  });
});

describe("a key that ends with /", () => {
  test("is a directory, made with those above it, and once more is fine", async () => {
    using dir = new TempDir();
    const store = targetAt(dir.path);
    await put(store, "a/b/", "");
    await put(store, "a/b/", "");
    expect(fs.statSync(dir.at("a/b")).isDirectory()).toBe(true);
  });

  test("cannot hold data", async () => {
    using dir = new TempDir();
    const refusal = await rejection(put(targetAt(dir.path), "a/", "x"));
    expect(refusal).toMatchObject({ code: "unsafe-key", key: "a/" });
    expect(dir.files()).toEqual([]);
  });

  test("is refused where a file or a link stands", async () => {
    using dir = new TempDir();
    dir.write("file", "x");
    fs.symlinkSync(".", dir.at("link"));
    const store = targetAt(dir.path);
    for (const key of ["file/", "link/"]) {
      expect(await rejection(put(store, key, ""))).toMatchObject({ code: "path-clash" });
    }
  });

  test("is not the file of the same name", async () => {
    using dir = new TempDir();
    dir.write("a", "x");
    expect(await targetAt(dir.path).head(asKey("a/"))).toBeUndefined();
  });
});

describe.skipIf(notLinux)("descriptors (needs /proc)", () => {
  test("stay few, however many directories are written to, and none is left at the end", async () => {
    using dir = new TempDir();
    const store = targetAt(dir.path);
    for (let index = 0; index < 200; index++) await put(store, `d${index}/e/f`, "x");
    expect(descriptorsBelow(dir.path)).toBeLessThanOrEqual(40);
    await store.close();
    expect(descriptorsBelow(dir.path)).toBe(0);
  });

  test("of refused and broken writes are closed too", async () => {
    using dir = new TempDir();
    dir.write("f/inside");
    dir.write("file");
    const store = targetAt(dir.path);
    for (const key of ["f", "file/x", "../x", "x".repeat(300), "link/"]) {
      await put(store, key, "x").catch(() => undefined);
    }
    const writer = await store.beginWrite(specOf("g", 1), never);
    await writer.abort();
    await store.close();
    expect(descriptorsBelow(dir.path)).toBe(0);
  });
});
