/**
 * What is said of `_headers` and `_redirects`, and of files that are not published as they stand there.
 *
 * @module
 */
import type { SyncError } from "../core/errors.ts";

/** Hears of what is not published as it stands there. */
export type Warn = (error: SyncError) => void;

/** What a line of such a file gave rise to. */
export interface FileRemark {
  /** From 1. */
  readonly line: number;
  /** One sentence, without the name of the file. */
  readonly message: string;
  /** `error`: nothing may be published as long as it stands there. `warning`: S3 cannot do it, the rest is done. */
  readonly severity: "error" | "warning";
}

/** A line that says something, without its comment. */
export interface FileLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** The lines that say something. A comment stands alone, or follows a space: `/a#b` is an address. */
export function linesOf(text: string): FileLine[] {
  return text
    .replace(/^\ufeff/, "")
    .split(/\r\n|[\r\n]/)
    .map((line, index) => ({ number: index + 1, text: line.replace(/(?:^|\s)#.*$/, "").trim() }))
    .filter((line) => line.text !== "");
}
