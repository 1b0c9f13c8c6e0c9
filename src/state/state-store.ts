/**
 * A state file on disk: read piece by piece, written so that at every moment either the old one or the new one is there.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { SyncError } from "../core/errors.ts";
import { syncDirectory } from "../store/local/directories/make-directory.ts";
import { fileError, systemCode } from "../store/local/fs-errors.ts";
import { dropDraft } from "../store/local/leftovers.ts";
import type { ByteSource } from "./byte-reader.ts";
import {
  decodeState,
  encodeState,
  type ObjectSink,
  scanState,
  type State,
  type StateOutline,
} from "./state-file.ts";

/** A state file as it was read. */
export interface ReadState extends StateOutline {
  /** Of the file's bytes, to know it again. */
  readonly fingerprint: string;
}

/**
 * Reads a state file; `undefined` if there is none.
 *
 * @param take hears of each object, before it is known whether the rest of the file makes sense
 * @throws SyncError `damaged-state` with what to do, `file-system`, and what `take` throws
 */
export function readState(file: string, take?: ObjectSink): ReadState | undefined {
  return reading(file, (source) => {
    const digest = new Bun.CryptoHasher("sha256");
    const hashed: ByteSource = (into) => {
      const length = source(into);
      digest.update(into.subarray(0, length));
      return length;
    };
    const outline = scanState(hashed, take);
    return { ...outline, fingerprint: digest.digest("hex") };
  });
}

/**
 * Reads a state file with all its objects; `undefined` if there is none.
 *
 * @throws SyncError `damaged-state` with what to do, `file-system`
 */
export function readWholeState(file: string): State | undefined {
  return reading(file, decodeState);
}

function reading<T>(file: string, work: (source: ByteSource) => T): T | undefined {
  try {
    return withBytesOf(file, work);
  } catch (cause) {
    if (!(cause instanceof SyncError) || cause.code !== "damaged-state") throw cause;
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
    if (withBytesOf(previous, (source) => scanState(source, () => undefined)) === undefined) {
      return undefined;
    }
    return `The state before it is in ${previous}: to go on from there, run mv ${quoted(previous)} ${quoted(file)}`;
  } catch {
    return undefined;
  }
}

function withBytesOf<T>(file: string, work: (source: ByteSource) => T): T | undefined {
  const descriptor = opened(file);
  if (descriptor === undefined) return undefined;
  try {
    return work((into) => {
      try {
        return fs.readSync(descriptor, into, 0, into.length, null);
      } catch (cause) {
        throw fileError(cause, "read", file);
      }
    });
  } finally {
    fs.closeSync(descriptor);
  }
}

function opened(file: string): number | undefined {
  try {
    return fs.openSync(file, "r");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw fileError(cause, "read", file);
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

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
