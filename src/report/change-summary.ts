/**
 * Where the table of changes goes: to a file that somebody names, or to where GitHub Actions shows it.
 *
 * @module
 */
import fs from "node:fs";

import { provider } from "std-env";

import type { Summary, SyncEvent } from "../core/events.ts";
import { ChangeTable } from "./change-table.ts";
import { writeMarkdownFile } from "./summary-file.ts";

/** Hears of a run, and writes the table at its end. */
export class ChangeSummary {
  private readonly table = new ChangeTable();

  /**
   * @param file is replaced; `undefined`: none is named
   * @param environment names the file of GitHub Actions, which gets what is added to it
   */
  constructor(
    private readonly file: string | undefined,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly ci: string = provider,
  ) {}

  take(event: SyncEvent): void {
    this.table.take(event);
  }

  /** @throws SyncError `file-system` if the file that was named cannot be written */
  write(summary: Summary): void {
    const text = this.table.markdown(summary);
    const step = this.environment["GITHUB_STEP_SUMMARY"] ?? "";
    if (this.file !== undefined) writeMarkdownFile(this.file, text);
    if (this.ci !== "github_actions" || step === "" || step === this.file) return;
    try {
      fs.appendFileSync(step, `${text}\n`);
    } catch {
      // Nobody has asked for it: a site that is published has not failed.
    }
  }
}
