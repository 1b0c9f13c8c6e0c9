/**
 * Compresses files before they are published. The same bytes always make the same bytes, so that hashes tell what changed.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";

import { MiB } from "../core/bytes.ts";
import { SyncError } from "../core/errors.ts";
import type { ObjectInfo } from "../core/object.ts";
import { HeldBytes } from "../store/held-bytes.ts";
import { openFile } from "../store/local/files/reader.ts";
import type { Reader } from "../store/store.ts";
import type { SiteEncoding } from "./rules.ts";

/** Larger files are compressed on disk: many are in work at the same time. */
const mostInMemory = MiB;

const { BROTLI_PARAM_QUALITY } = zlib.constants;
const { ZSTD_c_compressionLevel } = zlib.constants;
const gzipOptions = { level: 9 };
/** The best of brotli takes ten times as long for some percent. */
const brotliOptions = { params: { [BROTLI_PARAM_QUALITY]: 9 } };
const zstdOptions = { params: { [ZSTD_c_compressionLevel]: 12 } };

/** Compresses what is at hand. */
export function encoded(bytes: Uint8Array, encoding: SiteEncoding): Uint8Array {
  switch (encoding) {
    case "gzip":
      return zlib.gzipSync(bytes, gzipOptions);
    case "br":
      return zlib.brotliCompressSync(bytes, brotliOptions);
    case "zstd":
      return zlib.zstdCompressSync(bytes, zstdOptions);
  }
}

function encoder(encoding: SiteEncoding): NodeJS.ReadWriteStream {
  switch (encoding) {
    case "gzip":
      return zlib.createGzip(gzipOptions);
    case "br":
      return zlib.createBrotliCompress(brotliOptions);
    case "zstd":
      return zlib.createZstdCompress(zstdOptions);
  }
}

/**
 * A reader of what a file is compressed to.
 *
 * @param file stays open, and is the caller's
 * @param tempDir where what is large goes
 */
export async function encodedReader(
  file: Reader,
  encoding: SiteEncoding,
  tempDir: string,
  signal: AbortSignal,
): Promise<Reader> {
  if (file.info.size > mostInMemory) return encodedOnDisk(file, encoding, tempDir, signal);
  const bytes = encoded(await file.bytes(signal), encoding);
  return new HeldBytes({ ...infoOf(file), size: bytes.byteLength }, bytes);
}

function infoOf({ info }: Reader): ObjectInfo {
  return { ...info, etag: undefined };
}

/** The file has no name any more when it is read. */
async function encodedOnDisk(
  file: Reader,
  encoding: SiteEncoding,
  tempDir: string,
  signal: AbortSignal,
): Promise<Reader> {
  const name = path.join(tempDir, `.s3sync-encoded-${crypto.randomUUID()}`);
  try {
    const into = fs.createWriteStream(name, { flags: "wx", mode: 0o600 });
    await pipeline(Readable.from(piecesOf(file, signal)), encoder(encoding), into, { signal });
    return await openFile(name, file.info.attributes);
  } catch (thrown) {
    if (thrown instanceof SyncError || signal.aborted) throw thrown;
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    const text = `a file cannot be compressed in ${tempDir}: ${said}`;
    const hint = "Name a directory with enough room: --temp-dir.";
    throw new SyncError("file-system", text, { path: tempDir, hint, cause: thrown });
  } finally {
    fs.rmSync(name, { force: true });
  }
}

async function* piecesOf(file: Reader, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { size } = file.info;
  for (let at = 0; at < size; at += mostInMemory) {
    const piece = new Uint8Array(Math.min(mostInMemory, size - at));
    await file.read(at, piece, signal);
    yield piece;
  }
}
