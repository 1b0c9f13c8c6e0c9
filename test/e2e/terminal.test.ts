/**
 * What a terminal gets: colours and a line that is drawn anew, and neither where nobody could read them.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { cliCommand, serverEnv } from "../support/cli.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { TempDir } from "../support/temp-dir.ts";
import { inTerminal, nobody, steering } from "../support/terminal.ts";

/** A watch in a terminal. Dispose of it. */
class WatchOnTerminal implements AsyncDisposable {
  readonly child: Bun.Subprocess;
  private text = "";
  private news = Promise.withResolvers<void>();
  private readonly terminal: Bun.Terminal;

  constructor(
    args: readonly string[],
    bucket: TestBucket,
    env: Readonly<Record<string, string>> = {},
  ) {
    const decoder = new TextDecoder();
    this.terminal = new Bun.Terminal({
      ...{ cols: 100, rows: 30 },
      data: (_terminal, bytes) => {
        this.text += decoder.decode(bytes, { stream: true });
        this.news.resolve();
      },
    });
    this.child = Bun.spawn([...cliCommand(), "--watch", ...args, bucket.url()], {
      env: { ...process.env, ...nobody, ...serverEnv(bucket.server), ...env },
      terminal: this.terminal,
    });
  }

  /** Waits until something was written. */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      this.news = Promise.withResolvers<void>();
      await this.news.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
    await this.terminal[Symbol.asyncDispose]();
  }
}

/** So slow that a line is drawn before all is done. */
const slow = ["--rate-limit-objects", "40"];

describe.skipIf(process.platform === "win32")("on a terminal", () => {
  const cases: readonly (readonly [string, string[], Record<string, string>, boolean])[] = [
    ["-v is coloured", ["-v"], {}, true],
    ["-v --disable-color-tracing is not", ["-v", "--disable-color-tracing"], {}, false],
    ["-v with NO_COLOR is not", ["-v"], { NO_COLOR: "1" }, false],
    ["-v in CI is not", ["-v"], { CI: "true" }, false],
    ["a line is drawn anew", slow, {}, true],
    ["none is with --show-no-progress", ["--show-no-progress", ...slow], {}, false],
    ["none is in CI", slow, { CI: "true" }, false],
  ];
  test.each(cases)("%s", async (_name, args, env, isSteered) => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    for (let at = 0; at < 20; at++) dir.write(`f${at}`, "x");
    const text = await inTerminal([...args, dir.path, bucket.url()], {
      ...serverEnv(bucket.server),
      ...env,
    });
    expect(steering.test(text)).toBe(isSteered);
  });

  describe("once is enough:", () => {
    const nowhere = "s3://no-such-bucket-anywhere/";

    test("what ends a run is told in one place, without counters of nothing", async () => {
      await using bucket = await TestBucket.create();
      using dir = new TempDir();
      const text = await inTerminal([dir.path, nowhere], serverEnv(bucket.server), 1);
      expect(text.match(/NoSuchBucket/g)).toHaveLength(1);
      expect(text).toMatch(/(?:^|\u001b\[2K)s3sync: ListObjectsV2/);
      expect(text).not.toContain("transferred");
    });

    test.each([["-v"], ["--continue-on-error"]])("with %s it is a record, too", async (flag) => {
      await using bucket = await TestBucket.create();
      using dir = new TempDir();
      const text = await inTerminal([flag, dir.path, nowhere], serverEnv(bucket.server), 1);
      expect(text.match(/NoSuchBucket/g)?.length).toBeGreaterThan(1);
    });

    test.each([
      [[], false],
      [["-v"], true],
      [["--show-no-progress"], true],
    ] as const)("a dry run with %j has a record of its summary: %p", async (flags, isRecord) => {
      await using bucket = await TestBucket.create();
      using dir = new TempDir();
      dir.write("a", "x");
      const args = ["--dry-run", ...flags, dir.path, bucket.url()];
      const text = await inTerminal(args, serverEnv(bucket.server));
      expect(text).toContain("[dry-run] sync completed.");
      expect(text.includes("sync summary")).toBe(isRecord);
    });
  });

  test("a check's findings begin a line, whatever is drawn meanwhile", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    for (let at = 0; at < 16; at++) {
      dir.write(`f${at}`, Buffer.alloc(40_000, "x"));
      await bucket.put(`f${at}`, Buffer.alloc(40_000, "y"));
    }
    // So slow that findings come between several redraws.
    const args = ["check", "--rate-limit-bandwidth", "1MiB", dir.path, bucket.url()];
    const text = await inTerminal(args, serverEnv(bucket.server), 3);
    expect(text).toContain("objects/s");
    const befores = [...text.matchAll(/([^\n]*)differs /g)].map(([, before]) => before);
    expect(befores).toHaveLength(16);
    expect(befores.filter((before) => !/^$|\u001b\[2K$/.test(before ?? "?"))).toEqual([]);
  });

  test("a watch says how it stands, and what it has done at its end", async () => {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("files/a", "x");
    await using watched = new WatchOnTerminal(
      ["--state-dir", dir.at("state"), dir.at("files")],
      bucket,
    );
    await watched.shows(/in step {2}1 objects/);
    watched.child.kill("SIGTERM");
    expect(await watched.child.exited).toBe(0);
  });

  test("a watch says at the first Ctrl-C that it was heard, and what another one does", async () => {
    await using bucket = await TestBucket.create();
    await using proxy = await FaultProxy.start(bucket.server);
    using dir = new TempDir();
    dir.write("files/a", "x");
    const gate = proxy.hold(({ operation }) => operation === "PutObject", "request");
    const env = { AWS_ENDPOINT_URL: proxy.endpoint };
    const args = ["-v", "--state-dir", dir.at("state"), dir.at("files")];
    await using watched = new WatchOnTerminal(args, bucket, env);
    await gate.reached;
    watched.child.kill("SIGINT");
    await watched.shows(/s3sync: finishing what is in work; Ctrl-C once more stops at once\r?\n/);
    watched.child.kill("SIGINT");
    expect(await watched.child.exited).toBe(130);
    gate.open();
  });

  test.each([
    ["are coloured", {}, true],
    ["are not in CI", { CI: "true" }, false],
  ])("the doctor's findings %s", async (_name, env, isSteered) => {
    await using bucket = await TestBucket.create();
    const args = ["doctor", "--dry-run", bucket.url()];
    const text = await inTerminal(args, { ...serverEnv(bucket.server), ...env });
    expect(text).toContain("connection");
    expect(steering.test(text)).toBe(isSteered);
  });
});
