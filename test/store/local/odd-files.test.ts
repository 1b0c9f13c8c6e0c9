/**
 * What is in a tree besides plain files: links, FIFOs, sockets, devices, names that are no text, directories
 * that nobody may read.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import net from "node:net";

import { asKey, only } from "../../../src/core/key.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { listAll, shown, sourceAt, targetAt } from "./local.ts";
import { canBeUser, Locked, runAsUser, userNeeds } from "./ordinary-user.ts";

const noFifo = Bun.which("mkfifo") === null;
const notLinux = process.platform !== "linux";

function makeFifo(file: string): void {
  Bun.spawnSync(["mkfifo", file]);
}

/** A file or directory whose name is not UTF-8. */
function makeDamaged(directory: string, name: string, ...names: readonly string[]): Buffer {
  const damaged = Buffer.concat([Buffer.from(`${directory}/${name}`), Buffer.of(0xff)]);
  if (names.length === 0) fs.writeFileSync(damaged, "x");
  else fs.mkdirSync(damaged);
  for (const below of names)
    fs.writeFileSync(Buffer.concat([damaged, Buffer.from(`/${below}`)]), "x");
  return damaged;
}

describe("a listing opens nothing:", () => {
  test.skipIf(noFifo)("a FIFO does not make it wait (needs mkfifo)", async () => {
    using dir = new TempDir();
    makeFifo(dir.at("pipe"));
    dir.write("z");
    for (const store of [sourceAt(dir.path), targetAt(dir.path)]) {
      expect(await shown(store)).toEqual(["fifo pipe", "object z"]);
    }
  });

  test.skipIf(!canBeUser)(`a file that may not be read is listed (${userNeeds})`, async () => {
    using dir = new TempDir();
    fs.chmodSync(dir.path, 0o755);
    fs.chmodSync(dir.write("secret", "x"), 0o000);
    expect(await runAsUser("as-user.ts", "list", "source", dir.path)).toEqual([
      { kind: "object", key: "secret" },
    ]);
  });
});

describe("special files", () => {
  test("a socket is told as one", async () => {
    using dir = new TempDir();
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(dir.at("sock"), resolve));
    try {
      expect(await shown(sourceAt(dir.path))).toEqual(["socket sock"]);
      expect(await shown(targetAt(dir.path))).toEqual(["socket sock"]);
    } finally {
      server.close();
    }
  });

  test.skipIf(notLinux)("a device behind a link is told as one (needs /dev/null)", async () => {
    using dir = new TempDir();
    fs.symlinkSync("/dev/null", dir.at("null"));
    expect(await shown(sourceAt(dir.path))).toEqual(["device null"]);
    expect(await shown(targetAt(dir.path))).toEqual(["link null"]);
  });

  test.skipIf(noFifo)("a FIFO behind a link is told as one (needs mkfifo)", async () => {
    using dir = new TempDir();
    makeFifo(dir.at("pipe"));
    fs.symlinkSync("pipe", dir.at("link"));
    expect(await shown(sourceAt(dir.path))).toEqual(["fifo link", "fifo pipe"]);
  });

  test.skipIf(noFifo)(
    "asked for by its key is told as in the full listing (needs mkfifo)",
    async () => {
      using dir = new TempDir();
      makeFifo(dir.at("pipe"));
      for (const store of [sourceAt(dir.path), targetAt(dir.path)]) {
        expect(await shown(store, only(asKey("pipe")))).toEqual(["fifo pipe"]);
      }
    },
  );
});

