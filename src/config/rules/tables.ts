/**
 * Which options go together, as data. Upstream's rules, and the same for options of ours.
 *
 * @module
 */
import type { OptionName } from "../options.ts";
import type { Purpose } from "../purpose.ts";

/**
 * Options that mean one side and make sense only if that side is S3. Regions and path styles do no harm elsewhere,
 * and may come from variables that are set for many runs.
 */
export const aboutOneSide = [
  "profile",
  "access-key",
  "secret-access-key",
  "session-token",
  "keyring",
  "endpoint-url",
  "accelerate",
  "request-payer",
  "no-sign-request",
] as const;

/** Filters by what only the object itself tells. */
const filtersByContent = [
  "filter-include-metadata-regex",
  "filter-exclude-metadata-regex",
  "filter-include-tag-regex",
  "filter-exclude-tag-regex",
] as const;

const updateChecks = [
  "check-size",
  "check-etag",
  "check-mtime-and-etag",
  "check-additional-checksum",
  "check-mtime-and-additional-checksum",
] as const;

const conditions = ["if-match", "if-none-match", "copy-source-if-match"] as const;

/** No two of a line can be given together. */
export const exclusive: readonly (readonly OptionName[])[] = [
  [...updateChecks, "update", "ignore-existing"],
  ["existing", "ignore-existing"],
  ["tagging", "disable-tagging"],
  ["disable-tagging", "sync-latest-tagging"],
  ["acl", "copy-acl"],
  ["if-match", "if-none-match"],
  ["read-back-verify", "server-side-copy"],
  ["no-resume", "keep-partial"],
  ["allow-lua-os-library", "allow-lua-unsafe-vm"],
  ["read-data", "sample"],
  ["enable-versioning", "point-in-time", "report-sync-status"],
];

/** The first of a line cannot be given together with any of the others. */
export const excludes: readonly (readonly [OptionName, ...(readonly OptionName[])])[] = [
  [
    "remove-modified-filter",
    "update",
    "ignore-existing",
    "check-mtime-and-etag",
    "check-mtime-and-additional-checksum",
    "enable-versioning",
  ],
  ["check-etag", "source-sse-c-key", "target-sse-c-key"],
  ["check-mtime-and-etag", "source-sse-c-key", "target-sse-c-key"],
  ["auto-chunksize", "multipart-threshold", "multipart-chunksize"],
  ["source-sse-c", "sse", "sse-kms-key-id"],
  ["target-sse-c", "sse", "sse-kms-key-id"],
  [
    "enable-versioning",
    ...["delete", "head-each-target", "update", "existing", "ignore-existing", "backup-prefix"],
    ...conditions,
    ...updateChecks,
  ] as const,
  [
    "point-in-time",
    "head-each-target",
    ...conditions,
    "check-size",
    "check-etag",
    "check-mtime-and-etag",
    "check-mtime-and-additional-checksum",
    // What is there now says nothing about what was there then.
    "confirm-deletes",
  ],
  ["sync-latest-tagging", "enable-versioning", "delete"],
  [
    "apply-plan",
    "plan-file",
    "export-batch-manifest",
    "enable-versioning",
    "report-sync-status",
    "sync-latest-tagging",
    "sync-latest-metadata",
    "sync-storage-class",
    "delete",
  ],
  // A plan says what is sent and deleted, and nothing of what is brought in step beside.
  [
    "plan-file",
    "enable-versioning",
    "report-sync-status",
    "sync-latest-tagging",
    "sync-latest-metadata",
    "sync-storage-class",
    "sync-latest-object-annotations",
  ],
  // A plan tells of objects and their bytes, and of nothing else.
  ...(["preserve", "links", "hard-links", "specials", "keep-dirs"] as const).map(
    (name) => [name, "apply-plan", "plan-file", "report-sync-status"] as const,
  ),
  // Links are followed, left out, or kept.
  ["links", "ignore-symlinks", "follow-target-links"],
  // Encoded names can end with a slash: then it is one of an object.
  ["keep-dirs", "encode-names"],
  // What is kept beside bytes is given back by names that are text; so are backups, and what journals tell.
  [
    "filename-encoding",
    ...(["encode-names", "follow-target-links", "preserve", "links", "hard-links"] as const),
    ...(["specials", "keep-dirs", "backup-dir", "journal", "watch"] as const),
  ],
  // What came after it would look deleted.
  ["source-inventory", "delete", "enable-versioning", "point-in-time", "apply-plan"],
  ["export-batch-manifest", "enable-versioning", "report-sync-status"],
  ["sync-latest-metadata", "enable-versioning", "point-in-time", "report-sync-status", "delete"],
  ["sync-storage-class", "enable-versioning", "point-in-time", "report-sync-status", "delete"],
  [
    "sync-latest-object-annotations",
    "enable-versioning",
    "enable-sync-object-annotations",
    "delete",
  ],
  ["report-sync-status", "dry-run", "delete", "head-each-target"],
  // Every version is an object of its own; a report sends nothing.
  ["delta", "enable-versioning", "report-sync-status"],
  // It goes on, and these are about one moment.
  [
    "watch",
    ...(["dry-run", "enable-versioning", "point-in-time", "report-sync-status"] as const),
    ...(["source-inventory", "apply-plan", "journal"] as const),
  ],
  // They find out what is there, and do not believe what was.
  ["index", "enable-versioning", "report-sync-status"],
  // Old versions are copied as such, and a report changes nothing: there is nothing that could be taken back.
  ["journal", "enable-versioning", "report-sync-status"],
  // A plan holds only for what is exactly as it was listed.
  ["trust-index", "plan-file", "apply-plan"],
  // A watch has a memory of all keys, a plan says by itself what is done, an index that stands in for a listing must
  // know all of it, and of files with several names only one shard has the first.
  ["shard", "watch", "apply-plan", "trust-index", "hard-links"],
  // Both say where a part ends.
  ["shard-ranges", "key-start", "key-end"],
  // What lies behind a link has two names, and only one of them may be in the source.
  ["follow-target-links", "delete"],
];

