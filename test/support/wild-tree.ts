/**
 * A tree of files as they are in the wild: random modes, owners, times, links and directories, from a seed.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { loadNative, type Native } from "../../src/store/local/attributes/native.ts";
import { randomBytes } from "./trees.ts";

/** What a tree is to have. */
export interface WildTree {
  readonly seed: number;
  readonly files: number;
  /** Whatever only root can make: other owners, devices. */
  readonly asRoot: boolean;
}

/** Numbers from a seed (mulberry32), from 0 to below 1. */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const names = ["a", "b c", "ä", "日本", "x'y", "%41", "+", "z.tar.gz", "𝄞", "_"];

/** Makes a tree below a directory that is there. */
export async function plantWildTree(
  root: string,
  { seed, files, asRoot }: WildTree,
): Promise<void> {
  new Planter(root, numbersFrom(seed), asRoot, await loadNative()).plant(files);
}

class Planter {
  private readonly directories: string[];
  private readonly files: string[] = [];
  private count = 0;

  constructor(
    root: string,
    private readonly random: () => number,
    private readonly asRoot: boolean,
    private readonly native: Native | undefined,
  ) {
    this.directories = [root];
  }

  plant(files: number): void {
    while (this.files.length < files) this.plantOne();
    // From the inside out: nothing is done in a directory after it has got its time.
    for (const directory of this.directories.toReversed()) this.dress(directory, 0o700);
  }

  private plantOne(): void {
    const chance = this.random();
    const file = this.freshPath();
    if (chance < 0.12) {
      fs.mkdirSync(file);
      this.directories.push(file);
    } else if (chance < 0.2) {
      this.plantLink(file);
    } else if (chance < 0.215) {
      this.plantSpecial(file);
    } else if (chance < 0.23) {
      this.plantHole(file);
    } else if (chance < 0.25 && this.files.length > 0) {
      fs.linkSync(this.pick(this.files), file);
    } else {
      const size = Math.floor(this.random() ** 4 * 20_000);
      fs.writeFileSync(file, randomBytes(file, size));
      this.files.push(file);
      if (this.random() < 0.1) this.plantXattrs(file);
      this.dress(file, 0);
    }
  }

  private plantLink(file: string): void {
    const inTree = path.relative(
      path.dirname(file),
      this.pick([...this.files, ...this.directories]),
    );
    const target = this.pick([inTree, "/nowhere/at all", "../".repeat(20), "ü", inTree]);
    fs.symlinkSync(target === "" ? "." : target, file);
    if (this.asRoot) fs.lchownSync(file, this.id(), this.id());
    fs.lutimesSync(file, this.time(), this.time());
  }

  private plantSpecial(file: string): void {
    const kinds = [0o010000, 0o140000, ...(this.asRoot ? [0o060000, 0o020000] : [])];
    const device = BigInt(Math.floor(this.random() * 2 ** 16));
    const kind = this.pick(kinds);
    const isDevice = kind === 0o060000 || kind === 0o020000;
    this.native?.makeNode(file, kind | 0o600, isDevice ? device : 0n);
    if (this.native !== undefined) this.dress(file, 0);
  }

  private plantHole(file: string): void {
    const descriptor = fs.openSync(file, "w");
    fs.ftruncateSync(descriptor, 300_000 + Math.floor(this.random() * 100_000));
    fs.writeSync(descriptor, randomBytes(file, 5000), 0, 5000, 100_000);
    fs.closeSync(descriptor);
    this.files.push(file);
    this.dress(file, 0);
  }

  private plantXattrs(file: string): void {
    const wanted = new Map([
      ["user.plain", Buffer.from("value")],
      ["user.ünd=, more", randomBytes(file, Math.floor(this.random() * 200))],
      ["user.empty", new Uint8Array(0)],
    ]);
    this.native?.setXattrs({ kind: "path", path: file, isLink: false }, wanted);
  }

  /** @param least what the mode has in any case */
  private dress(file: string, least: number): void {
    if (this.asRoot) fs.chownSync(file, this.id(), this.id());
    const bits = this.asRoot ? 0o7777 : 0o777;
    const always = this.asRoot ? 0 : least === 0 ? 0o400 : least;
    fs.chmodSync(file, Math.floor(this.random() * (bits + 1)) | always);
    fs.utimesSync(file, this.time(), this.time());
  }

  private freshPath(): string {
    this.count += 1;
    return path.join(this.pick(this.directories), `${this.pick(names)}${this.count}`);
  }

  private pick<T>(all: readonly T[]): T {
    const found = all[Math.floor(this.random() * all.length)];
    if (found === undefined) throw new Error("there is nothing to choose from");
    return found;
  }

  private id(): number {
    return this.random() < 0.5 ? Math.floor(this.random() * 60_000) : 0;
  }

  /** Seconds since 1970: whole ones, or with a fraction. */
  private time(): number {
    const time = this.random() * 2_000_000_000;
    return this.random() < 0.3 ? Math.floor(time) : time;
  }
}