describe("symbolic links of a source", () => {
  test("count as what they lead to, file or directory", async () => {
    using dir = new TempDir();
    dir.write("elsewhere/f", "12345");
    dir.write("elsewhere/sub/g");
    fs.mkdirSync(dir.at("root"));
    fs.symlinkSync("../elsewhere/f", dir.at("root/file"));
    fs.symlinkSync("../elsewhere", dir.at("root/tree"));
    expect(await shown(sourceAt(dir.at("root")))).toEqual([
      "object file",
      "directory tree/",
      "object tree/f",
      "directory tree/sub/",
      "object tree/sub/g",
    ]);
    const [file] = await listAll(sourceAt(dir.at("root")));
    expect(file).toMatchObject({ size: 5 });
  });

  test("may lead to the same directory twice, side by side", async () => {
    using dir = new TempDir();
    dir.write("real/f");
    fs.symlinkSync("real", dir.at("one"));
    fs.symlinkSync("real", dir.at("two"));
    expect(await shown(sourceAt(dir.path))).toEqual([
      "directory one/",
      "object one/f",
      "directory real/",
      "object real/f",
      "directory two/",
      "object two/f",
    ]);
  });

  test("that lead nowhere are links", async () => {
    using dir = new TempDir();
    fs.symlinkSync("missing", dir.at("dangling"));
    expect(await shown(sourceAt(dir.path))).toEqual(["link dangling"]);
  });

  test("that lead back up are gaps, whether to the root, to a parent or to themselves", async () => {
    using dir = new TempDir();
    dir.write("a/b/f");
    fs.symlinkSync("../..", dir.at("a/b/root"));
    fs.symlinkSync("..", dir.at("a/b/parent"));
    fs.symlinkSync("self", dir.at("self"));
    fs.symlinkSync(".", dir.at("a/b/here"));
    expect(await shown(sourceAt(dir.path))).toEqual([
      "directory a/",
      "directory a/b/",
      "object a/b/f",
      "gap a/b/here link-loop",
      "gap a/b/parent link-loop",
      "gap a/b/root link-loop",
      "gap self link-loop",
    ]);
  });

  test("that lead into each other end after one round", async () => {
    using dir = new TempDir();
    dir.write("a/f");
    dir.write("b/g");
    fs.symlinkSync("../b", dir.at("a/to-b"));
    fs.symlinkSync("../a", dir.at("b/to-a"));
    expect(await shown(sourceAt(dir.path))).toEqual([
      "directory a/",
      "object a/f",
      "directory a/to-b/",
      "object a/to-b/g",
      "gap a/to-b/to-a link-loop",
      "directory b/",
      "object b/g",
      "directory b/to-a/",
      "object b/to-a/f",
      "gap b/to-a/to-b link-loop",
    ]);
  });

  test("are left out altogether if they are to be ignored, loops and dangling ones too", async () => {
    using dir = new TempDir();
    dir.write("f");
    fs.symlinkSync("f", dir.at("file"));
    fs.symlinkSync(".", dir.at("loop"));
    fs.symlinkSync("missing", dir.at("dangling"));
    const store = sourceAt(dir.path, { ignoreLinks: true });
    expect(await shown(store)).toEqual(["object f"]);
    expect(await shown(store, only(asKey("file")))).toEqual([]);
  });

  test.skipIf(!canBeUser)(
    `whose goal may not be looked at are gaps: what lies below them is unknown, not absent (${userNeeds})`,
    async () => {
      using dir = new TempDir();
      fs.chmodSync(dir.path, 0o755);
      dir.write("locked/tree/f");
      fs.mkdirSync(dir.at("root"));
      fs.symlinkSync("../locked/tree", dir.at("root/tree"));
      using _lock = new Locked(dir.at("locked"), 0o000);
      expect(await runAsUser("as-user.ts", "list", "source", dir.at("root"))).toEqual([
        { kind: "gap", key: "tree", code: "access-denied" },
      ]);
    },
  );
});

describe("symbolic links of a target", () => {
  test("are links, wherever they lead: nothing is looked at through them", async () => {
    using dir = new TempDir();
    dir.write("elsewhere/f");
    fs.mkdirSync(dir.at("root"));
    fs.symlinkSync("../elsewhere", dir.at("root/tree"));
    fs.symlinkSync("../elsewhere/f", dir.at("root/file"));
    fs.symlinkSync("missing", dir.at("root/dangling"));
    fs.symlinkSync(".", dir.at("root/loop"));
    const store = targetAt(dir.at("root"));
    expect(await shown(store)).toEqual(["link dangling", "link file", "link loop", "link tree"]);
  });

  test("are not looked through for a single key either", async () => {
    using dir = new TempDir();
    dir.write("elsewhere/f");
    fs.mkdirSync(dir.at("root"));
    fs.symlinkSync("../elsewhere", dir.at("root/tree"));
    const store = targetAt(dir.at("root"));
    expect(await shown(store, only(asKey("tree/f")))).toEqual([]);
    expect(await store.head(asKey("tree/f"))).toBeUndefined();
  });
});

