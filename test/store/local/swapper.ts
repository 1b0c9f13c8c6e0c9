/**
 * A process of its own that swaps a directory for a symbolic link and back, as fast as it can.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

/** Swaps as long as it is there. */
export class Swapper implements Disposable {
  private readonly child: Bun.Subprocess<"ignore", "pipe", "inherit">;

  /**
   * @param directory what is swapped
   * @param goal where the link leads
   */
  constructor(
    private readonly directory: string,
    goal: string,
  ) {
    this.child = Bun.spawn([process.execPath, import.meta.path, directory, goal], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
  }

  /** Waits until it has swapped for the first time. */
  async begun(): Promise<void> {
    const reader = this.child.stdout.getReader();
    await reader.read();
    reader.releaseLock();
  }

  /** Ends, and leaves the directory as it was if it can. */
  [Symbol.dispose](): void {
    this.child.kill("SIGKILL");
    if (fs.lstatSync(this.directory, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      fs.unlinkSync(this.directory);
    }
  }
}

function swap(directory: string, goal: string, aside: string): void {
  attempt(() => fs.renameSync(directory, aside));
  attempt(() => fs.symlinkSync(goal, directory));
  attempt(() => fs.unlinkSync(directory));
  attempt(() => fs.renameSync(aside, directory));
}

/** Whoever is swapped out may have made the directory anew: then the next round goes on with that. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // The other one was faster.
  }
}

if (import.meta.main) {
  const [directory = "", goal = ""] = process.argv.slice(2);
  for (let round = 0; ; round++) {
    swap(directory, goal, path.join(path.dirname(directory), `aside-${round}`));
    if (round === 0) fs.writeSync(1, "begun\n");
  }
}
