/**
 * Where the files of a tree are: the way from keys to paths.
 *
 * @module
 */
import path from "node:path";

import { SyncError } from "../../../core/errors.ts";
import { asKey, type Key } from "../../../core/key.ts";
import { below, lengthOnDisk } from "./disk-names.ts";
import { decodedKey, encodedComponents } from "./encoded-names.ts";
import type { NameEncoding } from "./name-encoding.ts";
import { pathComponents } from "./safe-path.ts";

/** What file systems take as a name: bytes on Linux and macOS, UTF-16 units on Windows. */
const longest = 255;

/** Finds the places of keys below a root. */
export class Places {
  private readonly shownRoot: string;

  /**
   * @param encoded names are encoded keys, see `encoded-names.ts`
   * @param encoding of names that are not UTF-8
   */
  constructor(
    root: string,
    private readonly encoded: boolean,
    private readonly encoding?: NameEncoding,
  ) {
    const normal = path.join(root);
    this.shownRoot = normal.endsWith(path.sep) ? normal.slice(0, -1) : normal;
  }

  /**
   * The names of the directories and the file.
   *
   * @throws SyncError `unsafe-key`
   */
  components(key: string): string[] {
    if (this.encoded) return encodedComponents(key);
    const components = pathComponents(key);
    const { encoding } = this;
    return encoding === undefined
      ? components
      : components.map((text) => named(text, key, encoding));
  }

  /** @throws SyncError `unsafe-key` */
  path(key: string): string {
    return below(this.shownRoot, ...this.components(key));
  }

  /** The key for a file, by its names below the root; `undefined` if no key has it. */
  keyOf(names: readonly string[]): Key | undefined {
    const { encoding } = this;
    const texts = encoding === undefined ? names : names.map((name) => encoding.textOf(name));
    const key = this.encoded ? decodedKey(names) : texts.join("/");
    return key === undefined ? undefined : asKey(key);
  }

  /** For people, also where it cannot be a path: nothing in it is resolved. */
  shown(key: string): string {
    const names = this.encoded && key.isWellFormed() ? encodedComponents(key) : key.split("/");
    return [this.shownRoot, ...names].join(path.sep);
  }

  /** @throws SyncError `unsafe-key` also when a name is too long for nearly all file systems */
  requireStorable(key: string): void {
    const tooLong = this.components(key).find((name) => lengthOf(name) > longest);
    if (tooLong === undefined) return;
    const text = `the key ${JSON.stringify(key)} is not stored: a name in it has ${lengthOf(tooLong)} bytes, and file systems take ${longest}`;
    throw new SyncError("unsafe-key", text, {
      key,
      reason: "ENAMETOOLONG",
      hint: "With --encode-names it is cut into pieces.",
    });
  }
}

/** @throws SyncError `unsafe-key` */
function named(text: string, key: string, encoding: NameEncoding): string {
  const name = encoding.nameOf(text);
  if (name !== undefined) return name;
  const why = `${encoding.label} has not all of its characters`;
  throw new SyncError("unsafe-key", `the key ${JSON.stringify(key)} is not stored: ${why}`, {
    key,
  });
}

function lengthOf(name: string): number {
  return process.platform === "win32" ? name.length : lengthOnDisk(name);
}
