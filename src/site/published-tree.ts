/**
 * A directory as it is published: a view of the store that reads it.
 *
 * @module
 */
import type { Listed } from "../core/entry.ts";
import type { KeyRange } from "../core/key.ts";
import { Wrapper } from "../store/wrap/wrapper.ts";

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

/** The view. What is published as it is passes through. */
export class PublishedTree extends Wrapper {
  override async *list(
    range: KeyRange,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    for await (const page of this.inner.list(range, signal)) {
      yield page.filter(({ key }) => !isPrivate(key));
    }
  }
}
