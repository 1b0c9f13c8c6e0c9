/**
 * What lies in a site's directory and tells how to publish it: `_headers` and `_redirects`.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import { asKey } from "../core/key.ts";
import type { Store } from "../store/store.ts";
import type { FileRemark, Warn } from "./file-remark.ts";
import { type HeaderFile, readHeaders } from "./headers-file.ts";
import { readRedirects, type Redirect } from "./redirects-file.ts";

/** What these files say. */
export interface OwnFiles {
  readonly headers: HeaderFile | undefined;
  readonly redirects: readonly Redirect[];
}

/**
 * Reads them, as far as they are there.
 *
 * @param warn hears what cannot be done on S3
 * @throws SyncError `usage` for what must not be published so: all of it, of both files
 */
export async function readOwnFiles(
  source: Store,
  warn: Warn,
  signal: AbortSignal,
): Promise<OwnFiles> {
  const headers = await read(source, "_headers", readHeaders, signal);
  const redirects = await read(source, "_redirects", readRedirects, signal);
  const errors = [...linesIn(headers, "error"), ...linesIn(redirects, "error")];
  if (errors.length > 0) throw new SyncError("usage", errors.join("\n"));
  for (const line of [...linesIn(headers, "warning"), ...linesIn(redirects, "warning")]) {
    warn(new SyncError("unsupported", line));
  }
  return { headers: headers?.file, redirects: redirects?.file.redirects ?? [] };
}

/** A file that was read. */
interface OwnFile<File> {
  readonly name: string;
  readonly file: File;
}

async function read<File>(
  source: Store,
  name: string,
  parse: (text: string) => File,
  signal: AbortSignal,
): Promise<OwnFile<File> | undefined> {
  const text = await textOf(source, name, signal);
  return text === undefined ? undefined : { name, file: parse(text) };
}

function linesIn(
  own: OwnFile<{ readonly remarks: readonly FileRemark[] }> | undefined,
  wanted: FileRemark["severity"],
): string[] {
  if (own === undefined) return [];
  return own.file.remarks
    .filter(({ severity }) => severity === wanted)
    .map(({ line, message }) => `${own.name}:${line}: ${message}`);
}

async function textOf(
  source: Store,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const key = asKey(name);
  const info = await source.head(key, signal);
  if (info === undefined) return undefined;
  const { size, mtimeMs, etag } = info;
  const entry = { kind: "object", key, size, mtimeMs, etag } as const;
  const unknown = { storageClass: undefined, storeKey: undefined };
  const reader = await source.open({ ...entry, ...unknown }, true, signal);
  try {
    return new TextDecoder().decode(await reader.bytes(signal));
  } finally {
    await reader.close();
  }
}
