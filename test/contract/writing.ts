/**
 * Rules about writing at once: all or nothing, whatever happens meanwhile.
 *
 * @module
 */
import { expect } from "bun:test";

import { asKey } from "../../src/core/key.ts";
import type { Attributes, Expected } from "../../src/core/object.ts";
import { md5Of } from "../../src/hash/digest.ts";
import { singleETag } from "../../src/hash/etag.ts";
import { bytesBody } from "../../src/store/body.ts";
import type { Store } from "../../src/store/store.ts";
import { rejection } from "../core/rejection.ts";
import {
  digestsFor,
  get,
  HeldBody,
  keys,
  listed,
  never,
  patterned,
  put,
  type Rules,
  specOf,
  text,
  writePart,
} from "./subject.ts";

/** Starts to write a body that waits in the middle. */
function writeHeld(
  store: Store,
  held: HeldBody,
  bytes: Uint8Array,
  signal = never,
): Promise<unknown> {
  return store.write(specOf("k", bytes.byteLength), held.body, digestsFor(store, bytes), signal);
}

export function wholeWrites({ rule }: Pick<Rules, "rule">): void {
  for (const size of [0, 1, 1000, 3_000_000]) {
    rule(`${size} bytes that were written are read back`, async (store) => {
      const content = patterned(size);
      await put(store, "dir/k", content);
      expect((await get(store, "dir/k"))?.equals(content)).toBe(true);
      expect(await keys(store)).toEqual(["dir/k"]);
    });

    rule(`${size} bytes that came as a stream are read back`, async (store) => {
      const content = patterned(size);
      const held = new HeldBody(content);
      held.release();
      await writeHeld(store, held, content);
      expect((await get(store, "k"))?.equals(content)).toBe(true);
    });
  }

  rule("a write replaces what was there, with fewer bytes too", async (store) => {
    await put(store, "k", "a long old content");
    await put(store, "k", "new");
    expect(await text(store, "k")).toBe("new");
    expect(await listed(store, "k")).toMatchObject({ size: 3 });
  });

  rule(
    "a write tells the ETag of its bytes, which head and listing then show, if there are ETags",
    async (store) => {
      const content = patterned(1000);
      const written = await put(store, "k", content);
      const etag = store.capabilities.etags ? singleETag(md5Of(content)) : undefined;
      expect(written.etag).toBe(etag);
      expect((await store.head(asKey("k"), never))?.etag).toBe(etag);
      expect((await listed(store, "k")).etag).toBe(etag);
    },
  );

  rule("attributes come back, if the store keeps any", async (store) => {
    const attributes: Attributes = {
      contentType: "text/x-odd; charset=utf-8",
      contentEncoding: "identity",
      contentLanguage: "de-CH",
      contentDisposition: 'attachment; filename="a b.txt"',
      cacheControl: "max-age=60, no-transform",
      metadata: { one: "1", "two-words": "with blanks  inside" },
    };
    await put(store, "k", "x", attributes);
    const found = (await store.head(asKey("k"), never))?.attributes;
    if (store.capabilities.attributes) expect(found).toMatchObject({ ...attributes });
    else expect(found).toEqual({ metadata: {} });
  });

  rule("metadata beyond ASCII come back as they were, if the store keeps any", async (store) => {
    const metadata = { umlaut: "äöü \u{1f600}" };
    await put(store, "k", "x", { metadata });
    const found = (await store.head(asKey("k"), never))?.attributes.metadata;
    expect(found).toEqual(store.capabilities.attributes ? metadata : {});
  });

  rule("different objects may be written at the same time", async (store) => {
    const names = Array.from({ length: 20 }, (_, index) => `d${index % 3}/k${index}`);
    await Promise.all(names.map((name) => put(store, name, name)));
    const contents = await Promise.all(names.map((name) => text(store, name)));
    expect(contents).toEqual(names);
  });

  rule("of two writes of the same object one stays, whole", async (store) => {
    const [a, b] = [patterned(300_000, 1), patterned(300_000, 2)];
    await Promise.all([put(store, "k", a), put(store, "k", b)]);
    const found = await get(store, "k");
    expect(found?.equals(a) === true || found?.equals(b) === true).toBe(true);
  });

  rule("locate names every object differently", async (store) => {
    const names = ["a", "a/b", "a b", "b"].map((key) => store.locate(asKey(key)));
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/[ab]$/);
  });
}

