/**
 * Ignore files of a whole tree: those of deeper directories win over those above them. Pure.
 *
 * @module
 */
import type { Key } from "../core/key.ts";
import { IgnoreRules } from "./ignore-file.ts";

/** Directories whose state is remembered. Keys come in order, so few are needed; ranges have theirs each. */
const mostRemembered = 4096;

/** The rules of a directory above something. */
interface Above {
  /** Where what lies below that directory begins in a path. */
  readonly from: number;
  readonly rules: IgnoreRules;
}

interface Directory {
  /** Everything in it is ignored. */
  readonly isIgnored: boolean;
  /** Its own rules and those above it, the nearest first. */
  readonly rules: readonly Above[];
}

/** Where the ignore file of a directory comes from. */
export type IgnoreSource = (directory: string) => string | undefined;

/** Judges keys by ignore files. */
export class IgnoreTree {
  private readonly remembered = new Map<string, Directory>();
  private readonly given: readonly Above[];

  /**
   * @param read the text of a directory's ignore file (`""` is the top, others end with a slash), if it has one
   * @param given rules for the whole tree, the strongest first; every file in it may overrule them
   */
  constructor(
    private readonly read: IgnoreSource | undefined,
    given: readonly IgnoreRules[],
  ) {
    this.given = given.map((rules) => ({ from: 0, rules }));
  }

  /** Whether a key is ignored, itself or with a directory above it. */
  ignores(key: Key): boolean {
    const isDirectory = key.endsWith("/");
    return this.isIgnored(isDirectory ? key.slice(0, -1) : key, isDirectory);
  }

  private isIgnored(path: string, isDirectory: boolean): boolean {
    const parent = this.directory(path.slice(0, path.lastIndexOf("/") + 1));
    if (parent.isIgnored) return true;
    for (const { from, rules } of parent.rules) {
      const verdict = rules.judge(path.slice(from), isDirectory);
      if (verdict !== undefined) return verdict === "ignored";
    }
    return false;
  }

  private directory(name: string): Directory {
    const known = this.remembered.get(name);
    if (known !== undefined) return known;
    const directory = this.examine(name);
    if (this.remembered.size >= mostRemembered) this.remembered.clear();
    this.remembered.set(name, directory);
    return directory;
  }

  private examine(name: string): Directory {
    const path = name.slice(0, -1);
    if (name !== "" && this.isIgnored(path, true)) return { isIgnored: true, rules: [] };
    const above =
      name === "" ? this.given : this.directory(path.slice(0, path.lastIndexOf("/") + 1)).rules;
    const text = this.read?.(name);
    if (text === undefined) return { isIgnored: false, rules: above };
    const own = { from: name.length, rules: new IgnoreRules(text) };
    return { isIgnored: false, rules: [own, ...above] };
  }
}
