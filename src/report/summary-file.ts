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
 * @param option that names the file
 * @throws SyncError `usage`
 */
export function requireSummaryFile(file: string, option = "summary-json"): void {
  try {
    if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw new Error("it is a directory");
    }
    const { W_OK, X_OK } = fs.constants;
    if (isReplaced(file)) fs.accessSync(path.dirname(file), W_OK | X_OK);
    else fs.accessSync(file, W_OK);
  } catch (cause) {
    throw unwritable("usage", option, file, cause);
  }
}

/**
 * Writes the summary as JSON, with the names of the log's record. Nobody ever sees half of a file.
 *
 * @throws SyncError `file-system`
 */
export function writeSummaryFile(file: string, summary: Summary): void {
  writeFile(file, `${jsonText(summaryFields(summary))}\n`, "summary-json");
}

/**
 * Writes the summary as Markdown, see `change-table.ts`. Nobody ever sees half of a file.
 *
 * @throws SyncError `file-system`
 */
export function writeMarkdownFile(file: string, text: string): void {
  writeFile(file, text, "summary-markdown");
}

function writeFile(file: string, text: string, option: string): void {
  try {
    if (isReplaced(file)) replaceFile(file, text);
    else fs.writeFileSync(file, text);
  } catch (cause) {
    throw unwritable("file-system", option, file, cause);
  }
}

/** A file is replaced as a whole. Not so a device (`/dev/null`, `/dev/stdout`), a FIFO or a link: they stay. */
function isReplaced(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
}

function replaceFile(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    fs.writeFileSync(temporary, text);
    fs.renameSync(temporary, file);
  } catch (cause) {
    fs.rmSync(temporary, { force: true });
    throw cause;
  }
}

/** What the system says, without the names of files that the user does not know. */
function unwritable(code: ErrorCode, option: string, file: string, cause: unknown): SyncError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const why = message.replace(/, \w+ '.*$/s, "");
  return new SyncError(code, `--${option} ${file} cannot be written: ${why}`, {
    path: file,
    cause,
  });
}
