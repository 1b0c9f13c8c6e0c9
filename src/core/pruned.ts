/**
 * What is thrown away because it is old.
 *
 * @module
 */

/** Something that was thrown away, or was to be. */
export interface Pruned {
  /** An old version, a marker that something was deleted, or a backup. */
  readonly kind: "version" | "marker" | "backup";
  /** `s3://bucket/key`. */
  readonly name: string;
  readonly versionId?: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** When it was replaced, deleted or put aside, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** In a dry run: what would become of it. */
  readonly outcome: "removed" | "failed";
  /** Why it could not be removed. */
  readonly reason?: string | undefined;
  readonly dryRun: boolean;
}
