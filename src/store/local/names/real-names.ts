/**
 * Where files really are that are reached through links.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

/**
 * The names of a file without links on the way to it; `undefined` if they are those that were given, or the links lead
 * out of the tree. What is not there yet counts as what it would be.
 *
 * @param names below the root
 */
export function realNames(root: string, names: readonly string[]): readonly string[] | undefined {
  for (let depth = names.length - 1; depth > 0; depth--) {
    const directory = realPath(path.join(root, ...names.slice(0, depth)));
    if (directory === undefined) continue;
    const below = path.relative(realPath(root) ?? root, directory).split(path.sep);
    if (below[0] === ".." || path.isAbsolute(below.join(path.sep))) return undefined;
    const above = below.filter((name) => name !== "");
    if (above.join(path.sep) === names.slice(0, depth).join(path.sep)) return undefined;
    return [...above, ...names.slice(depth)];
  }
  return undefined;
}

/** A path with its links resolved, as far as there is anything yet. */
export function physicalPath(directory: string): string {
  try {
    return fs.realpathSync(directory);
  } catch {
    const above = path.dirname(directory);
    return above === directory
      ? directory
      : path.join(physicalPath(above), path.basename(directory));
  }
}

function realPath(file: string): string | undefined {
  try {
    return fs.realpathSync.native(file);
  } catch {
    // There is nothing yet, or nothing that can be reached.
    return undefined;
  }
}
