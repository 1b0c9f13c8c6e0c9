/**
 * Addresses without `.html`, one at a time, as a preview asks for them.
 *
 * @module
 */
import { expect, test } from "bun:test";

import type { Listed } from "../../src/core/entry.ts";
import { asKey, everything, type KeyRange, only } from "../../src/core/key.ts";
import { CleanUrls } from "../../src/site/clean-urls.ts";
import { LocalStore } from "../../src/store/local/store.ts";
import { Wrapper } from "../../src/store/wrap/wrapper.ts";
import { TempDir } from "../support/temp-dir.ts";

const never = new AbortController().signal;

/** Knows what it was asked for. */
class Asked extends Wrapper {
  readonly ranges: KeyRange[] = [];

  override list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly Listed[]> {
    this.ranges.push(range);
    return super.list(range, signal);
  }
}

async function listed(store: CleanUrls, range: KeyRange): Promise<readonly Listed[]> {
  return (await Array.fromAsync(store.list(range, never))).flat();
}

test("a single address is what it is among all, and the tree is not walked for it", async () => {
  using dir = new TempDir();
  const pages = ["index.html", "404.html", "about.html", "docs/index.html", "docs/x.html"];
  const others = ["taken", "taken.html", "a.css", "docs/.html", "empty/a.css", "x.html/index.html"];
  for (const name of [...pages, ...others]) dir.write(`site/${name}`, name);
  const options = { side: "source", ignoreLinks: false, guessContentType: true } as const;
  const more = { removeLeftovers: false, sync: false };
  const asked = new Asked(new LocalStore(dir.at("site"), { ...options, ...more }));
  const site = new CleanUrls(asked, dir.path);
  const all = await listed(site, everything);
  const absent = ["about.html", "doc", "docs/index", "x", "none/"];
  const keys = new Set([...pages, ...others, ...absent, ...all.map(({ key }) => key)]);
  asked.ranges.length = 0;
  for (const key of keys) {
    const alone = await listed(site, only(asKey(key)));
    expect([key, alone]).toEqual([key, all.filter((item) => item.key === key)]);
  }
  expect(asked.ranges).not.toContain(everything);
});
