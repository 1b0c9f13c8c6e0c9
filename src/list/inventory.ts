/**
 * Reads an S3 Inventory: what a bucket held when it was made, without listing the bucket.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 * @module
 */
import zlib from "node:zlib";

import type { Entry, Gap } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import { parseETag } from "../core/etag.ts";
import { asKey, type Key } from "../core/key.ts";
import { hex } from "../hash/digest.ts";
import type { Reader, Store } from "../store/store.ts";

/** What the manifest says. */
export interface Manifest {
  readonly sourceBucket: string;
  readonly columns: readonly string[];
  readonly files: readonly ManifestFile[];
}

interface ManifestFile {
  readonly key: string;
  /** In hex; `undefined` where the manifest has none. */
  readonly md5: string | undefined;
}

/** Entries that are handed on together. */
const pageSize = 1000;

/**
 * Reads `manifest.json`.
 *
 * @param store the bucket in which the inventory lies
 * @throws SyncError `usage` when it is none that can be read
 */
export async function readManifest(store: Store, key: Key, signal: AbortSignal): Promise<Manifest> {
  const reader = await openKey(store, key, signal);
  try {
    const text = new TextDecoder().decode(await reader.bytes(signal));
    return parseManifest(text, store.locate(key));
  } finally {
    await reader.close();
  }
}

/** @throws SyncError `usage` */
export function parseManifest(text: string, name: string): Manifest {
  const fail = (what: string, hint?: string): SyncError =>
    new SyncError("usage", `--source-inventory: ${name} ${what}`, { hint });
  const manifest = asObject(text);
  if (manifest === undefined) throw fail("is no manifest of an S3 Inventory");
  const { sourceBucket, fileFormat, fileSchema, files } = manifest;
  if (fileFormat !== "CSV") {
    throw fail(`is of the format ${String(fileFormat)}`, "Make the inventory as CSV.");
  }
  if (typeof sourceBucket !== "string" || typeof fileSchema !== "string" || !Array.isArray(files)) {
    throw fail("is no manifest of an S3 Inventory");
  }
  const columns = fileSchema.split(",").map((column) => column.trim());
  const absent = ["Key", "Size", "LastModifiedDate"].filter((column) => !columns.includes(column));
  if (absent.length > 0) {
    throw fail(`has no ${absent.join(", ")}`, "Add these fields to the inventory's configuration.");
  }
  return { sourceBucket, columns, files: files.map((file) => asFile(file, fail)) };
}

function asObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function asFile(file: unknown, fail: (what: string) => SyncError): ManifestFile {
  const { key, MD5checksum: md5 } = (file ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof key !== "string") throw fail("names a file without a key");
  return { key, md5: typeof md5 === "string" ? md5.toLowerCase() : undefined };
}

/**
 * The current objects below a prefix, in whatever order the inventory has them. Delete markers and older versions
 * are left out.
 *
 * @throws SyncError `integrity` when a file is not what the manifest says, `protocol` when a line makes no sense
 */
