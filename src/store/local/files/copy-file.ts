/**
 * Copies a file to another file system: its bytes, mode and time.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../../../core/errors.ts";
import { syncDescriptor } from "../calls.ts";
import { readPieces } from "./reader.ts";
import { isSameFile } from "./same-file.ts";
import { writeAt } from "./writer.ts";

/** Windows has no `O_NOFOLLOW`: it then counts as 0. */
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
const permissions = 0o7777;

/** Where a file is. */
export interface Spot {
  /** As the system reaches it. */
  readonly path: string;
  /** As people know it. */
  readonly shown: string;
}

/**
 * Copies a file that must be as it was seen. Nothing that is in the place is replaced, and no link is followed.
 *
 * @param stats what was seen
 * @param sync wait until the disk has it
 * @throws Error of the system, `EEXIST` among them; SyncError. Nothing is left then
 */
export async function copyFile(
  from: Spot,
  to: Spot,
  stats: fs.Stats,
  sync: boolean,
): Promise<void> {
  const input = fs.openSync(from.path, O_RDONLY | O_NOFOLLOW);
  try {
    if (!isSameFile(fs.fstatSync(input), stats)) throw changed(from.shown);
    const output = fs.openSync(to.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await copyInto(input, from.shown, output, to.shown, stats);
      if (sync) await syncDescriptor(output);
    } catch (thrown) {
      fs.unlinkSync(to.path);
      throw thrown;
    } finally {
      fs.closeSync(output);
    }
  } finally {
    fs.closeSync(input);
  }
}

async function copyInto(
  input: number,
  from: string,
  output: number,
  to: string,
  { size, mode, mtimeMs }: fs.Stats,
): Promise<void> {
  let at = 0;
  const copy = { kind: "temp-file", descriptor: output, path: to, isSparse: false } as const;
  await readPieces(input, from, 0, size, async (piece) => {
    await writeAt(copy, at, piece);
    at += piece.byteLength;
  });
  fs.fchmodSync(output, mode & permissions);
  fs.futimesSync(output, mtimeMs / 1000, mtimeMs / 1000);
}

function changed(file: string): SyncError {
  return new SyncError("precondition", `${file} changed since it was listed`, { path: file });
}
