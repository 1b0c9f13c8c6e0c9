/**
 * Names of unfinished files: how a download looks before it is verified. Those that end with `.part` can be taken up
 * again by a later run, those that end with `.tmp` cannot.
 *
 * @module
 */
import { foreignAgeMs, isAbandoned, ownerOf, ownTag, tagForm } from "../owner.ts";

const prefix = ".s3sync-";
let counter = 0;

/** A name that no other file of this or another process has. It does not depend on the key's length. */
export function newTempName(): string {
  return newName("tmp");
}

/** The same for a file that a later run may go on with. */
export function newPartName(): string {
  return newName("part");
}

function newName(suffix: "tmp" | "part"): string {
  counter += 1;
  return `${prefix}${ownTag}-${counter.toString(36)}.${suffix}`;
}

const form = new RegExp(`^\\.s3sync-(${tagForm})-[0-9a-z]+\\.(tmp|part)$`);

/** Bodies and lists that pass through a disk: their files lose these names as soon as they are open. */
const passing = /^\.s3sync-(?:spool|spill)-[0-9a-f-]{36}$/;

/** Whether a file name is one of ours. Such files are never listed, sent or deleted as data. */
export function isTempName(name: string): boolean {
  return name.startsWith(prefix) && (form.test(name) || passing.test(name));
}

/** Whether a file of ours can be taken up again, if there is a journal about it. */
export function isPartName(name: string): boolean {
  return form.exec(name)?.[2] === "part";
}

/**
 * Whether an unfinished file was left by a run that is no more, and is of no use. One that some journal may be about,
 * of another user or machine, is left alone for a day.
 *
 * @param mtimeMs when it was last written
 */
export function isLeftover(name: string, mtimeMs: number, nowMs: number): boolean {
  const [, tag, suffix] = form.exec(name) ?? [];
  if (tag === undefined || !isAbandoned(tag, mtimeMs, nowMs)) return false;
  return suffix === "tmp" || nowMs - mtimeMs > foreignAgeMs;
}

/** Whether a process that lives made a file of this name. Those that are taken up keep the names of their makers. */
export function isInUse(name: string): boolean {
  const [, tag] = form.exec(name) ?? [];
  return tag !== undefined && ["ours", "alive"].includes(ownerOf(tag));
}
