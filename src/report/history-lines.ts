/**
 * Objects and versions as lines: columns for people, tabs between fields for programs, or JSON.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import { quoteETag } from "../core/etag.ts";
import type { Version } from "../core/version.ts";
import { bytes, counted } from "./numbers.ts";
import { printable, printableJson } from "./printable.ts";
import { rfc3339 } from "./times.ts";

/** Who reads. */
export type LineForm = "columns" | "tabs" | "json";

/** `1023.99 KiB`. */
const sizeWidth = 11;

/** The line for an object: its time, its size, its key. */
export function objectLine(entry: Entry, form: LineForm): string {
  if (form === "json") return printableJson(fieldsOf(entry));
  const { key, size, mtimeMs } = entry;
  return form === "tabs"
    ? [rfc3339(mtimeMs), size, printable(key)].join("\t")
    : [readable(mtimeMs), bytes(size).padStart(sizeWidth), printable(key)].join("  ");
}

/** The line for a version: its time, what it is, its size, its id, its key. */
export function versionLine(version: Version, form: LineForm): string {
  const state = stateOf(version);
  if (form === "json") {
    const { isLatest, isMarker } = version;
    return printableJson({
      ...fieldsOf(version),
      is_latest: isLatest !== false,
      is_marker: isMarker,
    });
  }
  const { key, size, mtimeMs, versionId } = version;
  const [id, name] = [printable(versionId), printable(key)];
  if (form === "tabs") return [rfc3339(mtimeMs), state, size, id, name].join("\t");
  const shown = version.isMarker ? "" : bytes(size);
  const columns = [readable(mtimeMs), state.padEnd(7), shown.padStart(sizeWidth), id, name];
  return columns.join("  ");
}

function stateOf({ isMarker, isLatest }: Version): string {
  if (isMarker) return "deleted";
  return isLatest === false ? "old" : "current";
}

/** The last line, for people: `3 objects, 1.50 KiB`. */
export function listedLine(count: number, size: number, one: string): string {
  return `${counted(count, one)}, ${bytes(size)}`;
}

/** `2026-11-29 14:20:00`, in UTC. */
function readable(milliseconds: number): string {
  return rfc3339(milliseconds).slice(0, 19).replace("T", " ");
}

function fieldsOf({ key, size, mtimeMs, etag, storageClass, versionId }: Entry): object {
  return {
    ...{ key, size, last_modified: rfc3339(mtimeMs) },
    etag: etag === undefined ? undefined : quoteETag(etag),
    ...{ storage_class: storageClass, version_id: versionId },
  };
}
