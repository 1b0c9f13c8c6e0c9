/**
 * Files that change because a watch does something: their changes are no reason to do more.
 *
 * @module
 */
import path from "node:path";

/** What is beside a file that is ours: drafts, locks, journals of SQLite; or in it, if it is a directory. */
const beside = [".", "-", path.sep];

/** Whether a path is that of one of these files, or of what belongs to it. */
export function isOwnFile(files: readonly (string | undefined)[]): (file: string) => boolean {
  const own = files.flatMap((file) => (file === undefined ? [] : path.resolve(file)));
  return (file) => {
    const full = path.resolve(file);
    return own.some((each) => full === each || beside.some((end) => full.startsWith(each + end)));
  };
}
