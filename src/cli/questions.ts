/**
 * Asks on a terminal which side of a conflict wins.
 *
 * @module
 */
import readline from "node:readline";

import { type Conflict, type Half, SyncError } from "../index.ts";
import { printable } from "../report/printable.ts";

/** Whether there is somebody to ask, and a place where the question is seen. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

const answers: Readonly<Record<string, Half | undefined>> = {
  ...{ l: "local", local: "local" },
  ...{ s: "s3", s3: "s3" },
  ...{ b: undefined, both: undefined },
};

/** Questions of one run, one after the other. Dispose of them. */
export class Questions implements Disposable {
  private terminal: readline.Interface | undefined;
  /** Ctrl-D: there will be no answer any more. */
  private isOver = false;

  /**
   * Asks until there is an answer that means something.
   *
   * @returns `undefined`: both are to be left as they are
   * @throws SyncError `aborted` when the run is stopped, as by Ctrl-C
   */
  async ask({ key, local, remote }: Conflict, signal: AbortSignal): Promise<Half | undefined> {
    const text =
      `${printable(key)}\n  local: ${described(local)}\n  s3:    ${described(remote)}\n` +
      "Which one wins? [l]ocal, [s]3, or leave [b]oth: ";
    while (!this.isOver) {
      process.stderr.write(text);
      const answer = await this.nextLine(signal);
      const word = answer?.trim().toLowerCase() ?? "";
      if (Object.hasOwn(answers, word)) return answers[word];
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.terminal?.close();
  }

  /** What is typed before a question is seen answers none. `undefined` at the end. */
  private nextLine(signal: AbortSignal): Promise<string | undefined> {
    const terminal = this.open();
    return new Promise((resolve, reject) => {
      const settle = (work: () => void): void => {
        terminal.off("line", hear).off("close", end);
        signal.removeEventListener("abort", stop);
        work();
      };
      const hear = (line: string): void => settle(() => resolve(line));
      const end = (): void => settle(() => resolve(undefined));
      const stop = (): void => settle(() => reject(stopped()));
      if (signal.aborted) {
        reject(stopped());
        return;
      }
      terminal.on("line", hear).on("close", end);
      signal.addEventListener("abort", stop);
    });
  }

  private open(): readline.Interface {
    // Not as a terminal: Ctrl-C stays a signal, and lines are edited by the system.
    this.terminal ??= readline
      .createInterface({ input: process.stdin, terminal: false })
      .on("close", () => {
        this.isOver = true;
        process.stderr.write("\n");
      });
    return this.terminal;
  }
}

function described({ size, mtimeMs }: Conflict["local"]): string {
  return `${size} bytes of ${new Date(mtimeMs).toISOString()}`;
}

function stopped(): SyncError {
  return new SyncError("aborted", "the run was stopped");
}
