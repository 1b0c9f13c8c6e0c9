/**
 * Directories that are kept open while nobody uses them, of all trees together: keys come in order, so few are needed.
 * Where the system allows few open files (`ulimit -n`), fewer are kept.
 *
 * @module
 */
import fs from "node:fs";

const most = 32;
/** The share of all open files that may lie idle. */
const share = 1 / 8;

/** What is kept, and how each of it is closed. What was used longest ago comes first. */
const idle = new Map<object, () => void>();
let limit: number | undefined;

/** Keeps a directory, and closes the one that was used longest ago where there are too many. */
export function keepIdle(directory: object, close: () => void): void {
  idle.set(directory, close);
  limit ??= Math.min(most, Math.max(1, Math.floor(openFiles() * share)));
  if (idle.size <= limit) return;
  for (const [oldest, closeOldest] of idle) {
    idle.delete(oldest);
    closeOldest();
    if (idle.size <= limit) return;
  }
}

/** It is in use again, or closed. */
export function leaveIdle(directory: object): void {
  idle.delete(directory);
}

/** How many files this process may have open, as Linux tells. */
function openFiles(): number {
  try {
    const limits = fs.readFileSync("/proc/self/limits", "utf8");
    const [, soft = ""] = /^Max open files +(\d+)/m.exec(limits) ?? [];
    return soft === "" ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}
