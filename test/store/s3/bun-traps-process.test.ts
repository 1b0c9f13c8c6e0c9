/**
 * The traps of Bun that concern files, processes and threads; see `bun-traps.test.ts` for the others and for
 * what "in Bun itself" means.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { neededLimit } from "../../../src/cli/connection-limit.ts";
import { MiB } from "../../../src/core/bytes.ts";
import { everything } from "../../../src/core/key.ts";
import { md5Of } from "../../../src/hash/digest.ts";
import type { Body } from "../../../src/store/body.ts";
import { openFile } from "../../../src/store/local/files/reader.ts";
import { LocalStore } from "../../../src/store/local/store.ts";
import { Allowance } from "../../../src/transfer/limits/limits.ts";
import { Threads } from "../../../src/transfer/threads/threads.ts";
import { httpAnswer, type Peer, RawServer } from "../../support/raw-server.ts";
import { never, rejection, startStub, StubClient } from "../../support/stub-s3.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { withEnvironment } from "./support/environment.ts";
import { authority, schemes, type Transport } from "./support/transports.ts";
import { localJob, withWorkers } from "./support/workers.ts";

const none = { md5: undefined, sha256: undefined };
const plain = { metadata: {} };
const inBun = "in Bun itself:";
const sources = path.join(import.meta.dir, "../../../src");

/** A file of which each piece is filled with its own number. */
function numbered(dir: TempDir, pieces: number, pieceSize: number): string {
  const bytes = Buffer.alloc(pieces * pieceSize);
  for (let at = 0; at < pieces; at++) bytes.fill(at + 1, at * pieceSize, (at + 1) * pieceSize);
  return dir.write("numbered", bytes);
}

function isPiece(bytes: Uint8Array, number: number, size: number): boolean {
  return bytes.byteLength === size && bytes.every((byte) => byte === number);
}

