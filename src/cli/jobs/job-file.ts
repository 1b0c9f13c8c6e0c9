/**
 * The configuration file: defaults, and jobs by their names. Everything that is wrong with it is told together.
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { type SiteRule, SyncError } from "../../index.ts";
import { closest } from "../suggest.ts";
import { extensions, isTable, parseText, type Table } from "./parse-file.ts";
import { type Complain, noSettings, readSettings, type Settings } from "./settings.ts";
import { readSiteRules } from "./site-rules.ts";

/** A run that a file describes. */
export interface Job {
  readonly name: string;
  /** As they are written: variables are not put in yet. */
  readonly source: string;
  readonly target: string;
  readonly settings: Settings;
}

/** What a file says. */
export interface JobFile {
  /** The file, as messages name it. */
  readonly file: string;
  readonly defaults: Settings;
  /** In the order of the file. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** What the files of a site are published with. */
  readonly siteRules: readonly SiteRule[];
}

/** What a file may hold. */
const topLevel = ["$schema", "defaults", "jobs", "site"];
const places = ["source", "target"] as const;

/** Names of jobs: no places, so that `s3sync run s3://b` is a run from a directory named `run`. */
export const jobName = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

/**
 * Reads a file.
 *
 * @throws SyncError `usage`, one line for each thing that is wrong
 */
export function readJobFile(file: string): JobFile {
  const problems: string[] = [];
  const complain = (where: string, why: string): void => {
    problems.push(`${file}: ${where}: ${why}`);
  };
  const top = parsed(file);
  for (const key of Object.keys(top)) {
    if (!topLevel.includes(key)) complain(key, unknownKey(key));
  }
  const defaults = tableAt(top, "defaults", complain);
  const jobs = tableAt(top, "jobs", complain);
  const site = tableAt(top, "site", complain) ?? {};
  const result: JobFile = {
    file,
    defaults: defaults === undefined ? noSettings : readDefaults(defaults, complain),
    jobs: readJobs(jobs ?? {}, complain),
    siteRules: readSiteRules(site, (key, why) => complain(`site: ${key}`, why)),
  };
  if (problems.length > 0) throw new SyncError("usage", problems.join("\n"), { hint });
  return result;
}

const hint = "See s3sync run --help for what such a file holds.";

function parsed(file: string): Table {
  const extension = path.extname(file).toLowerCase();
  if (!extensions.includes(extension)) {
    throw new SyncError("usage", `${file}: a configuration file ends with ${or(extensions)}`);
  }
  let value: unknown;
  try {
    value = parseText(textOf(file), extension);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyncError("usage", `${file}: ${why}`, { hint, cause });
  }
  // What holds nothing but comments.
  if (value === null || value === undefined) return {};
  if (isTable(value)) return value;
  throw new SyncError("usage", `${file}: the tables defaults and jobs are wanted`, { hint });
}

function textOf(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(fs.readFileSync(file));
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT") throw new Error("there is no such file", { cause });
    if (code === "EISDIR") throw new Error("it is a directory", { cause });
    if (cause instanceof TypeError) throw new Error("it is no UTF-8 text", { cause });
    throw new Error(`it cannot be read: ${String(code)}`, { cause });
  }
}

function tableAt(top: Table, key: string, complain: Complain): Table | undefined {
  const value = Object.hasOwn(top, key) ? top[key] : undefined;
  if (value === undefined || value === null || isTable(value)) return value ?? undefined;
  complain(key, `a table is wanted, not a ${Array.isArray(value) ? "list" : "value"}`);
  return undefined;
}

function unknownKey(key: string): string {
  const meant = closest(key.toLowerCase(), topLevel);
  const guess = meant === undefined ? "" : `; did you mean ${meant}?`;
  return `options stand below defaults or jobs.NAME${guess}`;
}

function readDefaults(table: Table, complain: Complain): Settings {
  const { source, target, ...rest } = table;
  for (const [name, value] of Object.entries({ source, target })) {
    if (value !== undefined) complain(`defaults: ${name}`, "it belongs into a job");
  }
  return readSettings(rest, [], (key, why) => complain(`defaults: ${key}`, why));
}

function readJobs(jobs: Table, complain: Complain): Map<string, Job> {
  const read = new Map<string, Job>();
  for (const name of Object.keys(jobs)) {
    const where = `job ${name}`;
    const table = isTable(jobs[name]) ? jobs[name] : undefined;
    if (!jobName.test(name)) {
      complain(
        where,
        "a name is made of letters, digits, - _ and ., and begins with none of - and .",
      );
    } else if (table === undefined) complain(where, "a table with source and target is wanted");
    else
      read.set(
        name,
        readJob(name, table, (key, why) => complain(`${where}: ${key}`, why)),
      );
  }
  return read;
}

function readJob(name: string, table: Table, complain: Complain): Job {
  const { source, target, ...rest } = table;
  const [from = "", to = ""] = [source, target].map((value, index) => {
    if (typeof value === "string" && value !== "") return value;
    complain(places[index] ?? "", value === undefined ? "it is missing" : "a text is wanted");
    return "";
  });
  return { name, source: from, target: to, settings: readSettings(rest, places, complain) };
}

function or(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
