/**
 * `--max-delete`: how many deletions are too many. Pure.
 *
 * @module
 */
import type { DeleteLimit } from "../../config/kinds.ts";

/**
 * What speaks against so many deletions; `undefined` if nothing does.
 *
 * @param objects of which a share may be deleted
 */
export function tooMany(
  { kind, most }: DeleteLimit,
  count: number,
  objects: number,
): string | undefined {
  const allowed = kind === "objects" ? most : Math.floor((objects * most) / 100);
  if (count <= allowed) return undefined;
  return kind === "objects"
    ? `--max-delete allows ${most}`
    : `--max-delete allows ${most}% of ${objects}, which is ${allowed}`;
}
