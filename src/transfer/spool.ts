/**
 * A place on disk for a body that memory cannot hold and the network should not send twice. The file has no
 * name: it goes away with the process, whatever happens.
 *
 * @module
 */
import fs from "node:fs/promises";
import path from "node:path";

import { SyncError } from "../core/errors.ts";

const pieceSize = 256 * 1024;

/** A nameless file, written once and read as often as needed. Dispose of it. */
export class Spool implements AsyncDisposable {
  private size = 0;

  private constructor(
    private readonly file: fs.FileHandle,
    private readonly directory: string,
  ) {}

  /** Makes an empty one in a directory. */
  static async open(directory: string): Promise<Spool> {
    return new Spool(await openNameless(directory), directory);
  }

  /** Appends bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.byteLength;) {
        const rest = bytes.byteLength - at;
        const { bytesWritten } = await this.file.write(bytes, at, rest, this.size + at);
        at += bytesWritten;
      }
    } catch (thrown) {
      throw spoolError(thrown, this.directory);
    }
    this.size += bytes.byteLength;
  }

  /** The bytes from the start; may be called again. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < this.size;) {
      const piece = new Uint8Array(Math.min(pieceSize, this.size - at));
      const { bytesRead } = await this.file.read(piece, 0, piece.byteLength, at);
      if (bytesRead === 0) throw new SyncError("file-system", "a temporary file lost its end");
      yield piece.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
  }
}

async function openNameless(directory: string): Promise<fs.FileHandle> {
  const name = path.join(directory, `.s3sync-spool-${crypto.randomUUID()}`);
  try {
    const file = await fs.open(name, "wx+", 0o600);
    await fs.unlink(name);
    return file;
  } catch (thrown) {
    throw spoolError(thrown, directory);
  }
}

function spoolError(thrown: unknown, directory: string): SyncError {
  if (thrown instanceof SyncError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const full = message.includes("ENOSPC") || message.includes("EDQUOT");
  return new SyncError(
    full ? "disk-full" : "file-system",
    `cannot keep a body in ${directory}: ${message}`,
    {
      operation: "write",
      path: directory,
      hint: "Name a directory with enough room: --temp-dir; or raise --max-memory.",
      cause: thrown,
    },
  );
}