export async function* inventoryEntries(
  store: Store,
  { columns, files }: Manifest,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly (Entry | Gap)[], void, undefined> {
  for (const file of files) {
    let page: (Entry | Gap)[] = [];
    for await (const line of linesOf(store, file, signal)) {
      const entry = readLine(columns, line, prefix, file.key);
      if (entry === undefined) continue;
      page.push(entry);
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }
}

/** The lines of a file, unpacked. Its MD5 is compared at the end: nobody may use them before. */
async function* linesOf(
  store: Store,
  { key, md5 }: ManifestFile,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const reader = await openKey(store, asKey(key), signal);
  const hasher = new Bun.CryptoHasher("md5");
  const unpacker = zlib.createGunzip();
  const fed = feed(reader, hasher, unpacker, signal);
  fed.catch((thrown: unknown) => unpacker.destroy(thrown as Error));
  let rest = "";
  const decoder = new TextDecoder();
  try {
    for await (const piece of unpacker) {
      const lines = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    await fed;
  } catch (cause) {
    if (cause instanceof SyncError) throw cause;
    throw new SyncError("protocol", `${key} of the inventory cannot be unpacked`, { key, cause });
  } finally {
    unpacker.destroy();
    await reader.close();
  }
  if (rest !== "") yield rest;
  if (md5 !== undefined && hex(hasher.digest()) !== md5) {
    throw new SyncError("integrity", `${key} is not what the inventory's manifest says`, { key });
  }
}

async function feed(
  reader: Reader,
  hasher: Bun.CryptoHasher,
  unpacker: zlib.Gunzip,
  signal: AbortSignal,
): Promise<void> {
  const sink = async (piece: Uint8Array): Promise<void> => {
    hasher.update(piece);
    // A piece is only good until this returns.
    if (unpacker.write(Buffer.from(piece))) return;
    await new Promise<void>((resolve) => {
      unpacker.once("drain", resolve);
      unpacker.once("close", resolve);
    });
  };
  await reader.readPieces(0, reader.info.size, sink, signal);
  unpacker.end();
}

const field = /"((?:[^"]|"")*)"|([^,]*)/y;

/** @see https://www.rfc-editor.org/rfc/rfc4180 */
function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  field.lastIndex = 0;
  for (;;) {
    const [, quoted, plain = ""] = field.exec(line) ?? [];
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (line[field.lastIndex] !== ",") return fields;
    field.lastIndex += 1;
  }
}

function readLine(
  columns: readonly string[],
  line: string,
  prefix: string,
  file: string,
): Entry | Gap | undefined {
  if (line.trim() === "") return undefined;
  const fields = fieldsOf(line.replace(/\r$/, ""));
  const valueOf = (column: string): string => fields[columns.indexOf(column)] ?? "";
  if (valueOf("IsLatest") === "false" || valueOf("IsDeleteMarker") === "true") return undefined;
  const { key, isValid } = decoded(valueOf("Key"));
  const size = Number(valueOf("Size") || Number.NaN);
  const mtimeMs = Date.parse(valueOf("LastModifiedDate"));
  if (key === undefined || !Number.isSafeInteger(size) || Number.isNaN(mtimeMs)) {
    throw new SyncError("protocol", `a line of ${file} makes no sense: ${line.slice(0, 200)}`);
  }
  if (!key.startsWith(prefix) || key === prefix) return undefined;
  if (!isValid) return damaged(key, file);
  const etag = valueOf("ETag");
  return {
    ...{ kind: "object", key: asKey(key.slice(prefix.length)), size, mtimeMs },
    etag: etag === "" ? undefined : parseETag(etag),
    storageClass: valueOf("StorageClass") || undefined,
    storeKey: undefined,
  };
}

/** A key as it can be shown, and whether that is what it is. */
interface Decoded {
  /** `undefined`: there is none. */
  readonly key: string | undefined;
  readonly isValid: boolean;
}

function decoded(text: string): Decoded {
  const spaced = text.replaceAll("+", " ");
  if (text === "" || /%(?![0-9a-f]{2})/i.test(spaced)) return { key: undefined, isValid: false };
  try {
    return { key: decodeURIComponent(spaced), isValid: true };
  } catch {
    const shown = spaced.replaceAll(/(?:%..)+/g, (run) =>
      Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
    );
    return { key: shown, isValid: false };
  }
}

/** As in a listing of the bucket: what is no text is no key, and the others are sent. */
function damaged(key: string, file: string): Gap {
  const text = `the key ${JSON.stringify(key)} in ${file} is not valid UTF-8`;
  return { kind: "gap", key: asKey(""), error: new SyncError("file-name", text, { key }) };
}

async function openKey(store: Store, key: Key, signal: AbortSignal): Promise<Reader> {
  const unknown = { size: 0, mtimeMs: 0, etag: undefined, storageClass: undefined };
  return store.open({ kind: "object", key, ...unknown, storeKey: undefined }, false, signal);
}
