/**
 * How a file is read: always one and the same state of it, or not at all.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { asKey } from "../../../src/core/key.ts";
import type { Reader } from "../../../src/store/store.ts";
import { rejection } from "../../core/rejection.ts";
import { objectOf } from "../../list/listed.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { descriptorsBelow, never, sourceAt } from "./local.ts";
import { canBeUser, runAsUser, userNeeds } from "./ordinary-user.ts";

const noFifo = Bun.which("mkfifo") === null;
/** More than one piece of a stream. */
const size = 700_000;
const changed = { code: "source-changed" };

/** A file of a few pieces that was opened for reading. */
class Opened implements AsyncDisposable {
  private readonly dir = new TempDir();
  readonly file = this.dir.write("f", Buffer.alloc(size, "a"), new Date(1_600_000_000_000));

  private constructor() {}

  static async open(): Promise<Opened & { reader: Reader }> {
    const opened = new Opened();
    const reader = await sourceAt(opened.dir.path).open(objectOf("f", { size }));
    return Object.assign(opened, { reader });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dir[Symbol.dispose]();
  }
}

/** Every way to get the whole of a file. */
const ways: Readonly<Record<string, (reader: Reader) => Promise<unknown>>> = {
  bytes: (reader) => reader.bytes(never),
  read: (reader) => reader.read(0, new Uint8Array(size), never),
  readPieces: (reader) => reader.readPieces(0, size, () => undefined, never),
  stream: (reader) => Array.fromAsync(reader.stream?.(0, size) ?? []),
  "a stream in two halves": async (reader) => {
    await Array.fromAsync(reader.stream?.(0, size / 2) ?? []);
    await Array.fromAsync(reader.stream?.(size / 2, size / 2) ?? []);
  },
};
const allWays = Object.keys(ways);

async function readAndVerify(reader: Reader, way: string): Promise<void> {
  await ways[way]?.(reader);
  await reader.verifyUnchanged();
}

/** Every change that a file may suffer between its opening and the end of reading. */
const changes: Readonly<Record<string, (file: string) => void>> = {
  grows: (file) => fs.appendFileSync(file, "b"),
  shrinks: (file) => fs.truncateSync(file, size - 1),
  "loses everything": (file) => fs.truncateSync(file, 0),
  "is written to in place": (file) => {
    const descriptor = fs.openSync(file, "r+");
    fs.writeSync(descriptor, "b", size - 1);
    fs.closeSync(descriptor);
  },
};
const cases = Object.keys(changes).flatMap((change) => allWays.map((way) => ({ change, way })));

describe("a file that does not change", () => {
  test.each(allWays)("is read and known as unchanged: %s", async (way) => {
    await using opened = await Opened.open();
    await readAndVerify(opened.reader, way);
    await opened.reader.close();
  });

  test("has touched access time only, and counts as unchanged", async () => {
    await using opened = await Opened.open();
    fs.utimesSync(opened.file, new Date(), new Date(1_600_000_000_000));
    await opened.reader.verifyUnchanged();
    await opened.reader.close();
  });
});

describe("a file that was opened and then", () => {
  test.each(cases)("$change is never taken for unchanged: $way", async ({ change, way }) => {
    await using opened = await Opened.open();
    changes[change]?.(opened.file);
    expect(await rejection(readAndVerify(opened.reader, way))).toMatchObject({
      ...changed,
      path: opened.file,
    });
    await opened.reader.close();
  });

  test("is replaced by another is read as it was, or not at all", async () => {
    for (const way of allWays) {
      await using opened = await Opened.open();
      fs.writeFileSync(`${opened.file}.new`, Buffer.alloc(size, "b"));
      fs.renameSync(`${opened.file}.new`, opened.file);
      try {
        const pieces: Uint8Array[] = [];
        if (way === "bytes") pieces.push(await opened.reader.bytes(never));
        else if (way === "stream")
          pieces.push(...(await Array.fromAsync(opened.reader.stream?.(0, size) ?? [])));
        else await ways[way]?.(opened.reader);
        expect(Buffer.concat(pieces).includes("b")).toBe(false);
      } catch (thrown) {
        expect(thrown).toMatchObject(changed);
      }
      await opened.reader.close();
    }
  });

  test("vanishes is read as it was, or not at all", async () => {
    await using opened = await Opened.open();
    fs.unlinkSync(opened.file);
    expect(Buffer.from(await opened.reader.bytes(never))).toEqual(Buffer.alloc(size, "a"));
    await opened.reader.close();
  });
});

