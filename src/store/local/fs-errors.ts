/**
 * What the file system refuses, and what that means.
 *
 * @module
 */
import { type ErrorCode, SyncError } from "../../core/errors.ts";

const meanings: Readonly<Record<string, readonly [ErrorCode, string, string?]>> = {
  ENOENT: ["not-found", "no such file"],
  EACCES: ["access-denied", "permission denied"],
  EPERM: ["access-denied", "operation not permitted"],
  EROFS: ["access-denied", "the file system is read-only"],
  ENOSPC: ["disk-full", "no space left on the disk"],
  EDQUOT: ["disk-full", "the disk quota is used up"],
  EFBIG: ["file-system", "the file is too large for this file system"],
  ENAMETOOLONG: ["unsafe-key", "the name is too long for this file system"],
  EILSEQ: ["unsafe-key", "the name is not allowed on this file system"],
  EINVAL: ["unsafe-key", "the name is not allowed on this file system"],
  ENOTDIR: ["path-clash", "a file stands where a directory is wanted"],
  EISDIR: ["path-clash", "a directory stands where the file is wanted"],
  EEXIST: ["path-clash", "something else stands there"],
  ENOTEMPTY: ["path-clash", "a directory stands where the file is wanted"],
  ELOOP: ["path-clash", "a symbolic link stands in the way"],
  EMFILE: ["file-system", "too many open files", "Raise the limit, for example: ulimit -n 8192."],
  ENFILE: ["file-system", "too many open files in the system"],
  EIO: ["file-system", "the disk reported an error"],
};

/** The system's code of an error, if it has one. */
export function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : undefined;
}

/** Whether a file system has no second names for files, like that of a memory card. */
export function lacksLinks(thrown: unknown): boolean {
  return ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(systemCode(thrown) ?? "");
}

/** `no such device` out of `ENODEV: no such device, open '/proc/self/fd/3/a'`: the path is the system's, not the user's. */
function systemText(thrown: unknown): string {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return /^[A-Z0-9]+: (.*?)(?:, \w+(?: '.*)?)?$/s.exec(said)?.[1] ?? said;
}

/**
 * Turns a file system error into ours.
 *
 * @param operation what was being done, as a verb: `read`, `write`, `list`
 */
export function fileError(
  thrown: unknown,
  operation: string,
  path: string,
  key?: string,
): SyncError {
  if (thrown instanceof SyncError) return thrown;
  const reason = systemCode(thrown);
  const [code, text, hint] = (reason === undefined ? undefined : meanings[reason]) ?? [
    "file-system" as const,
    systemText(thrown),
  ];
  return new SyncError(code, `cannot ${operation} ${path}: ${text}`, {
    operation,
    path,
    key,
    reason,
    hint,
    cause: thrown,
  });
}
