/**
 * Which threads of a process use the CPU, as Linux tells it.
 *
 * @module
 */
import fs from "node:fs";

const sampleMs = 10;

/** Threads of one name. */
export interface ThreadCpu {
  readonly name: string;
  readonly threads: number;
  readonly userS: number;
  readonly systemS: number;
}

/** Follows the threads of a process, or of what it started. Dispose of it. */
export class ThreadWatch implements Disposable {
  private readonly seen = new Map<string, ThreadCpu>();
  private readonly timer: Timer;

  constructor(pid: number) {
    this.timer = setInterval(() => this.sample(pid), sampleMs);
  }

  /** CPU by thread name, dearest first. The last few milliseconds of each thread are missing. */
  result(): ThreadCpu[] {
    const byName = Map.groupBy(this.seen.values(), ({ name }) => name);
    const sums = [...byName].map(([name, all]) => ({
      name,
      threads: all.length,
      userS: all.reduce((sum, { userS }) => sum + userS, 0),
      systemS: all.reduce((sum, { systemS }) => sum + systemS, 0),
    }));
    return sums.toSorted((a, b) => b.userS + b.systemS - a.userS - a.systemS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
  }

  private sample(pid: number): void {
    try {
      const children = childrenOf(pid);
      for (const child of children) this.sample(child);
      // What only waits for others is not meant: GNU time, a shell.
      if (children.length > 0) return;
      for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
        this.seen.set(thread, cpuOfThread(pid, thread));
      }
    } catch {
      // It ended in the meantime, or this is no Linux.
    }
  }
}

function childrenOf(pid: number): number[] {
  const text = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}

function cpuOfThread(pid: number, thread: string): ThreadCpu {
  const stat = fs.readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
  const nameEnd = stat.lastIndexOf(")");
  const fields = stat.slice(nameEnd + 2).split(" ");
  const name = thread === String(pid) ? "main" : stat.slice(stat.indexOf("(") + 1, nameEnd);
  // Fields 14 and 15 of proc(5), in ticks of 10 ms.
  return { name, threads: 1, userS: Number(fields[11]) / 100, systemS: Number(fields[12]) / 100 };
}
