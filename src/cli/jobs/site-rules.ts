/**
 * The table `site` of a configuration file: what the files of a site are published with.
 *
 * @module
 */
import type { SiteRule } from "../../index.ts";
import { closest } from "../suggest.ts";
import { isTable, type Table } from "./parse-file.ts";
import type { Complain } from "./settings.ts";

/** What a rule can say in one text, and what the library calls it. */
const texts = {
  "cache-control": "cacheControl",
  "content-type": "contentType",
  charset: "charset",
  "content-disposition": "contentDisposition",
  "content-language": "contentLanguage",
  expires: "expires",
  "storage-class": "storageClass",
} as const satisfies Readonly<Record<string, keyof SiteRule>>;

const encodings = ["gzip", "br", "zstd", "none"] as const;

/** All that a rule can say. */
export const ruleKeys: readonly string[] = [
  ...["files", "compress", "metadata"],
  ...Object.keys(texts),
];

/** Reads the table. @param complain hears of all that is wrong */
export function readSiteRules(table: Table, complain: Complain): SiteRule[] {
  for (const key of Object.keys(table)) {
    if (key !== "rules") complain(key, "only rules stand below site; options below defaults");
  }
  const { rules = [] } = table;
  if (!Array.isArray(rules)) {
    complain("rules", "a list of tables is wanted: [[site.rules]]");
    return [];
  }
  return rules.map((rule: unknown, index) => {
    const where = `rule ${index + 1}`;
    const said = isTable(rule) ? rule : undefined;
    if (said === undefined) complain(where, "a table is wanted");
    const about = (key: string, why: string): void => complain(`${where}: ${key}`, why);
    return readRule(said ?? {}, about);
  });
}

function readRule(table: Table, complain: Complain): SiteRule {
  for (const key of Object.keys(table)) {
    if (!ruleKeys.includes(key)) complain(key, `there is no such header${guess(key)}`);
  }
  const said = Object.entries(texts).flatMap(([key, name]) => {
    const text = textAt(table, key, complain);
    return text === undefined ? [] : [[name, text] as const];
  });
  return {
    ...Object.fromEntries(said),
    files: filesIn(table, complain),
    compress: compressIn(table, complain),
    metadata: metadataIn(table, complain),
  };
}

function guess(key: string): string {
  const meant = closest(key.replaceAll("_", "-").toLowerCase(), ruleKeys);
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

function textAt(table: Table, key: string, complain: Complain): string | undefined {
  const value = table[key];
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  complain(key, "a text is wanted");
  return undefined;
}

/** One glob, or some. */
function filesIn({ files }: Table, complain: Complain): string[] {
  const globs: readonly unknown[] = Array.isArray(files) ? files : [files];
  const good = globs.filter((glob): glob is string => typeof glob === "string" && glob !== "");
  if (good.length < globs.length || good.length === 0) complain("files", "globs are wanted");
  return good;
}

function compressIn({ compress }: Table, complain: Complain): SiteRule["compress"] {
  const known = encodings.find((encoding) => encoding === compress);
  if (compress !== undefined && known === undefined) {
    complain("compress", "gzip, br, zstd or none is allowed");
  }
  return known;
}

function metadataIn({ metadata }: Table, complain: Complain): SiteRule["metadata"] {
  if (metadata === undefined) return undefined;
  const pairs = isTable(metadata) ? Object.entries(metadata) : [];
  const good = pairs.flatMap(([name, value]) =>
    typeof value === "string" ? [[name.toLowerCase(), value] as const] : [],
  );
  if (good.length < pairs.length || pairs.length === 0) {
    complain("metadata", "a table of texts is wanted");
  }
  return Object.fromEntries(good);
}
