/**
 * What a run remembers of its pair: what listings do to it, and what was sent.
 *
 * @module
 */
import { describe, expect, setSystemTime, test } from "bun:test";

import type { Entry, Listed } from "../../src/core/entry.ts";
import { SyncError } from "../../src/core/errors.ts";
import { parseETag } from "../../src/core/etag.ts";
import { asKey, everything, type KeyRange } from "../../src/core/key.ts";
import { ObjectIndex } from "../../src/state/object-index.ts";
import { PairLedger } from "../../src/state/pair-ledger.ts";
import { PairMemory, type PairMemoryOptions } from "../../src/sync/remembering/pair-memory.ts";
import type { Sent } from "../../src/transfer/memory.ts";
import { TempDir } from "../support/temp-dir.ts";

const hourAgo = Date.now() - 3600_000;

function object(key: string, etag = "e", mtimeMs = hourAgo): Entry {
  return {
    ...{ kind: "object", key: asKey(key), size: 1, mtimeMs, etag: parseETag(etag) },
    ...{ storageClass: undefined, storeKey: undefined },
  };
}

function file(key: string): Entry {
  return { ...object(key), etag: undefined, inode: 7, ctimeMs: hourAgo };
}

function sent(key: string, etag = "e", more: Partial<Sent> = {}): Sent {
  const none = { versionId: undefined, encryption: undefined };
  const info = {
    ...none,
    size: 1,
    mtimeMs: hourAgo,
    etag: undefined,
    attributes: { metadata: {} },
  };
  return {
    ...{ entry: file(key), info, isProven: true },
    ...{ written: { ...none, etag: parseETag(etag) }, attributes: { metadata: { owner: "ops" } } },
    ...more,
  };
}

async function* given(pages: readonly (readonly Listed[])[]): AsyncGenerator<readonly Listed[]> {
  yield* pages;
}

/** Runs, one after the other, of which only the index remains. */
class Runs implements Disposable {
  private readonly dir = new TempDir();
  private count = 0;

  async run<T>(
    work: (memory: PairMemory) => T | Promise<T>,
    more: Partial<PairMemoryOptions> = {},
  ): Promise<T> {
    const at = this.dir.at("index");
    using index = ObjectIndex.open(at, true);
    const onFailure = (error: Error): never => {
      throw error;
    };
    const ledger = new PairLedger({ file: at, index, pair: "p", records: true, onFailure });
    const memory = new PairMemory({
      ...{ ledger, side: "target", notesAll: true, isWhole: true, asksTarget: false },
      ...{ clockOffsetMs: () => 0, run: (this.count += 1) },
      ...more,
    });
    const result = await work(memory);
    memory.close();
    return result;
  }

  /** What a run finds listed, by pages. */
  list(
    pages: readonly (readonly Listed[])[],
    range: KeyRange = everything,
    more: Partial<PairMemoryOptions> = {},
  ): Promise<void> {
    return this.run(async (memory) => {
      for await (const _page of memory.following(range, given(pages)));
      memory.hear({ type: "listing-complete" });
    }, more);
  }

  /** The keys that are known, and whether these are all. */
  get known(): { readonly keys: readonly string[]; readonly isAll: boolean } {
    using index = ObjectIndex.open(this.dir.at("index"), false);
    const ledger = new PairLedger({
      ...{ file: "", index, pair: "p", records: false, onFailure: () => undefined },
    });
    const pages = [...ledger.pages({ after: "", from: "", until: undefined })];
    return { keys: pages.flat().map(({ key }) => key), isAll: ledger.listedAt !== undefined };
  }

  [Symbol.dispose](): void {
    this.dir[Symbol.dispose]();
  }
}

