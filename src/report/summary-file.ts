/**
 * The summary of a run as a file, for whoever looks at it later.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../core/errors.ts";
import type { Summary } from "../core/events.ts";
import { summaryFields } from "./records.ts";

/**
 * Writes the summary as JSON, with the names of the log's record. Nobody ever sees half of it.
 *
 * @throws SyncError `file-system`
 */
export function writeSummaryFile(file: string, summary: Summary): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(temporary, `${JSON.stringify(summaryFields(summary))}\n`);
    fs.renameSync(temporary, file);
  } catch (cause) {
    fs.rmSync(temporary, { force: true });
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("file-system", `--summary-json cannot be written: ${message}`, { cause });
  }
}
