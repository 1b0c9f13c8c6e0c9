/**
 * Lines out of pieces of a stream.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";

/** Characters. An event of MinIO has about a thousand, and at most as many again for its key and metadata. */
const longestLine = 1024 * 1024;

/** Puts lines together. */
export class Lines {
  private readonly decoder = new TextDecoder();
  private rest = "";

  /**
   * Takes the next piece.
   *
   * @returns the lines that are complete now, without blank ones
   * @throws SyncError `protocol` when a line does not end
   */
  take(bytes: Uint8Array): string[] {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split("\n");
    this.rest = lines.pop()?.trimStart() ?? "";
    if (this.rest.length > longestLine) {
      throw new SyncError("protocol", "a line of events does not end", { retryable: true });
    }
    return lines.filter((line) => line.trim() !== "");
  }
}
