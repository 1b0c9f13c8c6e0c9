/**
 * The files of a soak: the same names and bytes for the same seed, also after the change.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { KiB, MiB, randomBytes } from "../support/trees.ts";
import type { Settings } from "./settings.ts";

const smallest = KiB;
const largest = 8 * KiB;
const filesPerDirectory = 500;
/** One of so many objects is changed. */
const changedOf = 100;
/** Whole seconds, so that every store can tell them. */
const written = new Date("2026-01-01T00:00:00Z");

/** What the change makes of a file. */
type Change = "rewritten" | "removed" | "added" | undefined;

/** What a run after the change has to do. */
export interface Changes {
  /** Rewritten and added. */
  readonly sent: number;
  readonly removed: number;
}

/** The tree of files. */
export class SoakData {
  constructor(
    readonly root: string,
    private readonly settings: Settings,
  ) {}

  /** How many files there are before the change; after it there are as many. */
  get count(): number {
    return this.settings.smallObjects + this.settings.largeObjects;
  }

  /** Writes all files, as they are before the change. */
  async write(signal?: AbortSignal): Promise<void> {
    for (let index = 0; index < this.count; index++) {
      this.put(index, 0);
      if (index % filesPerDirectory !== 0) continue;
      // Whoever wants to stop it gets a turn.
      await Bun.sleep(0);
      signal?.throwIfAborted();
    }
  }

  /**
   * Changes one of a hundred: most are rewritten, every second of them with as many bytes as before; one of ten goes
   * away, and another one comes instead. The first large one is always among them.
   */
  change(): Changes {
    let [sent, removed] = [0, 0];
    for (let index = 0; index < this.count; index++) {
      switch (this.changeOf(index)) {
        case "rewritten":
          this.put(index, 1);
          sent += 1;
          break;
        case "removed":
          fs.rmSync(this.file(index));
          this.put(this.count + index, 0);
          [sent, removed] = [sent + 1, removed + 1];
          break;
        default:
      }
    }
    return { sent, removed };
  }

  private changeOf(index: number): Change {
    if (index % changedOf !== 0) return undefined;
    return !this.isLarge(index) && (index / changedOf) % 10 === 9 ? "removed" : "rewritten";
  }

  /** Large ones lie among the small ones, not before or behind them all. */
  private isLarge(index: number): boolean {
    const { largeObjects } = this.settings;
    const every = Math.floor(this.count / Math.max(1, largeObjects));
    return index % every === 0 && index / every < largeObjects;
  }

  private file(index: number): string {
    const directory = String(Math.floor(index / filesPerDirectory)).padStart(4, "0");
    return path.join(this.root, directory, `${String(index).padStart(6, "0")} ä+%.bin`);
  }

  private put(index: number, generation: number): void {
    const name = `${this.settings.seed} ${index}`;
    const size = this.isLarge(index)
      ? this.settings.largeMiB * MiB
      : sizeOf(name, index, generation);
    const file = this.file(index);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, randomBytes(`${name} ${generation}`, size));
    // What is changed is newer than its object, which is written in between.
    if (generation === 0) fs.utimesSync(file, written, written);
    else fs.utimesSync(file, later(), later());
  }
}

function sizeOf(name: string, index: number, generation: number): number {
  const isOther = generation > 0 && index % (2 * changedOf) === 0;
  return smallest + (Bun.hash.xxHash32(name, isOther ? 1 : 0) % (largest - smallest));
}

/** Newer than everything that was uploaded, whatever rounds. */
function later(): Date {
  return new Date(Math.ceil(Date.now() / 1000 + 2) * 1000);
}