describe.skipIf(notLinux)("names that are not UTF-8 (needs a file system that has them)", () => {
  test("are gaps, of a file and of a whole directory, and the rest is listed", async () => {
    using dir = new TempDir();
    dir.write("a");
    makeDamaged(dir.path, "bad");
    makeDamaged(dir.path, "tree", "f", "g");
    dir.write("z");
    for (const store of [sourceAt(dir.path), targetAt(dir.path)]) {
      expect(await shown(store)).toEqual([
        "object a",
        "gap bad\ufffd file-name",
        "gap tree\ufffd file-name",
        "object z",
      ]);
    }
  });

  test.skipIf(process.getuid?.() !== 0)(
    "with U+FFFD in them are unknown, not absent, where they may not be examined (needs root)",
    async () => {
      using dir = new TempDir();
      dir.write("d/odd\ufffd");
      fs.chmodSync(dir.path, 0o755);
      fs.chmodSync(dir.at("d"), 0o744);
      const nobody = 65_534;
      process.seteuid?.(nobody);
      try {
        const [, gap] = await listAll(sourceAt(dir.path));
        expect(gap).toMatchObject({ kind: "gap", key: "d/odd\ufffd" });
      } finally {
        process.seteuid?.(0);
      }
    },
  );

  test("are told with what to do about them", async () => {
    using dir = new TempDir();
    makeDamaged(dir.path, "bad");
    const [gap] = await listAll(sourceAt(dir.path));
    expect(gap).toMatchObject({
      error: { code: "file-name", hint: "Rename it; S3 keys are UTF-8." },
    });
  });

  test("are not mistaken for names that hold U+FFFD itself", async () => {
    using dir = new TempDir();
    dir.write("odd\ufffd");
    expect(await shown(sourceAt(dir.path))).toEqual(["object odd\ufffd"]);
  });

  test("do not hide a file whose name is what is left of theirs, and no key is repeated", async () => {
    using dir = new TempDir();
    dir.write("odd\ufffd", "good");
    makeDamaged(dir.path, "odd");
    const listed = await listAll(sourceAt(dir.path));
    expect(listed.filter(({ kind }) => kind === "object")).toHaveLength(1);
    expect(new Set(listed.map(({ key }) => key)).size).toBe(listed.length);
  });

  test("that leave the same text do not become the same key: a listing never repeats one", async () => {
    using dir = new TempDir();
    fs.writeFileSync(Buffer.from(`${dir.path}/x\xff`, "latin1"), "");
    fs.writeFileSync(Buffer.from(`${dir.path}/x\xfe`, "latin1"), "");
    const listed = await listAll(sourceAt(dir.path));
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.every(({ kind }) => kind === "gap")).toBe(true);
    expect(new Set(listed.map(({ key }) => key)).size).toBe(listed.length);
  });
});

describe.skipIf(!canBeUser)(`a directory that may not be read (${userNeeds})`, () => {
  test("is a gap for all that lies below it", async () => {
    using dir = new TempDir();
    fs.chmodSync(dir.path, 0o755);
    for (const name of ["a", "locked/f", "z"]) dir.write(name);
    using _lock = new Locked(dir.at("locked"), 0o000);
    for (const side of ["source", "target"]) {
      const found = await runAsUser("as-user.ts", "list", side, dir.path);
      expect(found).toEqual([
        { kind: "object", key: "a" },
        { kind: "directory", key: "locked/" },
        { kind: "gap", key: "locked/", code: "access-denied" },
        { kind: "object", key: "z" },
      ]);
    }
  });

  test("of which only the names may be read is a gap for each of them", async () => {
    using dir = new TempDir();
    fs.chmodSync(dir.path, 0o755);
    dir.write("listed/f");
    dir.write("listed/sub/g");
    using _lock = new Locked(dir.at("listed"), 0o444);
    expect(await runAsUser("as-user.ts", "list", "source", dir.path)).toEqual([
      { kind: "directory", key: "listed/" },
      { kind: "gap", key: "listed/f", code: "access-denied" },
      { kind: "directory", key: "listed/sub/" },
      { kind: "gap", key: "listed/sub/", code: "access-denied" },
    ]);
  });

  test("is an error if it is the root", async () => {
    using dir = new TempDir();
    fs.chmodSync(dir.path, 0o755);
    fs.mkdirSync(dir.at("root"));
    using _lock = new Locked(dir.at("root"), 0o000);
    for (const side of ["source", "target"]) {
      expect(await runAsUser("as-user.ts", "list", side, dir.at("root"))).toMatchObject({
        code: "access-denied",
        operation: "list",
      });
    }
  });
});
