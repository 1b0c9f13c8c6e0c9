/**
 * A directory as it is published: a view of the store that reads it. What is private is not there, and files have the
 * attributes that the site's rules say.
 *
 * @module
 */
import { type Entry, type Listed, storeKeyOf } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { Key, KeyRange } from "../core/key.ts";
import type { Reader, Store } from "../store/store.ts";
import { Wrapper } from "../store/wrap/wrapper.ts";
import { DressedReader } from "./dressed-reader.ts";
import { encodedReader } from "./encode.ts";
import type { Warn } from "./file-remark.ts";
import type { SiteRules } from "./rules.ts";

/** What tells about a site, and is none of it. */
const ownFiles: ReadonlySet<string> = new Set(["_headers", "_redirects"]);

/** The one name with a dot that is for everybody. @see https://www.rfc-editor.org/rfc/rfc8615 */
const wellKnown = ".well-known/";

/**
 * Whether something in a site's directory is for nobody else's eyes: names with a dot (`.git/`, `.env`, `.htaccess`), and
 * what tells how to publish.
 */
export function isPrivate(key: string): boolean {
  if (ownFiles.has(key)) return true;
  const open = key.startsWith(wellKnown) ? key.slice(wellKnown.length) : key;
  return open.startsWith(".") || open.includes("/.");
}

function leadsNowhere(item: Listed): boolean {
  return item.kind === "special" && item.what === "link";
}

function brokenLink(key: Key): SyncError {
  const text = `${JSON.stringify(key)} is left out: it is a link that leads nowhere`;
  return new SyncError("special-file", text, { key });
}

/** The view. */
export class PublishedTree extends Wrapper {
  /**
   * @param tempDir where large files are compressed
   * @param warn hears of links that lead nowhere, each time they are listed
   */
  constructor(
    inner: Store,
    private readonly rules: SiteRules,
    private readonly tempDir: string,
    private readonly warn: Warn,
  ) {
    super(inner);
  }

  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for await (const page of this.inner.list(range, signal)) {
      const open = page.filter(({ key }) => !isPrivate(key));
      for (const item of open) if (leadsNowhere(item)) this.warn(brokenLink(item.key));
      yield this.rules.compresses ? open.map((item) => this.marked(item)) : open;
    }
  }

  /** How large it is when it is compressed, nobody knows before. */
  private marked(item: Listed): Listed {
    if (item.kind !== "object") return item;
    const { encoding } = this.rules.attributesOf(item.key);
    return encoding === undefined ? item : { ...item, isMade: true };
  }

  override async open(entry: Entry, whole: boolean, signal: AbortSignal): Promise<Reader> {
    const file = await this.inner.open(entry, whole, signal);
    try {
      const { encoding, ...attributes } = this.rules.attributesOf(storeKeyOf(entry));
      if (encoding === undefined) return new DressedReader(file, attributes);
      const content = await encodedReader(file, encoding, this.tempDir, signal);
      return new DressedReader(content, attributes, file);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }
}
