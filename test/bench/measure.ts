/**
 * Runs a command and measures it as a whole process: its threads and its children count.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

/** What to run. */
export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where and how long. */
export interface MeasureOptions {
  /** For output and temporary files of the command; on a memory file system, so that no disk is measured. */
  readonly workDir: string;
  /** The command and its children are killed after so many seconds. */
  readonly capS: number;
  /** Ends the command early. */
  readonly signal: AbortSignal;
  /** Hears which process was started. */
  readonly onStart?: ((pid: number) => void) | undefined;
}

/** What a command cost. */
export interface Cost {
  readonly wallS: number;
  /** User and system. */
  readonly cpuS: number;
  /** The greatest resident set of any of its processes. */
  readonly peakBytes: number;
}

/** A command that ended, well or not. */
export interface Finished {
  readonly cost: Cost;
  readonly exitCode: number | null;
  readonly capped: boolean;
  /** The last two lines on stderr; on stdout if stderr is empty. A hint may follow the reason. */
  readonly lastLines: string;
}

/**
 * GNU time stands between us and the command because the peak that the kernel hands to a parent includes the
 * parent's own memory at the moment of the fork: a small child of this process would look as large as this.
 */
const gnuTime = "/usr/bin/time";
const hasGnuTime = process.platform === "linux" && fs.existsSync(gnuTime);
const sampleMs = 10;

/** How the peak is found out, for the report. */
export const peakMethod = hasGnuTime
  ? "GNU time"
  : process.platform === "linux"
    ? `VmHWM, read every ${sampleMs} ms`
    : "wait4, which cannot be less than this harness itself takes";

/** Runs a command to its end and measures it. */
export async function measure(command: Command, options: MeasureOptions): Promise<Finished> {
  const { workDir, capS, signal } = options;
  signal.throwIfAborted();
  const file = (name: string): string => path.join(workDir, name);
  const timeArgs = hasGnuTime ? [gnuTime, "-q", "-o", file("time"), "-f", "%M"] : [];
  // What a longer output of an earlier command left would else stand behind this one's.
  for (const name of ["stdout", "stderr", "time"]) fs.rmSync(file(name), { force: true });
  const startedAt = performance.now();
  // A group of its own: what it starts is ended with it.
  const child = Bun.spawn([...timeArgs, ...command.argv], {
    cwd: workDir,
    env: cleanEnv(workDir, command.env),
    stdin: "ignore",
    stdout: Bun.file(file("stdout")),
    stderr: Bun.file(file("stderr")),
    detached: true,
  });
  options.onStart?.(child.pid);
  const kill = (): void => killGroup(child.pid);
  let capped = false;
  const cap = setTimeout(() => {
    capped = true;
    kill();
  }, capS * 1000);
  signal.addEventListener("abort", kill);
  const sampler = hasGnuTime ? undefined : new PeakSampler(child.pid);
  const exitCode = await child.exited;
  const wallS = (performance.now() - startedAt) / 1000;
  clearTimeout(cap);
  signal.removeEventListener("abort", kill);
  const sampled = sampler?.stop();
  signal.throwIfAborted();
  const usage = child.resourceUsage();
  const cpuS = Number(usage?.cpuTime.total ?? 0) / 1e6;
  const peakBytes = hasGnuTime ? readTime(file("time")) : (sampled ?? usage?.maxRSS ?? 0);
  const lastLines = lastLinesOf(file("stderr")) || lastLinesOf(file("stdout"));
  return { cost: { wallS, cpuS, peakBytes }, exitCode, capped, lastLines };
}

/** Nothing of the user's own settings reaches the tools; temporary files go to the memory file system. */
function cleanEnv(workDir: string, own: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: workDir,
    TMPDIR: workDir,
    LANG: "C.UTF-8",
    ...own,
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}

/** Follows the peak that the kernel keeps for a process. Its children are not seen. */
class PeakSampler {
  private peak: number | undefined;
  private readonly timer: Timer;

  constructor(private readonly pid: number) {
    this.timer = setInterval(() => this.sample(), sampleMs);
  }

  stop(): number | undefined {
    clearInterval(this.timer);
    return this.peak;
  }

  private sample(): void {
    try {
      const status = fs.readFileSync(`/proc/${this.pid}/status`, "utf8");
      const kib = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      if (kib !== undefined) this.peak = Number(kib) * 1024;
    } catch {
      // It ended in the meantime, or this is no Linux.
    }
  }
}

/** The KiB that GNU time wrote; a killed one wrote nothing. */
function readTime(file: string): number {
  return fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8").trim()) * 1024 : 0;
}

const tailBytes = 4096;

function lastLinesOf(file: string): string {
  const { size } = fs.statSync(file);
  const descriptor = fs.openSync(file, "r");
  try {
    const from = Math.max(0, size - tailBytes);
    const bytes = Buffer.alloc(size - from);
    fs.readSync(descriptor, bytes, 0, bytes.byteLength, from);
    // A progress bar rewrites its line with carriage returns.
    const lines = bytes.toString("utf8").split(/[\r\n]+/);
    const said = lines.map((line) => line.trim()).filter((line) => line !== "");
    return said.slice(-2).join(" / ");
  } finally {
    fs.closeSync(descriptor);
  }
}

/** CPU seconds that a running process used so far; `undefined` where the system does not tell. */
export function cpuOf(pid: number): number | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Fields 14 and 15 of proc(5), in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}
