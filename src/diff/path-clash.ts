/**
 * Keys that cannot both be paths: `a` and `a/b`. The first in key order wins.
 *
 * @module
 */
import type { Key } from "../core/key.ts";

/**
 * Watches the source's keys, in order, for clashes. Remembers only keys that are prefixes of the present
 * one: all that can still clash.
 */
export class PathClashes {
  private readonly files: Key[];

  /**
   * @param earlier source keys before the first one to be looked at that are ancestors of what may come
   * @param keepsMarkers a key that ends with `/` is a file, too, and in the way of what continues it with another `/`
   */
  constructor(
    earlier: readonly Key[] = [],
    private readonly keepsMarkers = false,
  ) {
    this.files = [...earlier];
  }

  /**
   * Looks at the next key.
   *
   * @returns the earlier key that already stands in the way, or `undefined`
   */
  check(key: Key): Key | undefined {
    for (let last = this.files.at(-1); last !== undefined; last = this.files.at(-1)) {
      if (key.startsWith(last)) break;
      this.files.pop();
    }
    const blocking = this.files.find((file) => key === file || key[file.length] === "/");
    const isFile = this.keepsMarkers || !key.endsWith("/");
    if (blocking === undefined && isFile) this.files.push(key);
    return blocking;
  }

  /** Whether a directory that a key lies in has the path of an earlier key. */
  hasFileAbove(key: Key): boolean {
    return this.files.some((file) => key[file.length] === "/" && key.startsWith(file));
  }
}
