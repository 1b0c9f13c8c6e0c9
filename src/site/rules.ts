/**
 * What the files of a site are published with: rules by pattern, and what is right for most sites where there is none.
 * Pure.
 *
 * @module
 */
import { SyncError } from "../core/errors.ts";
import type { SystemMetadata, UserMetadata } from "../core/object.ts";
import { compileGlob } from "../filter/globs.ts";
import { sha256Hex } from "../hash/digest.ts";
import type { Regex } from "../regex/regex.ts";
import type { HeaderFile } from "./headers-file.ts";
import { contentTypeOf } from "./media-types.ts";
import { isFingerprinted, isPage } from "./pages.ts";

/** How a file is compressed before it is sent, as `Content-Encoding` names it. */
export type SiteEncoding = "gzip" | "br" | "zstd";

/** What some files are published with. What is absent is left to earlier rules. */
export interface SiteRule {
  /** Globs, as for `--include`: one that matches is enough. */
  readonly files: readonly string[];
  readonly cacheControl?: string | undefined;
  /** As it is sent: no charset is added. */
  readonly contentType?: string | undefined;
  /** The charset of texts without a `contentType`: `utf-8` by itself; `none` adds none. */
  readonly charset?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentLanguage?: string | undefined;
  /** An HTTP date. */
  readonly expires?: string | undefined;
  /** Added to what earlier rules say. */
  readonly metadata?: UserMetadata | undefined;
  readonly storageClass?: string | undefined;
  /** `none`: not compressed, whatever earlier rules say. */
  readonly compress?: SiteEncoding | "none" | undefined;
}

/** What a file is published with. */
export interface SiteAttributes extends SystemMetadata {
  readonly contentType: string;
  readonly metadata: UserMetadata;
  readonly storageClass: string | undefined;
  /** How its bytes are to be compressed; `contentEncoding` says the same then. */
  readonly encoding: SiteEncoding | undefined;
}

type Said = Omit<SiteRule, "files">;

/** For what never changes under its name: a year, the longest that caches keep anything. */
const forEver = "public, max-age=31536000, immutable";
/** Kept, and asked about each time: what has not changed is not sent again. */
const askEachTime = "no-cache";

/** Says with which attributes each file is published. */
export class SiteRules {
  private readonly rules: readonly { readonly globs: readonly Regex[]; readonly said: Said }[];
  /** Changes whenever a file may be published with something else than before. */
  readonly digest: string;
  /** Some files may be sent compressed. */
  readonly compresses: boolean;

  /**
   * @param rules the last one that matches decides, for each attribute
   * @param headers the site's `_headers`; rules win over it
   * @throws SyncError `usage`
   */
  constructor(
    rules: readonly SiteRule[] = [],
    private readonly headers?: HeaderFile,
  ) {
    this.rules = rules.map(({ files, ...said }) => {
      if (files.length === 0) throw new SyncError("usage", "a rule of the site is for no files");
      return { globs: files.map(compileGlob), said };
    });
    this.compresses = rules.some(({ compress = "none" }) => compress !== "none");
    this.digest = sha256Hex(JSON.stringify([defaultsVersion, rules, headers?.rules ?? []]));
  }

  /** @param key the file's path in the tree, with its ending, whatever key it is published under */
  attributesOf(key: string): SiteAttributes {
    const fromFile = this.headers?.headersOf(key);
    const said: Said = { ...usualOf(key), ...withoutGaps(fromFile ?? {}) };
    return finished(key, this.rulesOf(key).reduce(merged, said), fromFile?.contentEncoding);
  }

  /**
   * Of a listing that is made. Rules for the files of a directory match it, too; what they say of contents is not meant
   * for it, nor that it never changes.
   *
   * @param key that of the page
   */
  listingAttributesOf(key: string): SiteAttributes {
    const { contentLanguage: _, contentDisposition: _1, ...said } = this.attributesOf(key);
    const isForEver = said.cacheControl?.includes("immutable") === true;
    return {
      ...said,
      contentType: contentTypeOf(key),
      contentEncoding: said.encoding,
      cacheControl: isForEver ? askEachTime : said.cacheControl,
    };
  }

  private rulesOf(key: string): Said[] {
    const isMeant = (glob: Regex): boolean => glob.test(key);
    return this.rules.filter(({ globs }) => globs.some(isMeant)).map(({ said }) => said);
  }
}

/** To be changed with the defaults below, so that what is published gets the new ones. */
const defaultsVersion = 2;

function usualOf(key: string): Said {
  if (isPage(key)) return { cacheControl: askEachTime };
  return isFingerprinted(key) ? { cacheControl: forEver } : {};
}

function merged(before: Said, rule: Said): Said {
  const metadata = { ...before.metadata, ...rule.metadata };
  return { ...before, ...withoutGaps(rule), metadata };
}

function withoutGaps<T extends object>(fields: T): Partial<T> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}

function finished(
  key: string,
  { compress, charset, metadata = {}, ...said }: Said,
  contentEncoding: string | undefined,
): SiteAttributes {
  // What somebody has compressed before is not compressed again.
  const mayCompress = contentEncoding === undefined && compress !== "none";
  const encoding = mayCompress ? compress : undefined;
  return {
    ...said,
    contentType: said.contentType ?? contentTypeOf(key, charset),
    contentEncoding: encoding ?? contentEncoding,
    metadata,
    storageClass: said.storageClass,
    encoding,
  };
}
