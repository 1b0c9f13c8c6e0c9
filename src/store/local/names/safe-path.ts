/**
 * The one way from a key to a path. No other code joins the two.
 *
 * @module
 */
import { SyncError } from "../../../core/errors.ts";
import { isTempName } from "./temp-name.ts";

/** NUL ends a path in the system's eyes; a lone surrogate has no bytes. */
const never = /\u0000|\p{Surrogate}/u;
/** What Windows cannot keep, reads as a stream or a drive, or quietly drops. */
const notOnWindows = /[\u0000-\u001f<>:"|?*\\]|[. ]$/;
const windowsDevice = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?: *\..*)?$/i;

/**
 * Splits a key into the names of its directories and its file, each fit to be one path component.
 *
 * @param key relative to the root of the tree; one trailing `/` marks a directory
 * @returns the names; a directory marker yields the directory's own
 * @throws SyncError `unsafe-key` when the key would leave the tree or cannot be a path
 */
export function pathComponents(key: string, windows = process.platform === "win32"): string[] {
  const names = (key.endsWith("/") ? key.slice(0, -1) : key).split("/");
  for (const name of names) {
    const why = problemWith(name, windows);
    if (why !== undefined) {
      throw new SyncError("unsafe-key", `the key ${JSON.stringify(key)} is not stored: ${why}`, {
        key,
      });
    }
  }
  return names;
}

/** Whether Windows takes a name for a device, whatever its directory. */
export function isReservedOnWindows(name: string): boolean {
  return windowsDevice.test(name);
}

function problemWith(name: string, windows: boolean): string | undefined {
  if (name === "") return "a path cannot have an empty component";
  if (name === "." || name === "..") return `${JSON.stringify(name)} would change the directory`;
  if (isTempName(name)) return "s3sync gives such names to files that are not complete yet";
  if (never.test(name)) return "it holds a character that no path can have";
  if (windows && notOnWindows.test(name)) return "Windows does not allow this name";
  if (windows && windowsDevice.test(name)) return "Windows reserves this name";
  return undefined;
}