/** The first of a line needs the second: without it, it has no effect. */
export const dependent: readonly (readonly [OptionName, OptionName])[] = [
  ["disable-additional-checksum-verify", "additional-checksum-algorithm"],
  ["max-delete", "delete"],
  ["delete-excluded", "delete"],
  ["allow-empty-source", "delete"],
  ["confirm-deletes", "delete"],
  ["copy-source-if-match", "server-side-copy"],
  ["report-metadata-sync-status", "report-sync-status"],
  ["report-tagging-sync-status", "report-sync-status"],
  ["report-annotations-sync-status", "report-sync-status"],
  ["report-extra-as-mismatch", "report-sync-status"],
  ["sync-delete-markers", "enable-versioning"],
  ["plan-file", "dry-run"],
  ["export-batch-manifest", "dry-run"],
  ["report-file", "report-sync-status"],
  ["sample-seed", "sample"],
  ["lock-wait", "lock"],
  ["trust-index", "index"],
  ["debounce", "watch"],
  ["poll", "watch"],
  ["source-events", "watch"],
  ["metrics-listen", "watch"],
  ["template", "generate-index"],
  ...(["path", "max-paths", "wait", "endpoint-url"] as const).map(
    (rest) => [`cloudfront-${rest}`, "cloudfront-distribution"] as const,
  ),
];

/** Likewise; but who gives the first wants something that only both together are. */
export const incomplete: readonly (readonly [OptionName, OptionName])[] = [
  ["sse-kms-key-id", "sse"],
  ["shard-ranges", "shard"],
  ...(["source", "target"] as const).flatMap((side) => {
    const [kind, key, md5] = [
      `${side}-sse-c`,
      `${side}-sse-c-key`,
      `${side}-sse-c-key-md5`,
    ] as const;
    return [[kind, key] as const, [key, md5] as const, [md5, kind] as const];
  }),
];

/** What only one of the commands does. */
export const onlyFor: Readonly<Record<Exclude<Purpose, "sync">, readonly OptionName[]>> = {
  check: ["read-data", "sample", "sample-seed"],
  bsync: ["state", "first-sync", "conflict-resolve", "conflict-loser", "no-recursive"],
  cleanup: ["older-than", "others"],
  restore: ["at", "only"],
  ls: ["at"],
  status: ["older-than"],
  prune: ["keep-within", "keep-last"],
  ranges: ["count", "exact"],
  site: [
    ...([
      "no-delete",
      "mtime-tolerance",
      "check",
      "generate-index",
      "template",
      ...(["summary-markdown", "preview", "preview-port"] as const),
    ] as const),
    ...(["clean-urls", "duplicate-prefix", "cloudfront-distribution", "cloudfront-path"] as const),
    ...(["cloudfront-max-paths", "cloudfront-wait", "cloudfront-endpoint-url"] as const),
  ],
  cluster: [
    ...(["nats", "nats-creds", "nats-nkey", "nats-token", "nats-user", "nats-password"] as const),
    ...(["nats-ca", "nats-cert", "nats-key", "nats-replicas"] as const),
    ...(["job", "shared-path", "slots", "idle-timeout", "wait"] as const),
  ],
};

