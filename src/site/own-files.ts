/**
 * What lies in a site's directory and tells how to publish it: `_headers` and `_redirects`.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import { asKey } from "../core/key.ts";
import type { Store } from "../store/store.ts";
import type { FileRemark } from "./file-remark.ts";
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
 * @param remark hears what cannot be done on S3
 * @throws SyncError `usage` for what must not be published so
 */
export async function readOwnFiles(
  source: Store,
  remark: (message: string) => void,
  signal: AbortSignal,
): Promise<OwnFiles> {
  const headers = await read(source, "_headers", readHeaders, remark, signal);
  const redirects = await read(source, "_redirects", readRedirects, remark, signal);
  return { headers, redirects: redirects?.redirects ?? [] };
}

async function read<File extends { readonly remarks: readonly FileRemark[] }>(
  source: Store,
  name: string,
  parse: (text: string) => File,
  remark: (message: string) => void,
  signal: AbortSignal,
): Promise<File | undefined> {
  const text = await textOf(source, name, signal);
  if (text === undefined) return undefined;
  const file = parse(text);
  const lines = (severity: FileRemark["severity"]): string[] =>
    file.remarks
      .filter((each) => each.severity === severity)
      .map(({ line, message }) => `${name}:${line}: ${message}`);
  const errors = lines("error");
  if (errors.length > 0) throw new SyncError("usage", errors.join("\n"));
  for (const line of lines("warning")) remark(line);
  return file;
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
