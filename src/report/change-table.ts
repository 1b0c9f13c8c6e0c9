/**
 * What a run has changed, as a table in Markdown: what continuous integration shows of a run.
 *
 * @module
 */
import type { Summary, SyncEvent } from "../core/events.ts";
import { bytes, counted, humanDuration } from "./numbers.ts";
import { printable } from "./printable.ts";

/** GitHub shows a mebibyte of all that a step says; characters. */
const mostText = 400_000;
/** More rows are read by nobody. */
const mostRows = 500;

/** Gathers rows; holds a bounded number of them. */
export class ChangeTable {
  private readonly rows: string[] = [];
  private length = 0;
  private left = 0;
  private title = "s3sync";
  private sentBytes = 0;

  take(event: SyncEvent): void {
    switch (event.type) {
      case "start":
        this.title = `${cell(event.source)} \u2192 ${cell(event.target)}`;
        return;
      case "synced":
        if (event.only === undefined) this.sentBytes += event.size;
        this.row(event.only === undefined ? "sent" : only(event.only), event.key, event.size);
        return;
      case "deleted":
        this.row("deleted", event.key);
        return;
      case "error":
      case "warning":
        this.row(event.type, event.key ?? "", undefined, event.error.message);
        return;
      default:
    }
  }

  /** The whole of it. A table that would be too long ends with how many rows it lacks. */
  markdown(summary: Summary): string {
    const more = this.left === 0 ? [] : ["", `\u2026 and ${counted(this.left, "more line")}.`];
    const head = ["| | Object | Size | |", "| --- | --- | ---: | --- |"];
    const table = this.rows.length === 0 ? [] : ["", ...head, ...this.rows, ...more];
    return `${[`### ${this.title}`, "", this.counts(summary), ...table].join("\n")}\n`;
  }

  private counts(summary: Summary): string {
    const { transferredObjects, deleted, skipped, errors, warnings, durationMs } = summary;
    const marks = [
      ...(summary.dryRun ? ["**Dry run: nothing was changed.** "] : []),
      ...(summary.interrupted ? ["**Stopped before its end.** "] : []),
    ];
    const parts = [
      `${counted(transferredObjects, "object")} sent (${bytes(this.sentBytes)})`,
      `${counted(deleted, "object")} deleted`,
      `${counted(skipped, "object")} left as they are`,
      ...(errors === 0 ? [] : [`**${counted(errors, "error")}**`]),
      ...(warnings === 0 ? [] : [counted(warnings, "warning")]),
      humanDuration(durationMs),
    ];
    return `${marks.join("")}${parts.join(", ")}.`;
  }

  private row(what: string, key: string, size?: number, why = ""): void {
    const name = key === "" ? "" : `<code>${cell(key)}</code>`;
    const row = `| ${what} | ${name} | ${size === undefined ? "" : bytes(size)} | ${cell(why)} |`;
    if (this.rows.length >= mostRows || this.length + row.length > mostText) {
      this.left += 1;
      return;
    }
    this.rows.push(row);
    this.length += row.length;
  }
}

function only(what: string): string {
  return what === "metadata" ? "headers" : what;
}

/** A text that no Markdown can be hidden in: all signs are spelled as numbers. */
function cell(text: string): string {
  return printable(text).replaceAll(
    /[^\p{L}\p{N} /-]/gu,
    (sign) => `&#${sign.codePointAt(0) ?? 0};`,
  );
}
