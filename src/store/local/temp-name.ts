/**
 * Names of temporary files: how a download looks before it is verified.
 *
 * @module
 */
import os from "node:os";

const prefix = ".s3sync-";
const suffix = ".tmp";
/** Unfinished files of other machines (on a shared disk) are left alone for this long. */
const foreignAgeMs = 24 * 3600_000;

/** This machine, so that a process id means something; short, and no host name in other people's folders. */
const host = Bun.hash(os.hostname()).toString(36).slice(0, 6);
/** This process, told apart from an earlier one with the same id. */
const run = Math.random().toString(36).slice(2, 8).padEnd(6, "0");
let counter = 0;

/** A name that no other file of this or another process has. It does not depend on the key's length. */
export function newTempName(): string {
  counter += 1;
  return `${prefix}${host}-${process.pid}-${run}-${counter.toString(36)}${suffix}`;
}

const form = /^\.s3sync-([0-9a-z]+)-([0-9]+)-([0-9a-z]+)-[0-9a-z]+\.tmp$/;

/** Bodies and lists that pass through a disk: their files lose these names as soon as they are open. */
const passing = /^\.s3sync-(?:spool|spill)-[0-9a-f-]{36}$/;

/** Whether a file name is one of ours. Such files are never listed, sent or deleted as data. */
export function isTempName(name: string): boolean {
  return name.startsWith(prefix) && (form.test(name) || passing.test(name));
}

/**
 * Whether a temporary file was left by a run that is no more.
 *
 * @param mtimeMs when it was last written
 */
export function isLeftover(name: string, mtimeMs: number, nowMs: number): boolean {
  const [, itsHost, pid, itsRun] = form.exec(name) ?? [];
  if (pid === undefined) return false;
  if (itsHost !== host) return nowMs - mtimeMs > foreignAgeMs;
  if (itsRun === run) return false;
  return Number(pid) === process.pid || !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
