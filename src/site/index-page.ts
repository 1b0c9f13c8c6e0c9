/**
 * The page that lists a directory which has none of its own. Pure: the same listing makes the same bytes.
 *
 * @module
 */
import { compareKeys } from "../core/key.ts";
import page from "./index-page.html" with { type: "text" };
import { fillTemplate, type Names, parseTemplate, type Template, type Values } from "./template.ts";

/** A file or directory in a listing. */
export interface ListedName {
  /** `a.txt`, or `sub/` for a directory. */
  readonly name: string;
  /** Bytes. */
  readonly size?: number | undefined;
  /** Milliseconds since 1970. */
  readonly mtimeMs?: number | undefined;
}

/** What a page shows. */
export interface DirectoryListing {
  /** `docs/api/`, or empty for the top. */
  readonly path: string;
  /** In any order. Names that begin with a dot are left out. */
  readonly entries: readonly ListedName[];
  readonly siteName: string;
}

/** What a template of index pages can show. The README tells what each is. */
const names: Names = {
  values: ["site", "path", "name", "title", "summary"],
  sections: {
    above: ["name", "link"],
    directories: ["name", "link", "date", "time", "byName", "byDate"],
    files: ["name", "link", "size", "bytes", "date", "time", "byName", "bySize", "byDate"],
    empty: [],
  },
};

/**
 * Reads a template of index pages.
 *
 * @throws SyncError `usage` that names the line
 */
export function indexTemplate(text: string): Template {
  return parseTemplate(text, names);
}

/** Bun's types take HTML for a bundle of an application, whatever the import says. */
const defaultPage = page as unknown as string;

/** The page that is made where nobody gives a template. Its spaces at the beginnings of lines are for people. */
export const defaultTemplate: Template = indexTemplate(defaultPage.replaceAll(/^\s+/gm, ""));

/** Makes the page of a directory. */
export function renderIndex(
  { path, entries, siteName }: DirectoryListing,
  template: Template = defaultTemplate,
): string {
  const shown = entries.filter(({ name }) => !name.startsWith("."));
  const directories = shown.filter(({ name }) => name.endsWith("/"));
  const files = shown.filter(({ name }) => !name.endsWith("/"));
  const above = path.split("/").slice(0, -1);
  const name = legible(above.at(-1) ?? siteName);
  return fillTemplate(template, {
    site: legible(siteName),
    path: legible(path),
    name,
    title: above.length === 0 ? name : `${legible(path)} \u2013 ${legible(siteName)}`,
    summary: summaryOf(directories, files),
    above: above.map((_, index) => ({
      name: legible(above[index - 1] ?? siteName),
      link: "../".repeat(above.length - index),
    })),
    directories: rowsOf(directories),
    files: rowsOf(files),
    empty: shown.length === 0 ? [{}] : [],
  });
}

function summaryOf(directories: readonly ListedName[], files: readonly ListedName[]): string {
  const bytes = files.reduce((sum, { size = 0 }) => sum + size, 0);
  const counted = (count: number, one: string, more: string): string[] =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : more}`];
  return [
    ...counted(directories.length, "directory", "directories"),
    ...counted(files.length, "file", "files"),
    ...(files.length === 0 ? [] : [sizeText(bytes)]),
  ].join(", ");
}

/** Sorted by name; the other orders are told by numbers, so that no script has to sort. */
function rowsOf(listed: readonly ListedName[]): Values[] {
  const byName = listed.toSorted((a, b) => compareNames(a.name, b.name));
  const bySize = ranksOf(byName, ({ size = -1 }) => size);
  const byDate = ranksOf(byName, ({ mtimeMs = -1 }) => mtimeMs);
  return byName.map((entry, index) => ({
    name: legible(entry.name.replace(/\/$/, "")),
    link: linkOf(entry.name),
    size: entry.size === undefined ? "" : sizeText(entry.size),
    bytes: entry.size === undefined ? "" : String(entry.size),
    date: dateText(entry.mtimeMs).slice(0, 16).replace("T", " "),
    time: dateText(entry.mtimeMs),
    byName: String(index + 1),
    bySize: String(bySize.get(entry)),
    byDate: String(byDate.get(entry)),
  }));
}

/** Places from 1 on; what is equal stays as it stands. */
function ranksOf(
  entries: readonly ListedName[],
  value: (entry: ListedName) => number,
): ReadonlyMap<ListedName, number> {
  const sorted = entries.toSorted((a, b) => value(a) - value(b));
  return new Map(sorted.map((entry, index) => [entry, index + 1]));
}

/** As people count: `img2` before `img10`, and whatever the case. Not by a locale: every machine is to sort alike. */
function compareNames(a: string, b: string): number {
  const [left, right] = [piecesOf(a), piecesOf(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [x = "", y = ""] = [left[i], right[i]];
    const bothNumbers = i % 2 === 1;
    const order = bothNumbers ? x.length - y.length || compareKeys(x, y) : compareKeys(x, y);
    if (order !== 0) return order;
  }
  return left.length - right.length || compareKeys(a, b);
}

/** Texts and numbers in turn; numbers without leading zeros. */
function piecesOf(name: string): string[] {
  return name.toLowerCase().split(/0*(\d+)/);
}

/** A directory's own name may hold a colon or look like a scheme: all that could be read otherwise is escaped. */
function linkOf(name: string): string {
  const isDirectory = name.endsWith("/");
  const plain = isDirectory ? name.slice(0, -1) : name;
  return `${encodeURIComponent(plain.toWellFormed())}${isDirectory ? "/" : ""}`;
}

/** Signs that move, hide or turn around what is shown. */
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A name as a page shows it: what cannot be seen is spelled out. */
function legible(name: string): string {
  return name
    .toWellFormed()
    .replaceAll(
      unseen,
      (sign) => `\u2039U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u203a`,
    );
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `512 B`, `1.2 MiB`. */
function sizeText(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** RFC 3339 in UTC, to the second; empty where there is no such time. */
function dateText(mtimeMs: number | undefined): string {
  const date = new Date(mtimeMs ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().replace(/\.\d+Z$/, "Z");
}