function streamOf(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

describe("trap 1: slices of one descriptor read each other's bytes", () => {
  const [count, size] = [64, 256 * 1024];

  test("our reader reads many ranges at the same time through one descriptor", async () => {
    using dir = new TempDir();
    const reader = await openFile(numbered(dir, count, size), plain);
    const read = async (index: number): Promise<boolean> => {
      const into = new Uint8Array(size);
      await reader.read(index * size, into);
      return isPiece(into, index + 1, size);
    };
    const results = await Promise.all(Array.from({ length: count }, (_, index) => read(index)));
    await reader.close();
    expect(results).toEqual(Array.from({ length: count }, () => true));
  });

  test.each(schemes)("our uploads of ranges of one file are right %s", async (_, scheme) => {
    using dir = new TempDir();
    await using server = await startStub([{ headers: { etag: '"x"' } }], scheme.identity);
    using stub = new StubClient(server.origin, { ca: scheme.ca });
    const reader = await openFile(numbered(dir, 8, 2 * MiB), plain);
    const put = (index: number): Promise<unknown> => {
      const open = () => streamOf(reader.stream(index * 2 * MiB, 2 * MiB));
      const body: Body = { kind: "stream", length: 2 * MiB, open };
      return stub.api.putObject(String(index), body, none, plain, never());
    };
    await Promise.all(Array.from({ length: 8 }, (_each, index) => put(index)));
    await reader.close();
    const right = server.requests.map(({ target, body }) =>
      isPiece(body, Number(target.slice("/bucket/".length)) + 1, 2 * MiB),
    );
    expect(right).toEqual(Array.from({ length: 8 }, () => true));
  });

  test(`${inBun} slices of one descriptor, read at the same time, hold wrong bytes`, async () => {
    using dir = new TempDir();
    const descriptor = fs.openSync(numbered(dir, 32, MiB), "r");
    let wrong = 0;
    for (let round = 0; round < 50 && wrong === 0; round++) {
      const slices = await Promise.all(
        Array.from({ length: 32 }, (_, at) =>
          Bun.file(descriptor)
            .slice(at * MiB, (at + 1) * MiB)
            .bytes(),
        ),
      );
      wrong = slices.filter((slice, at) => slice[0] !== at + 1 || slice.at(-1) !== at + 1).length;
    }
    fs.closeSync(descriptor);
    expect(wrong).toBeGreaterThan(0);
  });
});

describe.each(schemes)("trap 5: a file that shrinks while it is sent %s", (_, { identity, ca }) => {
  const upload = async (file: string, origin: string, key: string): Promise<unknown> => {
    using stub = new StubClient(origin, { ca, retry: { maxAttempts: 1, initialBackoffMs: 1 } });
    const reader = await openFile(file, plain);
    const { size } = reader.info;
    const body: Body = {
      kind: "stream",
      length: size,
      open: () => streamOf(reader.stream(0, size)),
    };
    try {
      return await rejection(stub.api.putObject(key, body, none, plain, never()));
    } finally {
      await reader.close();
    }
  };

  test.each(["key", "dir/../key"])("fails the upload of %s at once as changed", async (key) => {
    using dir = new TempDir();
    const file = dir.write("shrinking", new Uint8Array(32 * MiB));
    await using server = await RawServer.start(
      {
        head: (_request, peer) => {
          peer.pause();
          fs.truncateSync(file, MiB);
          peer.resume();
        },
      },
      identity,
    );
    const startedAt = performance.now();
    expect(await upload(file, server.origin, key)).toMatchObject({ code: "source-changed" });
    expect(performance.now() - startedAt).toBeLessThan(4000);
    expect(server.requests).toHaveLength(0);
  });

  test("also when it shrank before the first byte was sent", async () => {
    using dir = new TempDir();
    const file = dir.write("shrunk", new Uint8Array(2 * MiB));
    await using server = await startStub([{ headers: { etag: '"x"' } }], identity);
    using stub = new StubClient(server.origin, { ca });
    const reader = await openFile(file, plain);
    fs.truncateSync(file, MiB);
    const open = () => streamOf(reader.stream(0, 2 * MiB));
    const body: Body = { kind: "stream", length: 2 * MiB, open };
    const error = await rejection(stub.api.putObject("key", body, none, plain, never()));
    await reader.close();
    expect(error).toMatchObject({ code: "source-changed" });
  });

  test(`${inBun} such a file goes out short, with a length to match`, async () => {
    using dir = new TempDir();
    const file = dir.write("shrunk", new Uint8Array(2 * MiB));
    await using server = await startStub([{}], identity);
    const body = Bun.file(file).slice(0, 2 * MiB);
    fs.truncateSync(file, MiB);
    const tls = { ca: authority.cert };
    const answer = await fetch(server.origin, { method: "PUT", body, tls });
    expect(answer.status).toBe(200);
    expect(server.requests[0]?.body.byteLength).toBe(MiB);
  });
});

describe("trap 7: 256 requests in flight, whatever the program wants", () => {
  test("the limit is raised when the options ask for more, and only then", () => {
    expect(neededLimit({ workerSize: 16, maxParallelUploads: 16 }, {})).toBeUndefined();
    expect(neededLimit({ workerSize: 120, maxParallelUploads: 120 }, {})).toBeUndefined();
    expect(neededLimit({ workerSize: 121, maxParallelUploads: 120 }, {})).toBe(257);
    expect(neededLimit({ workerSize: 500, maxParallelUploads: 500 }, {})).toBe(1016);
    const raised = { BUN_CONFIG_MAX_HTTP_REQUESTS: "1016" };
    expect(neededLimit({ workerSize: 500, maxParallelUploads: 500 }, raised)).toBeUndefined();
    expect(neededLimit({ workerSize: 60_000, maxParallelUploads: 60_000 }, {})).toBe(65_535);
  });

  /** Holds requests back until there are so many, and for a moment longer. */
  async function inFlight(
    { identity, ca }: Omit<Transport, "key">,
    want: number,
    ...args: string[]
  ): Promise<number> {
    const held: Peer[] = [];
    await using server = await RawServer.start((_request, peer) => {
      held.push(peer);
      if (held.length > want) peer.write(httpAnswer({ body: "ok" }));
    }, identity);
    using dir = new TempDir();
    const believed = ca === undefined ? {} : { NODE_EXTRA_CA_CERTS: dir.write("ca.pem", ca) };
    const script = path.join(import.meta.dir, "support/many-requests.ts");
    const child = Bun.spawn([process.execPath, script, server.origin, "300", ...args], {
      env: { ...process.env, ...believed },
      stdout: "pipe",
      timeout: 20_000,
    });
    await server.until(() => held.length >= want);
    await Bun.sleep(200);
    const seen = held.length;
    for (const peer of held.slice(0, want)) peer.write(httpAnswer({ body: "ok" }));
    expect(await new Response(child.stdout).text()).toBe("done");
    return seen;
  }

  describe.each(schemes)("%s", (_, scheme) => {
    test("a process that starts itself anew has 300 in flight", async () => {
      expect(await inFlight(scheme, 300, "284")).toBe(300);
    });

    test(`${inBun} a process as it is has 256`, async () => {
      expect(await inFlight(scheme, 256)).toBe(256);
    });
  });

  test("our own bound is never exceeded, and serves in the order of asking", async () => {
    const allowance = new Allowance(3);
    const order: number[] = [];
    let holders = 0;
    let most = 0;
    const work = async (number: number): Promise<void> => {
      const release = await allowance.take();
      order.push(number);
      most = Math.max(most, ++holders);
      await new Promise(setImmediate);
      holders--;
      release();
      release();
    };
    await Promise.all(Array.from({ length: 50 }, (_, number) => work(number)));
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 50 }, (_, number) => number));
  });
});

