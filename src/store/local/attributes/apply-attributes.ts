/**
 * Gives files the attributes that they are to have.
 *
 * @module
 */
import fs from "node:fs";

import { SyncError } from "../../../core/errors.ts";
import {
  type FileAttributes,
  keptOf,
  nanosecondsOf,
  secondsOf,
} from "../../../core/file-attributes.ts";
import { systemCode } from "../fs-errors.ts";
import type { Reached } from "./native.ts";
import type { AttributeSource } from "./read-attributes.ts";

/** How to give attributes. */
export interface AttributeTarget extends AttributeSource {
  /** Hears what cannot be given here, and why. The same is not told twice. */
  readonly warn: (error: SyncError) => void;
}

/** The system does not let us, or knows no such thing: no reason to do without the rest. */
const refusals: ReadonlySet<string | undefined> = new Set([
  ...["EPERM", "EACCES", "EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ERANGE", "ENOSPC", "E2BIG"],
]);

/** Gives attributes to files. */
export class AttributeWriter {
  private readonly told = new Set<string>();
  private readonly isRoot = process.geteuid?.() === 0;
  private readonly ownGroups: ReadonlySet<number> = new Set([
    ...(process.getgroups?.() ?? []),
    ...(process.getegid === undefined ? [] : [process.getegid()]),
  ]);

  constructor(private readonly target: AttributeTarget) {}

  /** Whether attributes of somebody's file can be changed. */
  mayChange(uid: number): boolean {
    return this.isRoot || uid === process.geteuid?.();
  }

  /**
   * What is wanted, as far as it is kept and can be had here: owners by their names, if these are known here, and only
   * where they may be given away.
   */
  attainable(wanted: FileAttributes): FileAttributes {
    const { rules, users, groups, native } = this.target;
    const { uid, gid, userName, groupName, xattrs, ...rest } = keptOf(wanted, rules.aspects);
    const user = (userName === undefined ? undefined : users.idOf(userName)) ?? uid;
    const group = (groupName === undefined ? undefined : groups.idOf(groupName)) ?? gid;
    const isFree = group !== undefined && (this.isRoot || this.ownGroups.has(group));
    const isOwn = user === undefined || this.isRoot || user === process.geteuid?.();
    if (!isOwn || (group !== undefined && !isFree)) this.warn(ownersStay());
    if (rules.aspects.has("xattrs") && native === undefined) this.warn(noXattrs("this system"));
    const isTheirs = isOwn && (group === undefined || isFree);
    return {
      ...rest,
      // Everybody may do everything with a link: a file made of it must not be like that.
      permissions: rest.type === "link" ? undefined : withOwner(rest.permissions, isTheirs),
      ...(isOwn ? { uid: user } : {}),
      ...(isFree ? { gid: group } : {}),
      ...(native === undefined ? {} : { xattrs }),
    };
  }

  /** Gives attributes that can be had. Times come last: everything else may change them. */
  apply(place: Reached, wanted: FileAttributes): void {
    const { uid, gid, permissions, xattrs, atimeNs, mtimeNs } = wanted;
    const isTheirs =
      (uid === undefined && gid === undefined) ||
      this.attempt(() => changeOwner(place, uid ?? -1, gid ?? -1), ownersStay);
    // Before the mode: without the right to write nobody but root may give any.
    if (xattrs !== undefined) {
      const set = (): void => this.target.native?.setXattrs(place, xattrs);
      this.attempt(set, () => noXattrs("the file system"));
    }
    const mode = withOwner(permissions, isTheirs);
    if (mode !== undefined) changeMode(place, mode);
    if (mtimeNs !== undefined) this.setTimes(place, atimeNs, mtimeNs);
  }

  /** Says once what could not be done. */
  warn(error: SyncError): void {
    if (this.told.has(error.message)) return;
    this.told.add(error.message);
    this.target.warn(error);
  }

  /** @returns whether it could be done */
  private attempt(change: () => void, problem: () => SyncError): boolean {
    try {
      change();
      return true;
    } catch (thrown) {
      if (!refusals.has(systemCode(thrown))) throw thrown;
      this.warn(problem());
      return false;
    }
  }

  private setTimes(place: Reached, atimeNs: bigint | undefined, mtimeNs: bigint): void {
    const { native } = this.target;
    if (native !== undefined) return native.setTimes(place, atimeNs, mtimeNs);
    const modified = plainSeconds(mtimeNs);
    const accessed = atimeNs === undefined ? Date.now() / 1000 : plainSeconds(atimeNs);
    if (place.kind === "descriptor") fs.futimesSync(place.descriptor, accessed, modified);
    else if (place.isLink) fs.lutimesSync(place.path, accessed, modified);
    else fs.utimesSync(place.path, accessed, modified);
  }
}

/**
 * Setuid and setgid give the rights of the owner and the group that are meant, and of nobody else.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/cp.html (`-p`)
 */
function withOwner(permissions: number | undefined, isTheirs: boolean): number | undefined {
  return permissions === undefined || isTheirs ? permissions : permissions & ~setIds;
}

const setIds = 0o6000;

/** Seconds as a number holds them, never rounded up to the next one. */
function plainSeconds(ns: bigint): number {
  return Number(secondsOf(ns)) + Math.floor(Number(nanosecondsOf(ns)) / 1000) / 1e6;
}

function changeOwner(place: Reached, uid: number, gid: number): void {
  if (place.kind === "descriptor") fs.fchownSync(place.descriptor, uid, gid);
  else if (place.isLink) fs.lchownSync(place.path, uid, gid);
  else fs.chownSync(place.path, uid, gid);
}

/** Links have no rights of their own. */
function changeMode(place: Reached, permissions: number): void {
  if (place.kind === "descriptor") fs.fchmodSync(place.descriptor, permissions);
  else if (!place.isLink) fs.chmodSync(place.path, permissions);
}

function ownersStay(): SyncError {
  return new SyncError(
    "unsupported",
    "not all files get the owner or group that --preserve has kept: only root may give files away",
    { hint: "Run it as root, or leave the owner out: --preserve=mtime,mode." },
  );
}

function noXattrs(who: string): SyncError {
  return new SyncError(
    "unsupported",
    `extended attributes are not kept: ${who} does not take them`,
  );
}
