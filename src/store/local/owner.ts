/**
 * Whose a file is that a run leaves behind when it is killed. It stands in the file's name, so that nobody has to
 * open it to know, and a rename is all it takes to make it one's own.
 *
 * @module
 */
import fs from "node:fs";
import os from "node:os";

/** Of the machine's start: process ids begin anew with it. Empty where the system does not tell. */
export const bootId = readBootId();

/** This machine, so that a process id means something; short, and no host name in other people's folders. */
const host = shortened(os.hostname());
/** This start of the machine: after a power failure, another program may have the process id. */
const boot = shortened(bootId);
/** This process, told apart from an earlier one with the same id. */
const run = boot + shortened(crypto.randomUUID());

/** How this process signs. */
export const ownTag = `${host}-${process.pid}-${run}`;

/** The form of all signatures, for expressions that read names. */
export const tagForm = "[0-9a-z]+-[0-9]+-[0-9a-z]+";

/** What is left by other machines (on a shared disk) counts as left after this long. */
export const foreignAgeMs = 24 * 3600_000;

/**
 * Who signed: this process, one of this machine that lives or is no more, or one of another machine, of which nobody
 * here can tell.
 */
export type Owner = "ours" | "alive" | "gone" | "elsewhere";

/** Reads a signature. */
export function ownerOf(tag: string): Owner {
  const [itsHost, pid, itsRun] = tag.split("-");
  if (itsHost !== host) return "elsewhere";
  if (itsRun === run) return "ours";
  if (itsRun?.startsWith(boot) !== true) return "gone";
  return Number(pid) !== process.pid && isAlive(Number(pid)) ? "alive" : "gone";
}

/**
 * Whether nobody works on a file any more.
 *
 * @param mtimeMs when it was last written
 */
export function isAbandoned(tag: string, mtimeMs: number, nowMs: number): boolean {
  const owner = ownerOf(tag);
  return owner === "gone" || (owner === "elsewhere" && nowMs - mtimeMs > foreignAgeMs);
}

/** Whether there is a process of this id, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function shortened(text: string): string {
  return Bun.hash(text).toString(36).padStart(6, "0").slice(0, 6);
}

function readBootId(): string {
  try {
    return fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
