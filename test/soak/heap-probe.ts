/**
 * A callback module that notes the size of the heap each second: only the process itself can tell. The file is named
 * by a variable.
 *
 * @module
 */
import { heapStats } from "bun:jsc";
import fs from "node:fs";

const file = process.env["S3SYNC_SOAK_HEAP"];
const everyMs = 1000;

function note(): void {
  const { heapSize, extraMemorySize } = heapStats();
  if (file !== undefined) fs.writeFileSync(file, String(heapSize + extraMemorySize));
}

const timer = setInterval(note, everyMs);
timer.unref();

/** A module has to have a callback. */
export function close(): void {
  clearInterval(timer);
}
