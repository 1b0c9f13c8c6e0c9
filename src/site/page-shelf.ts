/**
 * Pages that were made, on disk: a site of a million directories has as many. The file has no name and goes away with
 * the process.
 *
 * @module
 */
import fs from "node:fs";

import { openNameless, spillError } from "../list/spill.ts";

/** Where a page lies. */
export interface Shelved {
  readonly at: number;
  /** Compressed, in bytes. */
  readonly length: number;
}

/** Keeps pages. Dispose of it. */
export class PageShelf implements Disposable {
  private descriptor: number | undefined;
  private size = 0;

  /** @param directory where the file goes */
  constructor(private readonly directory: string) {}

  /** @throws SyncError `file-system` */
  put(page: Uint8Array): Shelved {
    const bytes = Bun.zstdCompressSync(page);
    this.descriptor ??= openNameless(this.directory);
    const at = this.size;
    try {
      for (let done = 0; done < bytes.byteLength;) {
        done += fs.writeSync(this.descriptor, bytes, done, bytes.byteLength - done, at + done);
      }
    } catch (cause) {
      throw spillError(cause, this.directory);
    }
    this.size += bytes.byteLength;
    return { at, length: bytes.byteLength };
  }

  get({ at, length }: Shelved): Uint8Array {
    const bytes = Buffer.allocUnsafe(length);
    if (this.descriptor !== undefined) fs.readSync(this.descriptor, bytes, 0, length, at);
    return Bun.zstdDecompressSync(bytes);
  }

  [Symbol.dispose](): void {
    if (this.descriptor !== undefined) fs.closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}
