/**
 * What was taken back of a run.
 *
 * @module
 */

/** A change of a run that was taken back, or was to be. */
export interface Undone {
  /**
   * What was done for it: the object that was there before is `put-back`; one that was not there is `removed`; of
   * what is as it was before, `nothing`.
   */
  readonly action: "put-back" | "removed" | "nothing";
  /** `s3://bucket/key`, or the path of a file. */
  readonly name: string;
  /** Of what is put back or removed, in bytes. */
  readonly size: number;
  /** In a dry run: what would become of it. `kept`: it is not what the run left any more, and stays. */
  readonly outcome: "done" | "kept" | "failed";
  /** Why it is kept, or failed. */
  readonly reason?: string | undefined;
  readonly dryRun: boolean;
}
