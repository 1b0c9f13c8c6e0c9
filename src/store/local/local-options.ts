/**
 * How a directory is used as a store.
 *
 * @module
 */
import type { KeptFiles } from "./attributes/kept-files.ts";
import type { NameEncoding } from "./names/name-encoding.ts";

/** How to use a directory. */
export interface LocalOptions {
  /** A source follows links, a target never does. */
  readonly side: "source" | "target";
  /** Leave links out of the listing. */
  readonly ignoreLinks: boolean;
  /** Guess the content type from the file's name. */
  readonly guessContentType: boolean;
  /** Remove what killed runs left behind. Off in a dry run. */
  readonly removeLeftovers: boolean;
  /** Whether a journal is about an unfinished file of this name: then it stays. */
  readonly isResumable?: ((name: string) => boolean) | undefined;
  /** What is written counts only when the disk has it. */
  readonly sync: boolean;
  /** Names of files are encoded keys, see `encoded-names.ts`. */
  readonly encodeNames?: boolean;
  /** Of names that are not UTF-8. */
  readonly nameEncoding?: NameEncoding | undefined;
  /** Listings tell by which number the system knows a file, and when anything about it changed last. */
  readonly tellsInodes?: boolean;
  /** So does what is written. */
  readonly tellsWritten?: boolean;
  /** A target follows links to its own directories. */
  readonly followTargetLinks?: boolean;
  /** What is kept of files besides their bytes; `undefined`: nothing but the time. */
  readonly kept?: KeptFiles | undefined;
}
