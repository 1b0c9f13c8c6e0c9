/**
 * Notices a listing that goes in circles: a server that answers with a mark it gave before would keep a run for ever.
 *
 * @module
 */
import { SyncError } from "../../core/errors.ts";

/**
 * The marks at which the pages of one listing begin. One of them is remembered at a time, at every power of two, so that
 * a circle of any length is found within twice its length.
 *
 * @see https://maths-people.anu.edu.au/~brent/pd/rpb051i.pdf
 */
export class PageMarks {
  private remembered: string | undefined;
  private steps = 0;
  private until = 1;

  constructor(
    private readonly operation: string,
    private readonly bucket: string,
  ) {}

  /**
   * Hears where the next page begins.
   *
   * @throws SyncError `protocol` when it began there before
   */
  pass(mark: string): void {
    if (mark === this.remembered) {
      const text = `the listing of s3://${this.bucket} goes in circles: the server gave the same mark twice`;
      throw new SyncError("protocol", text, { operation: this.operation, bucket: this.bucket });
    }
    this.steps += 1;
    if (this.steps < this.until) return;
    this.steps = 0;
    this.until *= 2;
    this.remembered = mark;
  }
}
