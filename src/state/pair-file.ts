/**
 * Small files of state, one for each pair of places.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { sha256Hex } from "../hash/digest.ts";

/** How their names end. */
export const pairFileExtension = ".json";

/** Where that of a pair is. */
export function pairFile(folder: string, source: string, target: string): string {
  const hash = sha256Hex(JSON.stringify([source, target])).slice(0, 32);
  return path.join(folder, hash + pairFileExtension);
}

/**
 * Writes one in place of what was there.
 *
 * @throws what the file system says against it
 */
export function writePairFile(file: string, value: object): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  // Always the same name: one that a kill leaves is written over by the next run.
  const draft = `${file}.new`;
  fs.writeFileSync(draft, JSON.stringify(value), { mode: 0o600 });
  fs.renameSync(draft, file);
}
