/**
 * Files that a run itself writes, where they lie inside of SOURCE or TARGET: they change while it is under way, and are
 * of no use elsewhere. So they are neither sent nor written over nor deleted.
 *
 * @module
 */
import path from "node:path";

import type { Config } from "../../config/shape.ts";
import type { NameRule } from "../../filter/object-filter.ts";
import { Places } from "../../store/local/names/places.ts";
import { physicalPath } from "../../store/local/names/real-names.ts";
import { timePlaceholder } from "./open-run-journal.ts";

/** What stands beside a lock while somebody takes it. */
const lockEnding = String.raw`(?:\.(?:stale-)?\d+-[0-9a-f]{8})?`;
/** What belongs to an index: SQLite's files, one that was put aside, a lock for each pair. */
const indexEnding = String.raw`(?:-wal|-shm|-journal|\.aside(?:-\d+)?|\.[0-9a-f]{12}\.lock${lockEnding})?`;
const timeForm = String.raw`\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z`;

/** The condition that leaves them out; `undefined`: none lies there. */
export function ownFilesRule(config: Config): NameRule | undefined {
  const { source, target, encodeNames, index, lock, journal } = config;
  const roots = [source, target].flatMap((place) => (place.kind === "local" ? [place.path] : []));
  const forms = roots.flatMap((root) => [
    ...formOf(root, encodeNames, index, indexEnding),
    ...formOf(root, encodeNames, lock, lockEnding),
    ...formOf(root, encodeNames, journal, String.raw`(?:\.lock${lockEnding})?`),
  ]);
  if (forms.length === 0) return undefined;
  const leavesOut = (key: string): boolean => forms.some((form) => form.test(key));
  return { name: "a file of the run", leavesOut, isFirm: true };
}

/** Which keys are a file, or belong to it; none if it is elsewhere. */
function formOf(
  root: string,
  encoded: boolean,
  file: string | undefined,
  ending: string,
): RegExp[] {
  if (file === undefined) return [];
  const places = new Places(root, encoded);
  const top = physicalPath(path.resolve(root));
  return namesOf(file).flatMap((name) => {
    const below = path.relative(top, name);
    const names = below.split(path.sep);
    if (below === "" || names[0] === ".." || path.isAbsolute(below)) return [];
    const key = places.keyOf(names);
    if (key === undefined) return [];
    const literal = key.split(timePlaceholder).map((text) => RegExp.escape(text));
    return [new RegExp(`^${literal.join(timeForm)}${ending}$`, "s")];
  });
}

/** Where a file is, and where the link is by which it is named, if it is one. */
function namesOf(file: string): string[] {
  const given = path.resolve(file);
  const link = path.join(physicalPath(path.dirname(given)), path.basename(given));
  return [...new Set([physicalPath(given), link])];
}
