/**
 * How objects stand on both sides: compared, told, and left as they are.
 *
 * @module
 */
import { metadataText, tagText } from "../../core/attribute-texts.ts";
import type { ChecksumAlgorithm } from "../../core/checksum.ts";
import { type Entry, storeKeyOf } from "../../core/entry.ts";
import type { EventSink } from "../../core/events.ts";
import type { Attributes, Encryption, SystemMetadata, UserMetadata } from "../../core/object.ts";
import type { HeaderStatus, Sameness, Status, StatusCounts } from "../../core/status.ts";
import { StatusTally } from "../../core/status.ts";
import type { ObjectFilter } from "../../filter/object-filter.ts";
import type { Pair } from "../../list/merge.ts";
import type { Reader, Store } from "../../store/store.ts";
import { compareChecksums } from "../../transfer/comparing/compare-checksums.ts";
import { compareContents } from "../../transfer/comparing/compare-etags.ts";
import type { TransferContext } from "../../transfer/context.ts";
import type { Verdict } from "../../verify/verdict.ts";

/** What is compared. */
export interface StatusRules {
  readonly by:
    | { readonly kind: "etag" | "size" }
    | { readonly kind: "checksum"; readonly algorithm: ChecksumAlgorithm };
  readonly metadata: boolean;
  readonly tagging: boolean;
  /** Compared by their ETags and sizes, or by their sizes alone; `undefined`: not compared. */
  readonly annotations?: "etag" | "size" | undefined;
}

/** Compares objects, one at a time or several. */
export class StatusReport {
  private readonly tally = new StatusTally();

  constructor(
    private readonly rules: StatusRules,
    private readonly emit: EventSink,
  ) {}

  get counts(): StatusCounts {
    return this.tally.counts;
  }

