/**
 * Runs s3sync as a process and looks at its memory each second.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { cliCommand } from "../support/cli.ts";
import type { Sample } from "./memory.ts";

/** A run that ended. */
export interface Watched {
  readonly exitCode: number;
  readonly seconds: number;
  readonly samples: readonly Sample[];
  readonly stdout: string;
  /** The end of it: why it failed, if it did. */
  readonly stderr: string;
}

const everyMs = 1000;
const tail = 2000;
const pageBytes = 4096;

/** Runs s3sync to its end, or until the signal fires, which throws. */
export async function watch(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  workDir: string,
  signal: AbortSignal,
): Promise<Watched> {
  const heapFile = path.join(workDir, "heap");
  fs.writeFileSync(heapFile, "0");
  const probe = path.join(import.meta.dir, "heap-probe.ts");
  const startedAt = performance.now();
  const child = Bun.spawn([...cliCommand(), ...args, "--callback", probe], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...env, S3SYNC_SOAK_HEAP: heapFile },
    signal,
  });
  const samples: Sample[] = [];
  const timer = setInterval(() => {
    const rss = residentBytes(child.pid);
    if (rss !== undefined) samples.push({ rss, heap: Number(fs.readFileSync(heapFile, "utf8")) });
  }, everyMs);
  try {
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    signal.throwIfAborted();
    const seconds = (performance.now() - startedAt) / 1000;
    return { exitCode, seconds, samples, stdout, stderr: stderr.slice(-tail) };
  } finally {
    clearInterval(timer);
    child.kill();
  }
}

/** Of `/proc`; `undefined` where there is none, or the process has ended. */
function residentBytes(pid: number): number | undefined {
  try {
    const pages = fs.readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1];
    return Number(pages) * pageBytes;
  } catch {
    return undefined;
  }
}
