/**
 * The words in which the model speaks: what there is, what is wanted, what came of it.
 *
 * @module
 */

/** What a side holds under a key. */
export interface Item {
  /** Says which bytes these are: a digest. */
  readonly content: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly etag: string | undefined;
}

/** What a side holds. */
export interface Side {
  readonly objects: ReadonlyMap<string, Item>;
  /** Where keys are paths: its directories, with a slash at their ends. */
  readonly directories: ReadonlySet<string> | undefined;
}

/** Both sides before a run. */
export interface World {
  readonly source: Side;
  readonly target: Side;
}

/** Options that have a meaning, under their names. */
export interface Wish {
  readonly delete?: boolean;
  readonly deleteExcluded?: boolean;
  readonly maxDelete?: string;
  readonly allowEmptySource?: boolean;
  readonly dryRun?: boolean;
  readonly warnAsError?: boolean;
  readonly continueOnError?: boolean;
  readonly existing?: boolean;
  readonly ignoreExisting?: boolean;
  readonly update?: boolean;
  readonly checkSize?: boolean;
  readonly checkEtag?: boolean;
  readonly checkMtimeAndEtag?: boolean;
  readonly removeModifiedFilter?: boolean;
  readonly headEachTarget?: boolean;
  readonly ifNoneMatch?: boolean;
  readonly keyStart?: string;
  readonly keyEnd?: string;
  readonly filterMtimeBefore?: Date;
  readonly filterMtimeAfter?: Date;
  readonly filterSmallerSize?: number;
  readonly filterLargerSize?: number;
  readonly filterIncludeRegex?: readonly string[];
  readonly filterExcludeRegex?: readonly string[];
  readonly include?: readonly Glob[];
  readonly exclude?: readonly Glob[];
  /** The lines of `--files-from`. */
  readonly names?: readonly string[];
  /** A callback lets only objects pass whose sizes are odd. */
  readonly oddOnly?: boolean;
}

/** Some globs, and what they match: a name at any depth or a path from the top, and all that lies below it. */
export const globs = {
  "*.tmp": /(?:^|\/)[^/]*\.tmp(?:\/|$)/u,
  "?": /(?:^|\/)[^/](?:\/|$)/u,
  a: /(?:^|\/)a(?:\/|$)/u,
  "/a/": /^a\//u,
  "a/b": /^a\/b(?:\/|$)/u,
  "{b,😀}*": /(?:^|\/)(?:b|😀)[^/]*(?:\/|$)/u,
} as const;

/** One of them. */
export type Glob = keyof typeof globs;

/** What a run is to have done. */
export interface Outcome {
  /** What the target then holds, by key. */
  readonly target: ReadonlyMap<string, string>;
  readonly sent: readonly string[];
  readonly deleted: readonly string[];
  readonly bytes: number;
  readonly skipped: number;
  readonly warnings: number;
  readonly errors: number;
  readonly exitCode: number;
}
