/**
 * The summary of a run as a file, for whoever looks at it later.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { type ErrorCode, SyncError } from "../core/errors.ts";
import type { Summary } from "../core/events.ts";
import { jsonText } from "../core/json.ts";
import { summaryFields } from "./records.ts";

/**
 * Makes sure before a run that its summary can be written after it.
 *
 * @throws SyncError `usage`
 */
export function requireSummaryFile(file: string): void {
  const directory = path.dirname(file);
  try {
    if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw new Error("it is a directory");
    }
    // The file is replaced as a whole, by one beside it.
    fs.accessSync(directory, fs.constants.W_OK | fs.constants.X_OK);
  } catch (cause) {
    throw unwritable("usage", file, cause);
  }
}

/**
 * Writes the summary as JSON, with the names of the log's record. Nobody ever sees half of it.
 *
 * @throws SyncError `file-system`
 */
export function writeSummaryFile(file: string, summary: Summary): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(temporary, `${jsonText(summaryFields(summary))}\n`);
    fs.renameSync(temporary, file);
  } catch (cause) {
    fs.rmSync(temporary, { force: true });
    throw unwritable("file-system", file, cause);
  }
}

/** What the system says, without the names of files that the user does not know. */
function unwritable(code: ErrorCode, file: string, cause: unknown): SyncError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const why = message.replace(/, \w+ '.*$/s, "");
  return new SyncError(code, `--summary-json ${file} cannot be written: ${why}`, {
    path: file,
    cause,
  });
}
