/**
 * Where the table of changes goes: to a file that somebody names, to where GitHub Actions shows it, or to a file that jobs
 * of GitLab can keep as an artifact, since GitLab shows no Markdown of a job.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { provider } from "std-env";

import type { Summary, SyncEvent } from "../core/events.ts";
import { ChangeTable } from "./change-table.ts";
import { writeMarkdownFile } from "./summary-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** In the directory of a GitLab job. With a dot, so that it is no part of a site that lies there. */
const gitlabFile = ".s3sync-site.md";

/** Hears of a run, and writes the table at its end. */
export class ChangeSummary {
  private readonly table = new ChangeTable();

  /**
   * @param file is replaced; `undefined`: none is named
   * @param environment names the places of continuous integration, which get what is added to them
   */
  constructor(
    private readonly file: string | undefined,
    private readonly environment: Environment,
    private readonly ci: string = provider,
  ) {}

  take(event: SyncEvent): void {
    this.table.take(event);
  }

  /**
   * @returns what kept the summary from continuous integration. Nobody has asked for it: a site that is published has not
   *   failed
   * @throws SyncError `file-system` if the file that was named cannot be written
   */
  write(summary: Summary): string | undefined {
    const text = this.table.markdown(summary);
    if (this.file !== undefined) writeMarkdownFile(this.file, text);
    const shown = this.placeOfCi();
    if (shown === undefined || shown === this.file) return undefined;
    try {
      fs.appendFileSync(shown, `${text}\n`);
      return undefined;
    } catch (thrown) {
      const said = thrown instanceof Error ? thrown.message : String(thrown);
      return `the summary of what changed is not written: ${said}`;
    }
  }

  private placeOfCi(): string | undefined {
    const { GITHUB_STEP_SUMMARY: step = "", CI_PROJECT_DIR: project = "" } = this.environment;
    if (this.ci === "github_actions") return step || undefined;
    const isUnnamed = this.ci === "gitlab" && this.file === undefined && project !== "";
    return isUnnamed ? path.join(project, gitlabFile) : undefined;
  }
}