describe("a file that changes while a stream of it is read", () => {
  test.each(["grows", "shrinks", "loses everything"])(
    "and %s makes the stream fail, which never yields more than was there",
    async (change) => {
      await using opened = await Opened.open();
      let seen = 0;
      const readAll = async (): Promise<void> => {
        for await (const piece of opened.reader.stream?.(0, size) ?? []) {
          if (seen === 0) changes[change]?.(opened.file);
          seen += piece.byteLength;
        }
        await opened.reader.verifyUnchanged();
      };
      expect(await rejection(readAll())).toMatchObject(changed);
      expect(seen).toBeLessThanOrEqual(size);
      await opened.reader.close();
    },
  );
});

describe("opening", () => {
  test("a file that is not there is an error", async () => {
    using dir = new TempDir();
    expect(await rejection(sourceAt(dir.path).open(objectOf("f")))).toMatchObject({
      code: "not-found",
      path: dir.at("f"),
    });
  });

  test("a directory is an error: it took the file's place", async () => {
    using dir = new TempDir();
    fs.mkdirSync(dir.at("f"));
    expect(await rejection(sourceAt(dir.path).open(objectOf("f")))).toMatchObject({
      code: "special-file",
    });
  });

  test.skipIf(noFifo)(
    "a FIFO that took the file's place does not wait (needs mkfifo)",
    async () => {
      using dir = new TempDir();
      Bun.spawnSync(["mkfifo", dir.at("f")]);
      expect(await rejection(sourceAt(dir.path).open(objectOf("f")))).toMatchObject({
        code: "special-file",
        path: dir.at("f"),
      });
    },
  );

  test.skipIf(noFifo)(
    "a stream does not wait for a FIFO that took the file's place after it was opened (needs mkfifo)",
    async () => {
      await using opened = await Opened.open();
      fs.unlinkSync(opened.file);
      Bun.spawnSync(["mkfifo", opened.file]);
      const read = readAndVerify(opened.reader, "stream").then(
        () => "read as it was",
        (thrown: unknown) => thrown,
      );
      const waited = Symbol("still waiting");
      const outcome = await Promise.race([read, Bun.sleep(1000).then(() => waited)]);
      // Lets go of whoever waits for a writer, so that this process can end.
      fs.closeSync(fs.openSync(opened.file, fs.constants.O_RDWR | fs.constants.O_NONBLOCK));
      expect(outcome).not.toBe(waited);
      if (outcome !== "read as it was") expect(outcome).toMatchObject(changed);
      await opened.reader.close();
    },
  );

  test.skipIf(!canBeUser)(
    `a file that may not be read is an error about that file (${userNeeds})`,
    async () => {
      using dir = new TempDir();
      fs.chmodSync(dir.path, 0o755);
      fs.chmodSync(dir.write("f", "x"), 0o000);
      expect(await runAsUser("as-user.ts", "read", dir.path, "f")).toMatchObject({
        code: "access-denied",
        operation: "read",
      });
    },
  );

  test.skipIf(process.platform !== "linux")(
    "leaves no descriptor behind (needs /proc)",
    async () => {
      await using opened = await Opened.open();
      await ways["stream"]?.(opened.reader);
      expect(descriptorsBelow(opened.file)).toBeGreaterThan(0);
      await opened.reader.close();
      // Bun closes the stream's own descriptor on another thread.
      for (let turn = 0; turn < 10_000 && descriptorsBelow(opened.file) > 0; turn++) {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
      expect(descriptorsBelow(opened.file)).toBe(0);
      using dir = new TempDir();
      fs.mkdirSync(dir.at("d"));
      await rejection(sourceAt(dir.path).open(objectOf("d")));
      expect(descriptorsBelow(dir.path)).toBe(0);
    },
  );
});

describe("what a file tells", () => {
  test("is its size and time, and no ETag", async () => {
    using dir = new TempDir();
    dir.write("f.png", "12345", new Date(1_600_000_000_123));
    const reader = await sourceAt(dir.path).open(objectOf("f.png"));
    expect(reader.info).toMatchObject({ size: 5, mtimeMs: 1_600_000_000_123, etag: undefined });
    await reader.close();
  });

  test.each([
    ["a.png", "image/png"],
    ["a.tar.gz", "application/gzip"],
    ["dir.png/a.HTML", "text/html"],
    ["a", "application/octet-stream"],
    ["a.nobody-knows", "application/octet-stream"],
  ])("for %s is the type %s, if it is to be guessed", async (name, contentType) => {
    using dir = new TempDir();
    dir.write(name);
    const guessing = sourceAt(dir.path, { guessContentType: true });
    expect((await guessing.head(asKey(name)))?.attributes).toEqual({ contentType, metadata: {} });
    expect((await sourceAt(dir.path).head(asKey(name)))?.attributes).toEqual({ metadata: {} });
  });

  test("is that of the link's goal in a source", async () => {
    using dir = new TempDir();
    dir.write("goal", "12345");
    fs.symlinkSync("goal", dir.at("link"));
    expect(await sourceAt(dir.path).head(asKey("link"))).toMatchObject({ size: 5 });
  });
});