const special = [
  ...(["check", "bsync", "cleanup", "restore", "ls", "status", "prune", "ranges"] as const),
  ...(["site", "cluster"] as const),
] as const;

/** The options that a command does not know, and which ones do. */
export function foreignOptions(purpose: Purpose): readonly (readonly [OptionName, string])[] {
  const names = new Set(special.flatMap((other) => onlyFor[other]));
  const own: readonly OptionName[] = purpose === "sync" ? [] : onlyFor[purpose];
  return [...names]
    .filter((name) => !own.includes(name))
    .map((name) => [name, special.filter((other) => onlyFor[other].includes(name)).join(" and ")]);
}

/** What two options mean together that exclude each other is clear to one command. */
export const together: Readonly<Partial<Record<Purpose, readonly OptionName[]>>> = {
  restore: ["point-in-time", "check-size"],
};

/** Where an option makes sense. */
export const needs: Readonly<
  Record<
    "localSource" | "localTarget" | "anyLocal" | "s3Source" | "s3Target" | "s3Both",
    readonly OptionName[]
  >
> = {
  localSource: ["ignore-symlinks", "no-guess-mime-type", "trust-index"],
  localTarget: ["fsync", "backup-dir", "follow-target-links"],
  anyLocal: [
    "delta",
    "encode-names",
    "filename-encoding",
    "index",
    "preserve",
    "links",
    "hard-links",
    "specials",
    "keep-dirs",
  ],
  s3Source: [
    "enable-additional-checksum",
    "source-sse-c",
    "source-sse-c-key",
    "source-sse-c-key-md5",
    "point-in-time",
    "export-batch-manifest",
    "source-inventory",
    "source-events",
    ...filtersByContent,
  ],
  s3Target: [
    "disable-payload-signing",
    "disable-content-md5-header",
    "additional-checksum-algorithm",
    "full-object-checksum",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "website-redirect",
    "put-last-modified-metadata",
    "storage-class",
    "sync-latest-tagging",
    "sync-latest-metadata",
    "sync-storage-class",
    "acl",
    "tagging",
    "sse",
    "sse-kms-key-id",
    "target-sse-c",
    "target-sse-c-key",
    "target-sse-c-key-md5",
    "if-match",
    "if-none-match",
    "backup-prefix",
    "trust-index",
  ],
  s3Both: [
    "server-side-copy",
    "copy-source-if-match",
    "no-sync-system-metadata",
    "no-sync-user-defined-metadata",
    "enable-versioning",
    "copy-acl",
    "enable-sync-object-annotations",
    "sync-latest-object-annotations",
    "report-metadata-sync-status",
    "report-tagging-sync-status",
    "report-annotations-sync-status",
  ],
};

/** What decides which objects are sent, and over what: never left out, however general the wish. */
export const decisive: readonly OptionName[] = [
  "point-in-time",
  "source-inventory",
  "enable-versioning",
  ...filtersByContent,
  "if-match",
  "if-none-match",
];

/** What works with a store of the caller's as SOURCE, although it is for S3. */
export const whatStoresTell: ReadonlySet<OptionName> = new Set<OptionName>([...filtersByContent]);

/** What works with a store of the caller's as TARGET. */
export const whatStoresKeep: ReadonlySet<OptionName> = new Set<OptionName>([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "website-redirect",
  "put-last-modified-metadata",
  "storage-class",
  "acl",
  "tagging",
]);

/** What directory buckets (S3 Express One Zone) have not. */
export const notInDirectoryBuckets: readonly OptionName[] = [
  "check-etag",
  "check-mtime-and-etag",
  "point-in-time",
  "enable-versioning",
  "copy-acl",
  "enable-sync-object-annotations",
  "sync-latest-object-annotations",
  "report-annotations-sync-status",
];
