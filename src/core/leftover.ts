/**
 * What runs have left behind that did not come to their end.
 *
 * @module
 */

/** Something that was left behind, and what became of it. */
export interface Leftover {
  /** An upload that was not completed, an unfinished file, or a journal about one of them that is gone. */
  readonly kind: "upload" | "file" | "journal";
  /** `s3://bucket/key`, or a path. */
  readonly name: string;
  readonly uploadId?: string | undefined;
  /** When an upload was begun, or a file last written; in milliseconds since 1970. */
  readonly sinceMs: number;
  /** Who began an upload, as far as the server tells. */
  readonly initiator?: string | undefined;
  /** In a dry run: what would become of it. */
  readonly outcome: "removed" | "left" | "failed";
  /** Why it was left, or could not be removed. */
  readonly reason?: string | undefined;
  readonly dryRun: boolean;
}
