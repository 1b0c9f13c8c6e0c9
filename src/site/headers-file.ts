/**
 * `_headers`: the file by which Netlify and Cloudflare Pages are told the headers of a site. Pure.
 *
 * @module
 */
import type { SystemMetadata, UserMetadata } from "../core/object.ts";

/** What a line of `_headers` or `_redirects` gave rise to. */
export interface FileRemark {
  /** From 1. */
  readonly line: number;
  /** One sentence. */
  readonly message: string;
  /** `error`: the site must not be published so. `warning`: it is, without this. */
  readonly severity: "error" | "warning";
}

/** Headers for the paths that match. */
export interface HeaderRule {
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string | undefined }[];
}

/** What `_headers` says of a file, as far as S3 keeps it. */
export interface FileHeaders extends SystemMetadata {
  readonly metadata?: UserMetadata | undefined;
}

/** What `_headers` says. */
export interface HeaderFile {
  readonly rules: readonly HeaderRule[];
  readonly remarks: readonly FileRemark[];
  /** @param key the file's path in the tree */
  headersOf(key: string): FileHeaders;
}

/** Reads `_headers`. Nothing is thrown: what is wrong is among the remarks. */
export function readHeaders(_text: string): HeaderFile {
  return { rules: [], remarks: [], headersOf: () => ({}) };
}
