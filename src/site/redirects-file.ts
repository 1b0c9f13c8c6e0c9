/**
 * `_redirects`: the file by which Netlify and Cloudflare Pages are told where old paths lead. Pure.
 *
 * S3 redirects by objects that hold where to go (`x-amz-website-redirect-location`), one for each path, always with
 * status 301. What cannot be done so is left out with a word; what makes no sense is an error.
 *
 * @module
 */
import { compareKeys } from "../core/key.ts";
import { uriDecoded } from "../core/uri.ts";
import { type FileLine, type FileRemark, linesOf } from "./file-remark.ts";

/** One redirect, as an object. */
export interface Redirect {
  /** Relative to where the site is published. */
  readonly key: string;
  /** What S3 takes: `/path`, `http://…` or `https://…`. */
  readonly location: string;
  /** It counts even if there is a file of that name: written with `!`. */
  readonly force: boolean;
  /** Where it stands in the file, from 1. */
  readonly line: number;
}

/** What `_redirects` says. */
export interface RedirectsFile {
  /** Sorted by key, each key once. */
  readonly redirects: readonly Redirect[];
  readonly remarks: readonly FileRemark[];
}

/** What a line of the file says. */
interface Written {
  readonly from: string;
  readonly to: string;
  readonly status: number;
  readonly force: boolean;
  /** Queries, countries, languages, roles. */
  readonly conditions: readonly string[];
}

/** What becomes of a line. */
type Verdict =
  | { readonly kind: "redirect"; readonly redirect: Redirect; readonly warning?: string }
  | { readonly kind: "left-out"; readonly why: string }
  | { readonly kind: "wrong"; readonly why: string };

/** Reads `_redirects`. Nothing is thrown: what is wrong is among the remarks. */
export function readRedirects(text: string): RedirectsFile {
  const byKey = new Map<string, Redirect>();
  const remarks: FileRemark[] = [];
  for (const line of linesOf(text)) {
    const remark = (message: string, severity: FileRemark["severity"] = "warning"): void => {
      remarks.push({ line: line.number, message, severity });
    };
    const verdict = judged(line);
    if (verdict.kind === "wrong") remark(verdict.why, "error");
    if (verdict.kind === "left-out") remark(`left out: ${verdict.why}`);
    if (verdict.kind !== "redirect") continue;
    const { redirect, warning } = verdict;
    const earlier = byKey.get(redirect.key);
    if (warning !== undefined) remark(warning);
    if (earlier === undefined) byKey.set(redirect.key, redirect);
    else remark(`left out: line ${earlier.line} is about the same path, and the first one counts`);
  }
  const redirects = [...byKey.values()].toSorted((a, b) => compareKeys(a.key, b.key));
  return { redirects, remarks };
}

function judged(line: FileLine): Verdict {
  const written = parsed(line.text);
  if (written === undefined) return wrong("/from /to is wanted, and a status such as 301");
  const impossible = whyImpossible(written);
  if (impossible !== undefined) return { kind: "left-out", why: impossible };
  const key = keyOf(written.from);
  if (key === undefined) return wrong(`${written.from} is no path of a site`);
  const location = locationOf(written.to);
  if (location === undefined)
    return wrong(`${written.to} is longer than the 2,048 bytes that S3 keeps`);
  if (keyOf(written.to) === key) return wrong(`${written.from} would lead to itself`);
  const redirect = { key, location, force: written.force, line: line.number };
  const { status } = written;
  if (status === 301) return { kind: "redirect", redirect };
  return { kind: "redirect", redirect, warning: `S3 answers with 301 instead of ${status}` };
}

function wrong(why: string): Verdict {
  return { kind: "wrong", why };
}

const isAddress = (word: string): boolean => /^(?:\/|https?:\/\/)/i.test(word);

/** `/from [query…] /to [status][!] [condition…]`. */
function parsed(text: string): Written | undefined {
  const [from = "", ...words] = text.split(/\s+/);
  const at = words.findIndex(isAddress);
  const to = words[at];
  if (!isAddress(from) || to === undefined) return undefined;
  const [queries, rest] = [words.slice(0, at), words.slice(at + 1)];
  const [, status = "301", force = ""] = /^(\d{3})(!?)$/.exec(rest[0] ?? "") ?? [];
  const conditions = [...queries, ...(/^\d{3}!?$/.test(rest[0] ?? "") ? rest.slice(1) : rest)];
  if (!conditions.every((word) => /^[^=]+=./.test(word))) return undefined;
  return { from, to, status: Number(status), force: force === "!", conditions };
}

/** Why S3 cannot do it, if it cannot. */
function whyImpossible({ from, to, status, conditions }: Written): string | undefined {
  const [condition] = conditions;
  if (!from.startsWith("/"))
    return "S3 knows only paths; a whole host is for CloudFront or the DNS";
  if (status === 404 || (status === 200 && from === "/*")) {
    return `make ${to} the error document of the bucket's website, or of the CloudFront distribution`;
  }
  if (status < 300 || status > 399) return `S3 cannot answer one path with another (${status})`;
  if (/\*|\/:[A-Za-z]/.test(from)) {
    return "an object redirects one path only; patterns are for a function of CloudFront";
  }
  return condition === undefined ? undefined : `S3 knows no conditions such as ${condition}`;
}

const longestKey = 1024;
const longestLocation = 2048;

/** What a path is stored under; `undefined` if it can be stored under nothing. */
function keyOf(path: string): string | undefined {
  const [plain = ""] = path.slice(1).split(/[?#]/);
  const key = uriDecoded(plain === "" || plain.endsWith("/") ? `${plain}index.html` : plain);
  const isOdd = key?.split("/").some((part) => ["", ".", ".."].includes(part)) ?? true;
  return isOdd || Buffer.byteLength(key ?? "") > longestKey ? undefined : key;
}

/** Headers hold ASCII. What is escaped already stays as it is. */
function locationOf(to: string): string | undefined {
  const location = to.replaceAll(/[^\x21-\x7e]+/g, (letters) =>
    encodeURIComponent(letters.toWellFormed()),
  );
  return location.length > longestLocation ? undefined : location;
}
