/**
 * Kinds of option values about files.
 *
 * @module
 */
import { type FileAspect, fileAspects, usualAspects } from "../core/file-attributes.ts";
import { flag, type Kind } from "./kinds.ts";

const words = ["mtime", "mode", "owner", "atime", "xattrs", "all"] as const;
const allowed = `true, false or a list of ${words.join(", ")} with commas is allowed`;

/**
 * What is kept of files. A flag that may be given a list: alone it means what is usual.
 */
export const aspects: Kind<readonly FileAspect[]> = {
  flag: true,
  join: (values) => fileAspects.filter((aspect) => values.flat().includes(aspect)),
  words,
  placeholder: "[=LIST]",
  parse(text) {
    const names = text.split(",");
    if (names.some(isWord)) return listed(names);
    return isOn(text) ? usualAspects : [];
  },
  format: (value) => value.join(","),
  check: (value) => (value.every((name) => fileAspects.includes(name)) ? undefined : allowed),
};

/** What is meant by `all` is a word, too, where a value is written again. */
function isWord(name: string): boolean {
  return [...words, ...fileAspects].some((word) => word === name);
}

function isOn(text: string): boolean {
  try {
    return flag.parse(text);
  } catch {
    throw new Error(allowed);
  }
}

function listed(names: readonly string[]): readonly FileAspect[] {
  if (!names.every(isWord)) throw new Error(allowed);
  return names.includes("all")
    ? fileAspects
    : fileAspects.filter((aspect) => names.includes(aspect));
}

/** How file names are written on disk. Keys of S3 are UTF-8. */
export const filenameEncodings = [
  "utf-8",
  "latin-1",
  "iso-8859-2",
  "iso-8859-15",
  "windows-1251",
  "windows-1252",
  "koi8-r",
] as const;

/** One of them. */
export type FilenameEncoding = (typeof filenameEncodings)[number];