describe("trap 9: a worker's URL freezes the build machine's path", () => {
  test("in the binary the thread is named relative to the main entry point", () => {
    const source = fs.readFileSync(path.join(sources, "transfer/threads/threads.ts"), "utf8");
    const script =
      /Bun\.isStandaloneExecutable\s*\?\s*"(\.\/[^"]+)"/.exec(source)?.[1] ?? "not found";
    expect(fs.statSync(path.join(sources, script)).isFile()).toBe(true);
  });

  test("from the sources a thread starts and moves a part", async () => {
    using dir = new TempDir();
    const threads = new Threads(1, () => undefined);
    const from = fs.openSync(dir.write("from", "0123456789"), "r");
    const to = fs.openSync(dir.at("to"), "w+");
    const { md5 } = await threads.run(localJob(from, to), never());
    threads.close();
    fs.closeSync(from);
    fs.closeSync(to);
    expect(Buffer.from(dir.read("to")).toString()).toBe("\u0000\u0000234567");
    expect(Buffer.from(md5 ?? [])).toEqual(Buffer.from(md5Of(Buffer.from("234567"))));
  });
});

const quietDeath = `onmessage = () => { void Promise.reject(new Error("unhandled")); };`;

describe("trap 10: a dead worker is quiet", () => {
  test.each([
    ["throws at once", `throw new Error("broken");`],
    ["throws when it gets work", `onmessage = () => { throw new Error("broken"); };`],
    ["has an unhandled rejection", quietDeath],
    ["ends its process", `onmessage = () => process.exit(7);`],
    ["cannot be loaded", `import "./no-such-file.ts";`],
  ])("a thread that %s rejects all that it was working on", async (_, code) => {
    using _workers = withWorkers(code);
    const threads = new Threads(1, () => undefined);
    const jobs = [localJob(0, 0), localJob(0, 0)].map((job) =>
      rejection(threads.run(job, never())),
    );
    for (const error of await Promise.all(jobs)) {
      expect(error).toMatchObject({ code: "internal" });
      expect(String(error)).toContain("thread died");
    }
    threads.close();
  });

  test("the next job gets a new thread", async () => {
    using dir = new TempDir();
    const threads = new Threads(1, () => undefined);
    {
      using _workers = withWorkers(quietDeath);
      await rejection(threads.run(localJob(0, 0), never()));
    }
    const from = fs.openSync(dir.write("from", "0123456789"), "r");
    const to = fs.openSync(dir.at("to"), "w+");
    await threads.run(localJob(from, to), never());
    threads.close();
    fs.closeSync(from);
    fs.closeSync(to);
    expect(Buffer.from(dir.read("to")).toString()).toBe("\u0000\u0000234567");
  });

  test("threads that are ended reject what they were working on", async () => {
    using _workers = withWorkers(`onmessage = () => undefined;`);
    const threads = new Threads(1, () => undefined);
    const job = rejection(threads.run(localJob(0, 0), never()));
    threads.close();
    expect(await job).toMatchObject({ code: "internal" });
  });

  test(`${inBun} an unhandled rejection ends a worker with code 0`, async () => {
    using _workers = withWorkers(quietDeath);
    const worker = new Worker("");
    worker.addEventListener("error", (event) => event.preventDefault());
    const closed = new Promise<unknown>((resolve) => worker.addEventListener("close", resolve));
    worker.postMessage("work");
    expect(await closed).toMatchObject({ code: 0 });
  });
});

