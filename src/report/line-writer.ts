/**
 * Writes lines to a file descriptor: buffered, in order, complete before the process ends, and at the pace of
 * whoever reads.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../core/errors.ts";

const bufferLimit = 16 * 1024;
/** Longest time a line stays in the buffer. */
const lingerMs = 100;
/** How long to wait for a slow reader before looking again. */
const patienceMs = 2;

/** A buffered line printer. */
export class LineWriter {
  private buffer = "";
  private timer: Timer | undefined;
  private closed = false;

  /**
   * @param descriptor 1 for stdout, 2 for stderr
   * @param onEnd nothing can be written any more: because nobody reads, or because of this error
   * @param beforeWriting lines wait in a buffer: what shares their terminal has to make room right then
   */
  constructor(
    private readonly descriptor: number,
    private readonly onEnd: (failure: SyncError | undefined) => void,
    private readonly beforeWriting: () => void = () => undefined,
  ) {}

  /** Adds a line; the line break is added here. */
  line(text: string): void {
    this.text(`${text}\n`);
  }

  /** Adds what need not be a line. */
  text(text: string): void {
    this.buffer += text;
    if (this.buffer.length >= bufferLimit) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), lingerMs);
  }

  /** Writes what is in the buffer. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.buffer === "") return;
    this.beforeWriting();
    const bytes = Buffer.from(this.buffer);
    this.buffer = "";
    for (let at = 0; at < bytes.byteLength && !this.closed;) at += this.write(bytes.subarray(at));
  }

  private write(bytes: Uint8Array): number {
    try {
      return fs.writeSync(this.descriptor, bytes);
    } catch (thrown) {
      const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
      if (code === "EAGAIN") {
        Bun.sleepSync(patienceMs);
        return 0;
      }
      this.closed = true;
      this.onEnd(code === "EPIPE" ? undefined : writeError(thrown, code));
      return 0;
    }
  }
}

/**
 * Says what could not be written.
 *
 * @param what `the log`, `to stdout`
 */
export function notWritten(what: string, cause: SyncError): SyncError {
  const { code, operation, reason, message } = cause;
  return new SyncError(code, `cannot write ${what}: ${message}`, { operation, reason, cause });
}

/** `no space left on device` out of `ENOSPC: no space left on device, write`. */
function writeError(thrown: unknown, code: unknown): SyncError {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const why = /^[A-Z0-9]+: (.*?)(?:, write)?$/.exec(said)?.[1] ?? said;
  const reason = typeof code === "string" ? code : undefined;
  const kind = reason === "ENOSPC" || reason === "EDQUOT" ? "disk-full" : "file-system";
  return new SyncError(kind, why, { operation: "write", reason, cause: thrown });
}