export function allOrNothing({ rule }: Pick<Rules, "rule">): void {
  rule("whoever reads during a write sees the old object", async (store) => {
    await put(store, "k", "old");
    const content = patterned(200_000);
    const held = new HeldBody(content);
    const write = writeHeld(store, held, content);
    await held.started;
    expect(await text(store, "k")).toBe("old");
    expect(await keys(store)).toEqual(["k"]);
    held.release();
    await write;
    expect((await get(store, "k"))?.equals(content)).toBe(true);
  });

  rule("whoever reads during the first write sees nothing", async (store) => {
    const content = patterned(200_000);
    const held = new HeldBody(content);
    const write = writeHeld(store, held, content);
    await held.started;
    expect(await store.head(asKey("k"), never)).toBeUndefined();
    expect(await keys(store)).toEqual([]);
    held.release();
    await write;
    expect(await keys(store)).toEqual(["k"]);
  });

  rule("a write whose body breaks leaves the old object", async (store) => {
    await put(store, "k", "old");
    const content = patterned(200_000);
    const held = new HeldBody(content);
    const write = rejection(writeHeld(store, held, content));
    await held.started;
    held.fail(new Error("the source broke"));
    await write;
    expect(await text(store, "k")).toBe("old");
    expect(await keys(store)).toEqual(["k"]);
  });

  rule("a write whose body breaks the first time leaves nothing", async (store) => {
    const content = patterned(200_000);
    const held = new HeldBody(content);
    const write = rejection(writeHeld(store, held, content));
    await held.started;
    held.fail(new Error("the source broke"));
    await write;
    expect(await keys(store)).toEqual([]);
  });

  rule(
    "a write that is stopped in the middle leaves the old object and throws `aborted`",
    async (store) => {
      await put(store, "k", "old");
      const content = patterned(200_000);
      const controller = new AbortController();
      const held = new HeldBody(content, () => controller.abort());
      held.release();
      const write = writeHeld(store, held, content, controller.signal);
      expect(await rejection(write)).toMatchObject({ code: "aborted" });
      expect(await text(store, "k")).toBe("old");
      expect(await keys(store)).toEqual(["k"]);
    },
  );

  rule("a write after the signal fired changes nothing and throws `aborted`", async (store) => {
    await put(store, "k", "old");
    const bytes = Buffer.from("new");
    const fired = AbortSignal.abort();
    for (const key of ["k", "other"]) {
      const write = store.write(specOf(key, 3), bytesBody(bytes), digestsFor(store, bytes), fired);
      expect(await rejection(write)).toMatchObject({ code: "aborted" });
    }
    expect(await text(store, "k")).toBe("old");
    expect(await keys(store)).toEqual(["k"]);
  });

  rule(
    "a directory marker after the signal fired changes nothing and throws `aborted`",
    async (store) => {
      const none = new Uint8Array(0);
      const spec = specOf("d/", 0);
      const write = store.write(
        spec,
        bytesBody(none),
        digestsFor(store, none),
        AbortSignal.abort(),
      );
      expect(await rejection(write)).toMatchObject({ code: "aborted" });
      expect(
        await Array.fromAsync(
          store.list({ prefix: asKey(""), after: undefined, until: undefined }, never),
        ),
      ).toSatisfy((pages: readonly (readonly unknown[])[]) =>
        pages.every((page) => page.length === 0),
      );
    },
  );
}

/** What must be there for a write to happen. */
export function conditions({ rule }: Pick<Rules, "rule">): void {
  /** Writes at once, and then in parts, and tells what was said against it. */
  async function refusals(store: Store, key: string, expected: Expected): Promise<unknown[]> {
    const bytes = Buffer.from("ours");
    const spec = { ...specOf(key, bytes.byteLength), expected };
    const atOnce = store.write(spec, bytesBody(bytes), digestsFor(store, bytes), never);
    const refusal = await rejection(atOnce);
    const writer = await store.beginWrite(spec, never);
    const part = { number: 1, offset: 0, length: bytes.byteLength };
    const receipt = await writePart(store, writer, part, bytes);
    const another = await rejection(writer.commit([receipt], never));
    await writer.abort();
    return [refusal, another];
  }

  /** The state of an object, as a condition. */
  async function stateOf(store: Store, key: string): Promise<Expected> {
    const { etag, size, mtimeMs } = await listed(store, key);
    return etag === undefined ? { kind: "file", size, mtimeMs } : { kind: "etag", etag };
  }

  rule("a write that expects nothing is refused where something is", async (store) => {
    await put(store, "k", "theirs");
    const refused = await refusals(store, "k", { kind: "nothing" });
    expect(refused).toMatchObject([{ code: "precondition" }, { code: "precondition" }]);
    expect(await text(store, "k")).toBe("theirs");
    expect(await keys(store)).toEqual(["k"]);
  });

  rule("a write that expects an object is refused where it is another one", async (store) => {
    await put(store, "k", "old");
    const expected = await stateOf(store, "k");
    await put(store, "k", "theirs");
    const refused = await refusals(store, "k", expected);
    expect(refused).toMatchObject([{ code: "precondition" }, { code: "precondition" }]);
    expect(await text(store, "k")).toBe("theirs");
    expect(await keys(store)).toEqual(["k"]);
  });

  rule("a write finds what it expects: an object, or nothing", async (store) => {
    const bytes = Buffer.from("ours");
    const write = (key: string, expected: Expected): Promise<unknown> =>
      store.write(
        { ...specOf(key, bytes.byteLength), expected },
        bytesBody(bytes),
        digestsFor(store, bytes),
        never,
      );
    await write("new", { kind: "nothing" });
    await put(store, "old", "theirs");
    await write("old", await stateOf(store, "old"));
    expect(await text(store, "new")).toBe("ours");
    expect(await text(store, "old")).toBe("ours");
  });
}