describe.skipIf(process.platform !== "linux")(
  "trap 12: names that are not UTF-8 (needs Linux)",
  () => {
    const badName = (dir: TempDir): Buffer =>
      Buffer.concat([Buffer.from(dir.at("")), Buffer.from([0x2f, 0xff, 0x61])]);

    test("are a gap in our listing, neither absent nor another file", async () => {
      using dir = new TempDir();
      dir.write("good \ufffd", "x");
      fs.writeFileSync(badName(dir), "x");
      const store = new LocalStore(dir.path, {
        side: "source",
        ignoreLinks: false,
        guessContentType: false,
        removeLeftovers: false,
        sync: false,
      });
      const listed = (await Array.fromAsync(store.list(everything, never()))).flat();
      await store.close();
      expect(listed).toMatchObject([
        { kind: "object", key: "good \ufffd" },
        { kind: "gap", error: { code: "file-name" } },
      ]);
    });

    test(`${inBun} readdir with buffers has no file types, and strings lose the bytes`, () => {
      using dir = new TempDir();
      fs.writeFileSync(badName(dir), "x");
      const entries: unknown[] = fs.readdirSync(dir.path, {
        encoding: "buffer",
        withFileTypes: true,
      });
      expect(entries[0]).toBeInstanceOf(Buffer);
      expect(fs.readdirSync(dir.path)).toEqual(["\ufffda"]);
    });
  },
);

describe("trap 15: Bun runs the preload of bunfig.toml and reads .env in the current directory", () => {
  /** A directory of somebody else, who would like to be run. */
  function hostileDirectory(): TempDir {
    const dir = new TempDir();
    dir.write("bunfig.toml", 'preload = ["./evil.ts"]\n');
    dir.write("evil.ts", 'require("node:fs").writeFileSync(__dirname + "/ran", "");\n');
    dir.write(".env", "S3SYNC_WARN_AS_ERROR=not-a-boolean\n");
    return dir;
  }
  const main = path.join(sources, "main.ts");

  async function run(dir: TempDir, flags: readonly string[]): Promise<number> {
    using _env = withEnvironment({ NO_COLOR: "1" });
    const command = [process.execPath, ...flags, main, "--version"];
    return await Bun.spawn(command, { cwd: dir.path, stdout: "ignore", stderr: "ignore" }).exited;
  }

  test("the program's first line forbids both, and with its flags neither happens", async () => {
    const [first = ""] = fs.readFileSync(main, "utf8").split("\n");
    expect(first).toBe("#!/usr/bin/env -S bun --no-env-file --config=/dev/null");
    using dir = hostileDirectory();
    expect(await run(dir, first.split(" ").slice(3))).toBe(0);
    expect(dir.files()).not.toContain("ran");
  });

  test("the build forbids both", () => {
    const build = fs.readFileSync(path.join(sources, "../build.ts"), "utf8");
    expect(build).toContain("autoloadDotenv: false");
    expect(build).toContain("autoloadBunfig: false");
  });

  test(`${inBun} without the flags the preload runs`, async () => {
    using dir = hostileDirectory();
    await run(dir, []);
    expect(dir.files()).toContain("ran");
  });
});
