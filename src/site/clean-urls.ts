/**
 * Pages without `.html` in their addresses: a view in which `about.html` is `about`, and `docs/index.html` is `docs/`, too.
 *
 * S3's websites find `docs/index.html` for `/docs/`; where a bucket is reached otherwise nobody does, and `docs/` itself is
 * asked for. So the page is published under both.
 *
 * @module
 */
import type { Entry, Listed } from "../core/entry.ts";
import {
  asKey,
  baseName,
  compareKeys,
  everything,
  inRange,
  isSingle,
  type Key,
  type KeyRange,
  only,
} from "../core/key.ts";
import { mergeSorted } from "../list/merge-sorted.ts";
import type { Capabilities, Store } from "../store/store.ts";
import { DiskSort } from "../store/wrap/disk-sort.ts";
import { Wrapper } from "../store/wrap/wrapper.ts";

const ending = ".html";
const index = "index.html";
/** `404.html` is what a website is told to answer with. */
const forErrors = /^\d{3}\.html$/;

/** The view. */
export class CleanUrls extends Wrapper {
  override readonly capabilities: Capabilities;

  /** @param tempDir where the listing is sorted: without endings keys stand in another order */
  constructor(
    inner: Store,
    private readonly tempDir: string,
  ) {
    super(inner);
    delete this.firstKey;
    this.capabilities = { ...inner.capabilities, cheapRanges: false };
  }

  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    using sort = new DiskSort(this.tempDir);
    const others: Listed[] = [];
    for await (const page of this.filesFor(range, signal)) {
      const objects: Entry[] = [];
      for (const item of page) {
        if (item.kind === "object") objects.push(...(await this.published(item, signal)));
        else others.push(item);
      }
      sort.add(objects);
    }
    others.sort((a, b) => compareKeys(a.key, b.key));
    for await (const page of mergeSorted(inPages(sort.pages()), inPages([others]))) {
      yield page.filter(({ key }) => inRange(key, range));
    }
  }

  /** Whoever asks for one key is not to wait for the whole tree. */
  private async *filesFor(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    const parts = isSingle(range) ? filesUnder(range.prefix).map(only) : [everything];
    for (const part of parts) yield* this.inner.list(part, signal);
  }

  /** Under which keys a file is published. */
  private async published(entry: Entry, signal: AbortSignal): Promise<Entry[]> {
    const { key } = entry;
    if (!key.endsWith(ending)) return [entry];
    const name = baseName(key);
    if (name === index) {
      const directory = asKey(key.slice(0, -index.length));
      return directory === "" ? [entry] : [entry, { ...entry, key: directory, storeKey: key }];
    }
    const clean = asKey(key.slice(0, -ending.length));
    const stays = name === ending || forErrors.test(name) || (await this.isTaken(clean, signal));
    return [stays ? entry : { ...entry, key: clean, storeKey: key }];
  }

  /** A file without an ending keeps its address. */
  private async isTaken(key: Key, signal: AbortSignal): Promise<boolean> {
    return (await this.inner.head(key, signal)) !== undefined;
  }
}

/** Which files may be published under a key. */
function filesUnder(key: Key): readonly Key[] {
  return [key, asKey(key + (key.endsWith("/") ? index : ending))];
}

async function* inPages(
  pages: Iterable<readonly Listed[]>,
): AsyncGenerator<readonly Listed[], void, undefined> {
  yield* pages;
}
