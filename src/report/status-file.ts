/**
 * A status report as a file: JSON, one object a line, or CSV.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../core/errors.ts";
import type { SyncEvent } from "../core/events.ts";
import { jsonText } from "../core/json.ts";
import { LineWriter } from "./line-writer.ts";
import {
  type StatusContent,
  type StatusFields,
  statusRecords,
  statusSummary,
} from "./status-records.ts";

/** Columns of CSV: what kind of record, whose, how, and what is compared. */
const columns = [
  ...[
    "name",
    "type",
    "status",
    "key",
    "metadata_name",
    "annotation_name",
    "checksum_algorithm",
    "source",
    "target",
  ],
  ...["source_version_id", "target_version_id", "source_last_modified", "target_last_modified"],
  ...["source_size", "target_size", "message"],
] as const;

/** Writes what a run finds to a file, as it comes. Close it. */
export class StatusFile {
  private readonly descriptor: number;
  private readonly writer: LineWriter;
  private readonly isCsv: boolean;
  private failure: SyncError | undefined;

  /** @throws SyncError `usage` when the file cannot be made */
  constructor(private readonly file: string) {
    try {
      this.descriptor = fs.openSync(file, "w");
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new SyncError("usage", `--report-file cannot be written: ${message}`, {
        path: file,
        cause,
      });
    }
    this.isCsv = file.toLowerCase().endsWith(".csv");
    this.writer = new LineWriter(this.descriptor, (failure) => {
      this.failure ??= failure ?? new SyncError("file-system", "nobody reads it");
    });
    if (this.isCsv) this.writer.line(columns.join(","));
  }

  take(event: SyncEvent): void {
    if (event.type === "status") for (const record of statusRecords(event)) this.write(record);
    // Of CSV every row is an object.
    else if (event.type === "end" && event.summary.status !== undefined && !this.isCsv) {
      this.write({ message: "", fields: statusSummary(event.summary.status) });
    }
  }

  private write({ message, fields }: StatusContent): void {
    const said = message === "" ? fields : { ...fields, message };
    this.writer.line(this.isCsv ? row(said) : jsonText(said));
  }

  /** @throws SyncError `file-system` when not all of it could be written */
  close(): void {
    this.writer.flush();
    fs.closeSync(this.descriptor);
    if (this.failure === undefined) return;
    throw new SyncError(
      "file-system",
      `--report-file ${this.file} cannot be written: ${this.failure.message}`,
      { path: this.file, cause: this.failure },
    );
  }
}

/** Sides have the compared value under names of its kind; in CSV they are in two columns. */
function row(fields: StatusFields): string {
  const valueOf = (side: string): string | number => {
    const known = ["version_id", "last_modified", "size"].map((rest) => `${side}_${rest}`);
    const name = Object.keys(fields).find(
      (each) => each.startsWith(`${side}_`) && !known.includes(each),
    );
    return name === undefined ? "" : (fields[name] ?? "");
  };
  return columns
    .map((column) =>
      column === "source" || column === "target" ? valueOf(column) : (fields[column] ?? ""),
    )
    .map(cell)
    .join(",");
}

/** @see https://www.rfc-editor.org/rfc/rfc4180 */
function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
