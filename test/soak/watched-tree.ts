/**
 * A tree that somebody edits at random, the same for the same seed: files are made, written over, added to, replaced as
 * editors do, renamed and deleted, and folders with them.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { randomBytes } from "../support/trees.ts";
import { randomFrom } from "./faults.ts";

const folders = 12;
const namesInFolder = 40;
const mostBytes = 20_000;

/** The tree. */
export class WatchedTree {
  /** So many edits were made. */
  edits = 0;
  private readonly random: () => number;

  constructor(
    readonly root: string,
    private readonly seed: number,
  ) {
    fs.mkdirSync(root, { recursive: true });
    this.random = randomFrom(seed);
  }

  /** One edit, of whatever kind. */
  edit(): void {
    this.edits += 1;
    const kind = this.next(100);
    const [one, other] = [this.file(), this.file()];
    if (kind < 45) this.write(one);
    else if (kind < 60) this.append(one);
    else if (kind < 70) this.replace(one);
    else if (kind < 80) this.rename(one, other);
    else if (kind < 94) fs.rmSync(one, { force: true });
    else if (kind < 96) this.rename(this.folder(), this.folder());
    else if (kind < 98) fs.rmSync(this.folder(), { recursive: true, force: true });
    else for (let left = this.next(60); left > 0; left--) this.write(this.file());
  }

  private next(below: number): number {
    return Math.floor(this.random() * below);
  }

  private folder(): string {
    const number = this.next(folders);
    return path.join(this.root, `folder ${number % 4}`, `${number}`);
  }

  private file(): string {
    return path.join(this.folder(), `file ${this.next(namesInFolder)}`);
  }

  private write(file: string): void {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, randomBytes(`${this.seed} ${this.edits} ${file}`, this.next(mostBytes)));
  }

  private append(file: string): void {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.appendFileSync(file, randomBytes(`${this.edits}`, this.next(2000)));
  }

  private replace(file: string): void {
    const draft = `${file}.draft`;
    this.write(draft);
    fs.renameSync(draft, file);
  }

  /** What stands there goes. */
  private rename(from: string, to: string): void {
    if (from === to || !fs.existsSync(from)) return;
    fs.rmSync(to, { recursive: true, force: true });
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.renameSync(from, to);
  }
}