  /** Compares an object of the source with that of the target, if there is one. */
  async compare(
    context: TransferContext,
    source: Entry,
    target: Entry | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { key } = source;
    if (target === undefined) {
      return this.tell({ of: "existence", key, status: "NOT_FOUND", source });
    }
    this.tell(await contentStatus(context, source, target, this.rules.by, signal));
    const { annotations } = this.rules;
    if (annotations !== undefined) {
      for (const status of await annotationStatus(context, source, target, annotations, signal)) {
        this.tell(status);
      }
    }
    if (!this.rules.metadata && !this.rules.tagging) return;
    const from = await context.source.open(source, false, signal);
    try {
      const to = await context.target.open(target, false, signal);
      try {
        if (this.rules.metadata) this.tell(metadataStatus(source, from, to));
        if (this.rules.tagging) this.tell(await taggingStatus(source, from, to, signal));
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
  }

  /** What only the target has, and would be deleted by --delete. */
  takeExtra({ key, source, target }: Pair, filter: ObjectFilter | undefined): void {
    if (source !== undefined || target?.kind !== "object" || filter?.protects(key) === true) return;
    this.tell({ of: "existence", key: target.key, status: "NOT_FOUND_IN_SOURCE", target });
  }

  private tell(status: Status): void {
    this.tally.take(status);
    this.emit({ type: "status", ...status });
  }
}

async function contentStatus(
  context: TransferContext,
  source: Entry,
  target: Entry,
  by: StatusRules["by"],
  signal: AbortSignal,
): Promise<Status> {
  const { key } = source;
  const common = { key, source, target, sourceValue: undefined, targetValue: undefined };
  switch (by.kind) {
    case "size":
      return { of: "size", ...common, status: isSame(source.size === target.size) };
    case "etag":
      return { of: "etag", ...common, ...(await compareETags(context, source, target, signal)) };
    case "checksum": {
      const { algorithm } = by;
      const compared = await compareSums(context, source, target, algorithm, signal);
      return { of: "checksum", algorithm, ...common, ...compared };
    }
  }
}

function isSame(isIt: boolean): Sameness {
  return isIt ? "MATCHES" : "MISMATCH";
}

/** What came out, and what was compared. */
interface Outcome {
  readonly status: Sameness;
  readonly sourceValue: string | undefined;
  readonly targetValue: string | undefined;
  readonly reason?: string | undefined;
}

async function compareETags(
  context: TransferContext,
  source: Entry,
  target: Entry,
  signal: AbortSignal,
): Promise<Outcome> {
  const shown = { sourceValue: source.etag, targetValue: target.etag };
  if (source.etag === undefined || target.etag === undefined) {
    if (source.size !== target.size) return { status: "MISMATCH", ...shown };
    const from = { store: context.source, entry: source };
    const verdict = await compareContents(
      context,
      from,
      { store: context.target, entry: target },
      signal,
    );
    return outcomeOf(verdict, shown);
  }
  if (source.etag === target.etag) return { status: "MATCHES", ...shown };
  if (source.size !== target.size) return { status: "MISMATCH", ...shown };
  const encryption =
    (await encryptionOf(context.source, source, signal)) ??
    (await encryptionOf(context.target, target, signal));
  if (encryption === undefined) return { status: "MISMATCH", ...shown };
  const reason = `encrypted with ${encryption}, the ETag is no MD5`;
  return { status: "UNKNOWN", ...shown, reason };
}

/** How an object is encrypted, if that makes its ETag no MD5. */
async function encryptionOf(
  store: Store,
  entry: Entry,
  signal: AbortSignal,
): Promise<Encryption | undefined> {
  const info = await store.head(storeKeyOf(entry), signal);
  return info?.encryption === "AES256" ? undefined : info?.encryption;
}

async function compareSums(
  context: TransferContext,
  source: Entry,
  target: Entry,
  algorithm: ChecksumAlgorithm,
  signal: AbortSignal,
): Promise<Outcome> {
  const from = { store: context.source, entry: source };
  const to = { store: context.target, entry: target };
  const { verdict, shown } = await compareChecksums(context, algorithm, from, to, signal);
  return outcomeOf(verdict, {
    sourceValue: shown.source?.value,
    targetValue: shown.target?.value,
  });
}

/** A side that shows nothing has what was made of its bytes. */
function outcomeOf(
  verdict: Verdict,
  { sourceValue, targetValue }: Pick<Outcome, "sourceValue" | "targetValue">,
): Outcome {
  const made = verdict.kind === "mismatch" ? verdict.expected : (sourceValue ?? targetValue);
  const values = { sourceValue: sourceValue ?? made, targetValue: targetValue ?? made };
  switch (verdict.kind) {
    case "match":
      return { status: "MATCHES", ...values };
    case "mismatch":
      return { status: "MISMATCH", ...values };
    case "unknown":
      return { status: "UNKNOWN", sourceValue, targetValue, reason: verdict.reason };
    case "none": {
      const reason = "there is nothing to compare on one side";
      return { status: "UNKNOWN", sourceValue, targetValue, reason };
    }
  }
}

/** In upstream's order. */
const headers: readonly (readonly [string, keyof SystemMetadata])[] = [
  ["Content-Disposition", "contentDisposition"],
  ["Content-Encoding", "contentEncoding"],
  ["Content-Language", "contentLanguage"],
  ["Content-Type", "contentType"],
  ["Cache-Control", "cacheControl"],
  ["Expires", "expires"],
  ["x-amz-website-redirect-location", "websiteRedirect"],
];

function metadataStatus({ key }: Entry, from: Reader, to: Reader): Status {
  const [a, b]: readonly Attributes[] = [from.info.attributes, to.info.attributes] as const;
  const compared = [
    ...headers.map(([name, field]) => headerStatus(name, a?.[field] ?? "", b?.[field] ?? "")),
    headerStatus("x-amz-meta-", userMetadata(a?.metadata), userMetadata(b?.metadata)),
  ];
  const status = isSame(compared.every((header) => header.status === "MATCHES"));
  return { of: "metadata", key, status, headers: compared, ...versionsOf(from, to) };
}

function headerStatus(name: string, source: string, target: string): HeaderStatus {
  return { name, status: isSame(source === target), source, target };
}

/** What notes the origin of a copy is always another on both sides. */
function userMetadata(metadata: UserMetadata = {}): string {
  const own = Object.entries(metadata).filter(([name]) => !name.startsWith("s3sync_origin_"));
  return metadataText(Object.fromEntries(own));
}

async function taggingStatus(
  { key }: Entry,
  from: Reader,
  to: Reader,
  signal: AbortSignal,
): Promise<Status> {
  const [source = "", target = ""] = await Promise.all(
    [from, to].map(async (reader) => tagText((await reader.tagging?.(signal)) ?? "")),
  );
  const status = isSame(source === target);
  const tags = { sourceTagging: source, targetTagging: target };
  return { of: "tagging", key, status, ...tags, ...versionsOf(from, to) };
}

async function annotationStatus(
  context: TransferContext,
  source: Entry,
  target: Entry,
  by: "etag" | "size",
  signal: AbortSignal,
): Promise<Status[]> {
  const { key } = source;
  const [from = [], to = []] = await Promise.all([
    context.source.companions?.annotations(storeKeyOf(source), source.versionId, signal),
    context.target.companions?.annotations(storeKeyOf(target), target.versionId, signal),
  ]);
  const names = new Set([...from, ...to].map(({ name }) => name));
  return Array.from(names, (name) => {
    const [a, b] = [from, to].map((side) => side.find((annotation) => annotation.name === name));
    const isOne = a?.size === b?.size && (by === "size" || a?.etag === b?.etag);
    const versions = { sourceVersionId: source.versionId, targetVersionId: target.versionId };
    return {
      of: "annotation",
      key,
      status: isSame(isOne),
      name,
      source: a,
      target: b,
      ...versions,
    };
  });
}

function versionsOf(
  from: Reader,
  to: Reader,
): { sourceVersionId: string | undefined; targetVersionId: string | undefined } {
  return { sourceVersionId: from.info.versionId, targetVersionId: to.info.versionId };
}
