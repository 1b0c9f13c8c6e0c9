/**
 * A state file on disk: read as a whole, written so that at every moment either the old one or the new one is there.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../core/errors.ts";
import { syncDirectory } from "../store/local/directories/make-directory.ts";
import { fileError, systemCode } from "../store/local/fs-errors.ts";
import { dropDraft } from "../store/local/leftovers.ts";
import { type DecodedBucket, decodeState, encodeState, type State } from "./state-file.ts";

/** What was read. */
export interface ReadState extends State {
  readonly buckets: readonly DecodedBucket[];
  /** Of the file's bytes, to know it again. */
  readonly fingerprint: string;
}

/**
 * Reads a state file; `undefined` if there is none.
 *
 * @param objects whether they are wanted: they may be many
 * @throws SyncError `damaged-state` with what to do, `file-system`
 */
export function readState(
  file: string,
  objects: "kept" | "skipped" = "kept",
): ReadState | undefined {
  const bytes = bytesOf(file);
  if (bytes === undefined) return undefined;
  try {
    return { ...decodeState(bytes, objects), fingerprint: fingerprintOf([bytes]) };
  } catch (cause) {
    if (!(cause instanceof SyncError)) throw cause;
    throw new SyncError("damaged-state", `${file}: ${cause.message}; nothing was changed`, {
      path: file,
      hint: hintFor(file),
      cause,
    });
  }
}

/** The state before is offered only where it can be read. */
function hintFor(file: string): string | undefined {
  const previous = previousOf(file);
  try {
    const bytes = bytesOf(previous);
    if (bytes === undefined) return undefined;
    decodeState(bytes);
    return `The state before it is in ${previous}: to go on from there, run mv ${quoted(previous)} ${quoted(file)}`;
  } catch {
    return undefined;
  }
}

/**
 * Writes a state file, and keeps the previous one beside it as `.bak`.
 *
 * @returns the fingerprint of its bytes
 * @throws SyncError `file-system`
 */
export function writeState(file: string, state: State): string {
  const draft = `${file}.new`;
  const digest = new Bun.CryptoHasher("sha256");
  try {
    const descriptor = fs.openSync(draft, "w", 0o600);
    try {
      for (const chunk of encodeState(state)) {
        digest.update(chunk);
        fs.writeFileSync(descriptor, chunk);
      }
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    keepPrevious(file);
    fs.renameSync(draft, file);
    syncDirectory(path.dirname(file));
  } catch (cause) {
    dropDraft(draft);
    throw fileError(cause, "write", file);
  }
  return digest.digest("hex");
}

/** By a second name, so that the first never points to nothing. */
function keepPrevious(file: string): void {
  const second = `${file}.bak.new`;
  fs.rmSync(second, { force: true });
  try {
    fs.linkSync(file, second);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return;
    // Not every file system has links.
    fs.copyFileSync(file, second);
  }
  fs.renameSync(second, previousOf(file));
}

/** Where the state before is kept. */
export function previousOf(file: string): string {
  return `${file}.bak`;
}

function bytesOf(file: string): Uint8Array | undefined {
  try {
    return fs.readFileSync(file);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw fileError(cause, "read", file);
  }
}

function fingerprintOf(chunks: Iterable<Uint8Array>): string {
  const digest = new Bun.CryptoHasher("sha256");
  for (const chunk of chunks) digest.update(chunk);
  return digest.digest("hex");
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
