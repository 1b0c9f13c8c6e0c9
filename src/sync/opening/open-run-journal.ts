/**
 * Opens the journal in which a run notes what it changes, so that it can be taken back.
 *
 * @module
 */
import path from "node:path";

import { absoluteName } from "../../config/place.ts";
import type { Config } from "../../config/shape.ts";
import { isError, SyncError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";
import { RunJournal } from "../../state/run-journal.ts";
import { fileError, systemCode } from "../../store/local/fs-errors.ts";
import type { Store } from "../../store/store.ts";
import type { BackupPlace } from "../backups/backup-place.ts";

/** Stands for the moment at which the run began. */
export const timePlaceholder = "{time}";

/**
 * Begins the journal that is asked for, if one is. A dry run needs none: it changes nothing.
 *
 * @throws SyncError `usage` when it cannot be made, or is there already: two runs in one journal would be taken back as
 *   one
 */
export async function openRunJournal(
  config: Config,
  target: Store,
  backups: BackupPlace | undefined,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<RunJournal | undefined> {
  const { journal: file, dryRun, encodeNames } = config;
  if (file === undefined || dryRun) return undefined;
  if (config.target.kind === "store") {
    throw new SyncError("usage", "--journal: undo opens TARGET by its name, and a store has none");
  }
  // For whoever is elsewhere when the run is taken back.
  const names = { source: absoluteName(config.source), target: absoluteName(config.target) };
  if (backups === undefined && !(await keepsVersions(target, signal))) {
    const message = `--journal: ${target.name} keeps no versions and no backups are made, so of this run only what is new can be taken back`;
    onEvent({ type: "notice", message, isDoubtful: true });
  }
  const began = new Date().toISOString();
  const head = { ...names, began, backups: placeOf(backups), encodeNames };
  const name = file.replaceAll(timePlaceholder, began.replaceAll(":", "-"));
  try {
    return new RunJournal(name, head);
  } catch (cause) {
    throw cannotBegin(name, cause);
  }
}

function cannotBegin(file: string, cause: unknown): SyncError {
  if (systemCode(cause) === "EEXIST") {
    const hint = `Each run has its own: ${timePlaceholder} in the name stands for the time.`;
    const text = `--journal: ${file} is there already`;
    return new SyncError("usage", text, { path: file, hint, cause });
  }
  if (systemCode(cause) === "ENOENT") {
    const text = `--journal: there is no directory ${path.dirname(file)}`;
    return new SyncError("usage", text, { path: file, cause });
  }
  const { message, hint } = fileError(cause, "make", file);
  return new SyncError("usage", `--journal: ${message}`, { path: file, hint, cause });
}

function placeOf(backups: BackupPlace | undefined): string | undefined {
  return backups?.kind === "s3" ? backups.bucket : backups?.path;
}

/** Whoever may not ask, or asks a server that knows of no versions, is told when the run is taken back. */
async function keepsVersions({ history }: Store, signal: AbortSignal): Promise<boolean> {
  try {
    return (await history?.status(signal)) === "Enabled";
  } catch (thrown) {
    if (isError(thrown, "aborted")) throw thrown;
    return true;
  }
}
