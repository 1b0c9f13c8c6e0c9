/**
 * A list of the only keys that a run is about. Pure.
 *
 * @module
 */
import type { Key } from "../core/key.ts";

/** Keys, and directories with all that lies in them. */
export class KeyList {
  private readonly names: ReadonlySet<string>;
  private readonly hasDirectories: boolean;
  private readonly missing: Set<string>;

  /** @param text names, one a line, or with zero bytes between them; directories end with a slash */
  constructor(text: string) {
    const names = text
      .split(text.includes("\0") ? "\0" : /\r?\n/)
      .map((name) => name.replace(/^(?:\.\/)+/, ""))
      .filter((name) => name !== "");
    this.names = new Set(names);
    this.missing = new Set(this.names);
    this.hasDirectories = names.some((name) => name.endsWith("/"));
  }

  /** Whether a key is in the list. */
  has(key: Key): boolean {
    return this.names.has(key) || this.directoriesOf(key).length > 0;
  }

  /** Notes that a key is there. */
  see(key: Key): void {
    if (this.missing.size === 0) return;
    this.missing.delete(key);
    for (const directory of this.directoriesOf(key)) this.missing.delete(directory);
  }

  /** What of the list nobody has seen. */
  unseen(): readonly string[] {
    return [...this.missing];
  }

  /** Those of the list in which a key lies: a list may name one within another. */
  private directoriesOf(key: Key): string[] {
    if (!this.hasDirectories) return [];
    return Array.from(key.matchAll(/\//g), ({ index }) => key.slice(0, index + 1)).filter(
      (directory) => this.names.has(directory),
    );
  }
}