describe("a listing", () => {
  test("makes known what it shows, and forgets what it does not show", async () => {
    using runs = new Runs();
    await runs.list([[object("a"), object("b")], [object("c")]]);
    expect(runs.known).toEqual({ keys: ["a", "b", "c"], isAll: true });
    await runs.list([[object("b")], [object("bb"), object("d")]]);
    expect(runs.known).toEqual({ keys: ["b", "bb", "d"], isAll: true });
    await runs.list([]);
    expect(runs.known).toEqual({ keys: [], isAll: true });
  });

  test("of a part of the keys says nothing about the others", async () => {
    using runs = new Runs();
    await runs.list([[object("a"), object("b"), object("c")]]);
    const range = { ...everything, after: asKey("a"), until: asKey("b") };
    await runs.list([[]], range);
    expect(runs.known.keys).toEqual(["a", "c"]);
    await runs.list([[]], { ...everything, prefix: asKey("c"), until: asKey("c") });
    await runs.list([[]], everything, { isWhole: false });
    expect(runs.known.keys).toEqual(["a", "c"]);
  });

  test("that shows a gap forgets nothing, and is not one of all objects", async () => {
    using runs = new Runs();
    await runs.list([[object("a"), object("b/c"), object("d")]]);
    const gap = { kind: "gap", key: asKey("b"), error: new SyncError("file-name", "?") } as const;
    using other = new Runs();
    await other.list([[object("a"), gap, object("d")]]);
    expect(other.known.isAll).toBe(false);
    await runs.list([[object("a"), gap, object("d")]]);
    expect(runs.known.keys).toEqual(["a", "b/c", "d"]);
  });

  test("that was made before an object was written does not undo what is known of it", async () => {
    using runs = new Runs();
    await runs.list([[object("a", "old")]]);
    const late = runs.run(async (memory) => {
      memory.hear({ type: "started", key: asKey("a"), size: 1 });
      memory.sent(sent("a", "new"));
      for await (const _page of memory.following(everything, given([[object("a", "old")]])));
      return memory.recall(asKey("a"))?.etag;
    });
    expect(String(await late)).toBe("new");
  });

  test("notes nothing that nobody knows of, in a run that does not ask for all", async () => {
    using runs = new Runs();
    await runs.list([[object("a")]], everything, { notesAll: false });
    expect(runs.known).toEqual({ keys: [], isAll: false });
  });
});

test("parts are those in which an object was written, if its ETag says so", async () => {
  using runs = new Runs();
  const parts = { size: 5, md5s: [Buffer.from("aa", "hex"), Buffer.from("bb", "hex")] };
  const etags = ["2", "3"].map((count) => `${"0".repeat(32)}-${count}`);
  await runs.run((memory) => {
    for (const etag of etags)
      memory.sent(sent(etag, etag, { parts: { ...parts, checksums: undefined } }));
  });
  await runs.run((memory) => {
    const [fits = "", other = ""] = etags;
    const known = memory.partsOf(object(fits, fits, Date.now()));
    expect(known).toEqual({ size: 5, md5s: ["aa", "bb"] });
    expect(memory.partsOf(object(other, other, Date.now()))).toBeUndefined();
    expect(memory.partsOf(object(fits, other, Date.now()))).toBeUndefined();
  });
});

describe("a file", () => {
  const rule = { kind: "etag", ifNewer: false } as const;

  /** Whether a later run knows what a file holds that was so old when the run began that sent it, which took a minute. */
  async function isKnown(ageMs: number): Promise<boolean> {
    using runs = new Runs();
    const mtimeMs = Date.now() - ageMs;
    const entry = { ...file("a"), mtimeMs, ctimeMs: mtimeMs };
    try {
      await runs.run((memory) => {
        setSystemTime(Date.now() + 60_000);
        memory.sent(sent("a", "e", { entry }));
      });
      return await runs.run(
        (memory) => memory.known(entry, object("a", "e", Date.now()), rule) !== undefined,
      );
    } finally {
      setSystemTime();
    }
  }

  test("is known that had been left alone for a while when it was listed", async () => {
    expect(await isKnown(10_000)).toBe(true);
  });

  test("is not known that may have changed after it was read without another time, however long the run took", async () => {
    expect(await isKnown(500)).toBe(false);
  });
});

describe("metadata", () => {
  test("is that of what was sent, while the listing shows the same object", async () => {
    using runs = new Runs();
    await runs.run((memory) => memory.sent(sent("a")));
    await runs.run((memory) => {
      expect(memory.metadataOf(object("a", "e", Date.now()))).toEqual({ owner: "ops" });
      expect(memory.metadataOf(object("a", "other", Date.now()))).toBeUndefined();
      // The same bytes, put there by somebody an hour later.
      expect(memory.metadataOf(object("a", "e", Date.now() + 3600_000))).toBeUndefined();
      expect(memory.metadataOf(object("b"))).toBeUndefined();
    });
  });

  test("that an object was asked for is known from then on", async () => {
    using runs = new Runs();
    await runs.run((memory) => memory.learn(object("a"), { owner: "them" }));
    await runs.run((memory) => {
      expect(memory.metadataOf(object("a"))).toEqual({ owner: "them" });
      expect(memory.metadataOf(object("a", "other"))).toBeUndefined();
    });
  });

  test("is not known after it was changed in place", async () => {
    using runs = new Runs();
    await runs.run((memory) => memory.sent(sent("a")));
    await runs.run((memory) => {
      const key = asKey("a");
      const rest = { size: 1, sourceMtimeMs: 0, sourceVersionId: undefined, target: "a" };
      memory.hear({ type: "synced", key, ...rest, dryRun: false, only: "metadata" });
    });
    await runs.run((memory) => expect(memory.metadataOf(object("a"))).toBeUndefined());
  });
});
