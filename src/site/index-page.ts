/**
 * The page that lists a directory which has none of its own. Pure: the same listing makes the same bytes.
 *
 * @module
 */
import type { Template } from "./template.ts";

/** A file or directory in a listing. */
export interface ListedName {
  /** `a.txt`, or `sub/` for a directory. */
  readonly name: string;
  /** Bytes. */
  readonly size?: number | undefined;
  /** Milliseconds since 1970. */
  readonly mtimeMs?: number | undefined;
}

/** What a page shows. */
export interface DirectoryListing {
  /** `docs/api/`, or empty for the top. */
  readonly path: string;
  /** In any order. Names that begin with a dot are left out. */
  readonly entries: readonly ListedName[];
  readonly siteName: string;
}

/** Makes the page of a directory. */
export function renderIndex(listing: DirectoryListing, template: Template): string {
  return `${template.text}${listing.path}`;
}
