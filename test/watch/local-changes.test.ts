/**
 * What is heard of a directory, and what asks for a look at everything: events of the real file system, and events that
 * cannot be had at will, from a stand-in.
 *
 * @module
 */
import { describe, expect, spyOn, test } from "bun:test";
import { EventEmitter } from "node:events";
import fs from "node:fs";

import { asKey } from "../../src/core/key.ts";
import type { Hint } from "../../src/watch/hints.ts";
import { LocalChanges } from "../../src/watch/local-changes.ts";
import { rejection } from "../core/rejection.ts";
import { TempDir } from "../support/temp-dir.ts";

/** A directory that is listened to. */
class Listening implements Disposable {
  readonly dir = new TempDir();
  readonly root = this.dir.at("root");
  readonly hints: Hint[] = [];
  readonly warnings: string[] = [];
  readonly changes: LocalChanges;
  ended: Promise<void> | undefined;
  private readonly stop = new AbortController();
  private news = Promise.withResolvers<void>();

  constructor(pollMs = 3600_000) {
    fs.mkdirSync(this.root);
    this.changes = new LocalChanges({
      root: this.root,
      shownAs: "SOURCE root",
      keyOf: (names) => asKey(names.join("/")),
      debounceMs: 20,
      pollMs,
      warn: ({ message, hint }) => this.warnings.push(`${message} ${hint ?? ""}`),
    });
  }

  async begin(): Promise<void> {
    const hear = (hints: readonly Hint[]): void => {
      this.hints.push(...hints);
      this.news.resolve();
    };
    this.ended = (await this.changes.begin(hear, this.stop.signal)).ended;
  }

  async until(isThere: (hint: Hint) => boolean): Promise<void> {
    while (!this.hints.some(isThere)) {
      this.news = Promise.withResolvers<void>();
      await this.news.promise;
    }
  }

  [Symbol.dispose](): void {
    this.stop.abort();
    this.dir[Symbol.dispose]();
  }
}

async function listening(pollMs?: number): Promise<Listening> {
  const it = new Listening(pollMs);
  await it.begin();
  return it;
}

/** The system's watcher, which tells what the test says. */
function standIn(): {
  readonly tell: (event: string, name: unknown) => void;
  readonly fail: (code: string) => void;
} & Disposable {
  const watcher = Object.assign(new EventEmitter(), { close: () => undefined });
  let tell: (event: string, name: unknown) => void = () => undefined;
  const spy = spyOn(fs, "watch").mockImplementation(((...given: readonly unknown[]) => {
    tell = given[2] as typeof tell;
    return watcher;
  }) as unknown as typeof fs.watch);
  return {
    tell: (...told) => tell(...told),
    fail: (code) => watcher.emit("error", Object.assign(new Error(code), { code })),
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}

const isAll = ({ kind }: Hint): boolean => kind === "all";
const isKey = (key: string) => (hint: Hint) => hint.kind === "key" && hint.key === key;
const isBelow = (prefix: string) => (hint: Hint) =>
  hint.kind === "prefix" && hint.prefix === prefix;

describe("a directory that is listened to", () => {
  test("tells of a file that is written, by its key", async () => {
    using it = await listening();
    it.dir.write("root/a/b", "x");
    await it.until(isKey("a/b"));
    expect(it.hints.some(isAll)).toBe(false);
  });

  test("tells of all that may lie in a folder that is moved in, and that was in one that is moved out", async () => {
    using it = await listening();
    it.dir.write("elsewhere/deep/file", "x");
    fs.renameSync(it.dir.at("elsewhere"), it.dir.at("root/in"));
    await it.until(isBelow("in/"));
    fs.renameSync(it.dir.at("root/in"), it.dir.at("out"));
    it.hints.length = 0;
    await it.until(isBelow("in/"));
  });

  test("tells of all that an ignore file rules when its rules change", async () => {
    using it = await listening();
    fs.mkdirSync(`${it.root}/letters`);
    it.dir.write("root/letters/.s3syncignore", "*.log\n");
    await it.until(isBelow("letters/"));
    it.hints.length = 0;
    it.dir.write("root/letters/.s3syncignore", "*.tmp\n");
    await it.until(isBelow("letters/"));
    it.dir.write("root/.s3syncignore", "*.tmp\n");
    await it.until(isBelow(""));
  });

  test("is looked at as a whole when an event has no name: there were too many", async () => {
    using system = standIn();
    using it = await listening();
    system.tell("rename", null);
    await it.until(isAll);
  });

  test("is looked at folder by folder where names are no text", async () => {
    using system = standIn();
    using it = await listening();
    fs.mkdirSync(it.dir.at("root/d"));
    system.tell("rename", "d/\ufffd\ufffd");
    await it.until(isBelow("d/"));
    system.tell("rename", "\ufffd");
    await it.until(isAll);
  });

  test.each([
    ["ENOSPC", "fs.inotify.max_user_watches"],
    ["EMFILE", "fs.inotify.max_user_instances"],
  ])(
    "is looked at from time to time when the system says %s, once with the limit's name",
    async (code, limit) => {
      using system = standIn();
      using it = await listening(10);
      system.fail(code);
      system.fail(code);
      await it.until(isAll);
      expect(it.warnings).toHaveLength(1);
      expect(it.warnings[0]).toContain(limit);
    },
  );

  test("is not listened to any more when it is gone, or another one", async () => {
    using it = await listening();
    fs.renameSync(it.root, it.dir.at("away"));
    fs.mkdirSync(it.root);
    await it.ended;
    await it.begin();
    it.dir.write("root/new", "x");
    await it.until(isKey("new"));
  });

  test("has to be there, and a directory", async () => {
    using it = new Listening();
    fs.rmdirSync(it.root);
    expect(await rejection(it.begin())).toMatchObject({ code: "usage" });
    fs.writeFileSync(it.root, "");
    expect(await rejection(it.begin())).toMatchObject({ code: "usage" });
  });
});
