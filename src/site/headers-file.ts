/**
 * `_headers`: the file by which Netlify and Cloudflare Pages are told the headers of a site. Pure.
 *
 * A line that begins with `/` is a path, those that follow are its headers. `*` stands for anything, `:name` for one part of
 * a path. All paths that match count; values of the same header are put together with commas, and `! Name` takes back
 * what was said before.
 *
 * @module
 */
import type { SystemMetadata, UserMetadata } from "../core/object.ts";
import { compileRegex, quoted, type Regex } from "../regex/regex.ts";
import { type FileRemark, linesOf } from "./file-remark.ts";

/** A header for the paths that match. */
export interface HeaderRule {
  readonly path: string;
  /** In lower case. */
  readonly name: string;
  /** `null`: what was said before does not count. */
  readonly value: string | null;
}

/** What `_headers` says of a file, as far as S3 keeps it. */
export interface FileHeaders extends SystemMetadata {
  readonly metadata?: UserMetadata | undefined;
}

/** What `_headers` says. */
export interface HeaderFile {
  /** In the order of the file. */
  readonly rules: readonly HeaderRule[];
  readonly remarks: readonly FileRemark[];
  /** @param key the file's path in the tree, with its ending */
  readonly headersOf: (key: string) => FileHeaders;
}

/** The headers that S3 keeps, and what it calls them. */
const kept = {
  "cache-control": "cacheControl",
  "content-disposition": "contentDisposition",
  "content-encoding": "contentEncoding",
  "content-language": "contentLanguage",
  "content-type": "contentType",
  expires: "expires",
} as const satisfies Readonly<Record<string, keyof SystemMetadata>>;

/** Of these only the last one can be meant. */
const single: readonly string[] = ["content-disposition", "content-type", "expires"];
const metadataPrefix = "x-amz-meta-";

/** Reads `_headers`. Nothing is thrown: what is wrong is among the remarks. */
export function readHeaders(text: string): HeaderFile {
  const rules: HeaderRule[] = [];
  const remarks: FileRemark[] = [];
  const named = new Set<string>();
  let path: string | undefined;
  for (const { number: line, text: content } of linesOf(text)) {
    if (/^(?:\/|\w+:\/\/)/.test(content)) path = content;
    const verdict = content === path ? verdictOnPath(path) : verdictOnHeader(content, path);
    if (verdict.kind === "rule") rules.push(verdict.rule);
    if (verdict.kind === "error") remarks.push({ line, message: verdict.why, severity: "error" });
    // Once for each header is enough.
    if (verdict.kind === "left-out" && !named.has(verdict.why)) {
      named.add(verdict.why);
      remarks.push({ line, message: verdict.why, severity: "warning" });
    }
  }
  return { rules, remarks, headersOf: finder(rules) };
}

/** What becomes of a line. */
type Verdict =
  | { readonly kind: "rule"; readonly rule: HeaderRule }
  | { readonly kind: "error" | "left-out"; readonly why: string }
  | { readonly kind: "nothing" };

function verdictOnPath(path: string): Verdict {
  if (path.startsWith("/")) return { kind: "nothing" };
  return { kind: "left-out", why: "S3 cannot give one host other headers than another" };
}

function verdictOnHeader(content: string, path: string | undefined): Verdict {
  if (path === undefined) return { kind: "error", why: "a path is wanted first" };
  const rule = ruleOf(content, path);
  if (typeof rule === "string") return { kind: "error", why: rule };
  if (rule.name === "basic-auth") return { kind: "error", why: unprotected };
  if (!path.startsWith("/")) return { kind: "nothing" };
  if (isKept(rule.name)) return { kind: "rule", rule };
  const name = rule.name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
  return {
    kind: "left-out",
    why: `S3 does not keep ${name}; a response headers policy of CloudFront adds it`,
  };
}

const unprotected =
  "S3 asks nobody for a password: what is protected by Basic-Auth would be public";

/** A header, or what is wrong with it. */
function ruleOf(content: string, path: string): HeaderRule | string {
  const [, detached] = /^!\s*([\w-]+)$/.exec(content) ?? [];
  if (detached !== undefined) return { path, name: detached.toLowerCase(), value: null };
  const [, name, value] = /^([\w-]+)\s*:\s*(.*)$/.exec(content) ?? [];
  if (name === undefined || value === undefined)
    return "a header such as Cache-Control: no-cache is wanted";
  if (value === "") return `${name} has no value`;
  return { path, name: name.toLowerCase(), value };
}

function isKept(name: string): name is keyof typeof kept {
  return Object.hasOwn(kept, name) || name.startsWith(metadataPrefix);
}

function finder(rules: readonly HeaderRule[]): HeaderFile["headersOf"] {
  const patterns = new Map(rules.map(({ path }) => [path, patternOf(path)]));
  return (key) => {
    const addresses = addressesOf(key);
    const matching = rules.filter(({ path }) => {
      const pattern = patterns.get(path);
      return addresses.some((address) => pattern?.test(address));
    });
    return fieldsOf(valuesOf(matching));
  };
}

/** A path, with or without a slash at its end. */
function patternOf(path: string): Regex {
  const plain = path.length > 1 ? path.replace(/\/$/, "") : path;
  const body = plain
    .split(/(\*|:[A-Za-z]\w*)/)
    .map((piece, index) => (index % 2 === 0 ? quoted(piece) : piece === "*" ? ".*" : "[^/]+"))
    .join("");
  return compileRegex(`(?s)^${body}/?$`);
}

/** The addresses by which a file is asked for. */
function addressesOf(key: string): string[] {
  const whole = `/${key}`;
  return [whole, whole.replace(/\/index\.html$/, "/"), whole.replace(/\.html$/, "")];
}

function valuesOf(rules: readonly HeaderRule[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, value } of rules) {
    const before = single.includes(name) ? undefined : values.get(name);
    if (value === null) values.delete(name);
    else values.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return values;
}

function fieldsOf(values: ReadonlyMap<string, string>): FileHeaders {
  const metadata: Record<string, string> = {};
  const fields: Partial<Record<keyof SystemMetadata, string>> = {};
  for (const [name, value] of values) {
    if (name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = value;
    else if (Object.hasOwn(kept, name)) fields[kept[name as keyof typeof kept]] = value;
  }
  return Object.keys(metadata).length === 0 ? fields : { ...fields, metadata };
}
