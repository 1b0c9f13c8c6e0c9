/**
 * Where backups go, and which keys of both sides lie there.
 *
 * @module
 */
import path from "node:path";

import { parsePlace } from "../../config/place.ts";
import type { Config } from "../../config/shape.ts";
import { SyncError } from "../../core/errors.ts";
import type { Side } from "../../core/events.ts";
import type { Key } from "../../core/key.ts";
import { physicalPath } from "../../store/local/names/real-names.ts";

/** A place for backups. */
export type BackupPlace = (
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string }
  | { readonly kind: "local"; readonly path: string }
) & {
  /** The option that names it. */
  readonly option: "--backup-prefix" | "--backup-dir";
  /** Whether a key below TARGET lies in the place, or did on another day. */
  readonly holds: (key: Key) => boolean;
  /** What keys in the place begin with below TARGET, if it lies there; `{date}` stands for a day. */
  readonly below: string | undefined;
  /** When the run began: names what cannot have the name that it had. */
  readonly runTime: string;
  /** It is one of a day. */
  readonly isDated: boolean;
};

type SideNames = Readonly<Record<Side, string>>;

/** Stands for the day of the run. */
const datePlaceholder = "{date}";
const someDate = "2026-01-31";
const dateLength = someDate.length;
const dateForm = /^\d{4}-\d\d-\d\d$/;

/**
 * Reads the options about backups; `undefined` where none are made.
 *
 * @param called how people call the sides
 * @throws SyncError `usage` where backups and the objects of a side would get mixed up
 */
export function backupPlaceOf(
  config: Config,
  now: Date = new Date(),
  called: SideNames = { source: "SOURCE", target: "TARGET" },
): BackupPlace | undefined {
  const runTime = now.toISOString().replaceAll(":", "-");
  const day = runTime.slice(0, dateLength);
  return bucketPlace(config, day, runTime, called) ?? directoryPlace(config, day, runTime, called);
}

function bucketPlace(
  { backupPrefix, source, target }: Config,
  day: string,
  runTime: string,
  called: SideNames,
): BackupPlace | undefined {
  if (backupPrefix === undefined || target.kind !== "s3") return undefined;
  const option = "--backup-prefix";
  const { bucket, template } = bucketAndTemplate(backupPrefix, target.bucket);
  const prefix = template.replaceAll(datePlaceholder, day);
  if (bucket === target.bucket) requireBeside(option, called.target, target.prefix, prefix);
  if (source.kind === "s3" && bucket === source.bucket) {
    requireApart(option, called.source, source.prefix, prefix);
  }
  const isBelow = bucket === target.bucket && template.startsWith(target.prefix);
  const below = isBelow ? template.slice(target.prefix.length) : undefined;
  const holds = (key: Key): boolean => below !== undefined && isBackup(key, below);
  const isDated = template.includes(datePlaceholder);
  return { kind: "s3", bucket, prefix, option, holds, below, runTime, isDated };
}

/** A prefix for backups that names the day on which each was made. */
export interface DatedPrefix {
  readonly bucket: string;
  /** What all keys of backups begin with. */
  readonly start: string;
  /**
   * Of what day a backup of this key is: what all keys of that day begin with, and when it ended, in milliseconds since
   * 1970; `undefined` for what is no backup.
   */
  readonly dayOf: (key: string) => { readonly start: string; readonly endMs: number } | undefined;
}

/**
 * Reads `--backup-prefix` for whoever wants to know how old backups are. Without days nobody can tell: a backup that is
 * there is not made again.
 *
 * @param own the bucket that is meant where none is named
 * @throws SyncError `usage`
 */
export function datedPrefix(backupPrefix: string, own: string): DatedPrefix {
  const { bucket, template } = bucketAndTemplate(backupPrefix, own);
  const at = template.indexOf(datePlaceholder);
  if (at === -1) {
    const text = `--backup-prefix without ${datePlaceholder} does not tell how old backups are`;
    throw new SyncError("usage", text);
  }
  const length = template.replaceAll(datePlaceholder, someDate).length;
  const dayOf: DatedPrefix["dayOf"] = (key) => {
    if (!isBackup(key, template)) return undefined;
    const dayMs = Date.parse(key.slice(at, at + dateLength));
    if (Number.isNaN(dayMs)) return undefined;
    return { start: key.slice(0, length), endMs: dayMs + 24 * 3600_000 };
  };
  return { bucket, start: template.slice(0, at), dayOf };
}

/** A prefix is one of a folder: names are never put behind half of another name. */
function bucketAndTemplate(text: string, own: string): { bucket: string; template: string } {
  const place = text.startsWith("s3://") ? parsePlace(text, "--backup-prefix") : undefined;
  const [bucket, prefix] = place?.kind === "s3" ? [place.bucket, place.prefix] : [own, text];
  return { bucket, template: prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/` };
}

function directoryPlace(
  { backupDir, source, target }: Config,
  day: string,
  runTime: string,
  called: SideNames,
): BackupPlace | undefined {
  if (backupDir === undefined || target.kind !== "local") return undefined;
  const option = "--backup-dir";
  const directory = path.resolve(backupDir.replaceAll(datePlaceholder, day));
  const place = asPrefix(directory);
  requireBeside(option, called.target, asPrefix(target.path), place);
  if (source.kind === "local") requireApart(option, called.source, asPrefix(source.path), place);
  const root = asPrefix(target.path);
  const template = asPrefix(backupDir);
  const below = template.startsWith(root)
    ? template.slice(root.length).replaceAll(path.sep, "/")
    : undefined;
  const holds = (key: Key): boolean => below !== undefined && isBackup(key, below);
  const isDated = template.includes(datePlaceholder);
  return { kind: "local", path: directory, option, holds, below, runTime, isDated };
}

/** Whether a key begins with what those of backups begin with; dates in it are those of any day. */
export function isBackup(key: string, template: string): boolean {
  let at = 0;
  for (const [index, piece] of template.split(datePlaceholder).entries()) {
    if (index > 0) {
      if (!dateForm.test(key.slice(at, at + dateLength))) return false;
      at += dateLength;
    }
    if (!key.startsWith(piece, at)) return false;
    at += piece.length;
  }
  return true;
}

/** Backups may lie inside of the target, where they are overlooked; the target must not lie among backups. */
function requireBeside(option: string, side: string, root: string, place: string): void {
  if (!root.startsWith(place)) return;
  const what =
    root === place ? `is ${side} itself` : `holds ${side}: backups would be written into it`;
  throw new SyncError("usage", `${option} ${what}`);
}

function requireApart(option: string, side: string, source: string, place: string): void {
  requireBeside(option, side, source, place);
  if (!place.startsWith(source)) return;
  throw new SyncError("usage", `${option} lies inside ${side}: backups would be sent`);
}

/** A directory as all paths below it begin, links resolved as far as there is anything yet. */
function asPrefix(directory: string): string {
  const real = physicalPath(path.resolve(directory));
  return real.endsWith(path.sep) ? real : real + path.sep;
}
