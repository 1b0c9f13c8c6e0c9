/**
 * Log records: what each event says, under upstream's messages and field names.
 *
 * @module
 */
import type { SyncError } from "../core/errors.ts";
import { type ETag, quoteETag } from "../core/etag.ts";
import type { Route, Summary, SyncEvent } from "../core/events.ts";
import type { WatchState } from "../core/watch-state.ts";
import { filterName } from "./filter-names.ts";
import { statusRecords, statusSummary } from "./status-records.ts";
import { perSecond } from "./summary-line.ts";
import { targetOf } from "./targets.ts";
import { rfc3339 } from "./times.ts";

/** Grave first. */
export type Level = "error" | "warn" | "info" | "debug" | "trace";

/** One record. Fields are in the order in which they are shown. */
export interface LogRecord {
  readonly level: Level;
  /** The part of the program that it comes from. */
  readonly target: string;
  /** The step that it is about the beginning or the end of. */
  readonly span?: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** What a field holds; several numbers under one name are shown as `name.part=1`. */
export type FieldValue = string | number | boolean | Readonly<Record<string, number>>;

/** Events that are not here are not logged. */
const levels: Readonly<Partial<Record<SyncEvent["type"], Level>>> = {
  start: "debug",
  started: "trace",
  kept: "debug",
  reused: "debug",
  synced: "info",
  annotation: "info",
  verified: "debug",
  "checksum-verified": "debug",
  unverified: "info",
  skipped: "debug",
  deleted: "info",
  // Somebody has to look at both.
  conflict: "warn",
  renamed: "info",
  difference: "info",
  "backed-up": "info",
  retry: "info",
  notice: "info",
  status: "info",
  request: "debug",
  warning: "warn",
  error: "error",
  watch: "debug",
  end: "info",
};

/** Nothing was done, and nothing has gone wrong. */
function isIdle({ transferredObjects, deleted, errors, warnings }: Summary): boolean {
  return transferredObjects + deleted + errors + warnings === 0;
}

/** The level that an event is logged at; `undefined`: it is not. */
export function levelOf(event: SyncEvent): Level | undefined {
  if (event.type === "round") return isIdle(event.summary) ? "debug" : "info";
  if (event.type === "notice" && event.isDoubtful === true) return "warn";
  return levels[event.type];
}

/**
 * The records for an event: mostly one, or none.
 *
 * @param route decides whether the target is named by its key or by its path, as upstream does
 */
export function recordsOf(event: SyncEvent, route: Route | undefined): readonly LogRecord[] {
  const level = levelOf(event);
  if (level === undefined) return [];
  const target = targetOf(event, route);
  return contentsOf(event, route).map((content) => ({ level, target, ...content }));
}

function contentsOf(event: SyncEvent, route: Route | undefined): readonly Content[] {
  if (event.type === "status") return statusRecords(event);
  if (event.type === "end" && event.summary.status !== undefined) {
    return [{ message: "", fields: statusSummary(event.summary.status) }];
  }
  const content = contentOf(event, route);
  return content === undefined ? [] : [content];
}

type Content = Pick<LogRecord, "message" | "fields">;

function contentOf(event: SyncEvent, route: Route | undefined): Content | undefined {
  switch (event.type) {
    case "start":
      return {
        message: "sync started.",
        fields: { source: event.source, target: event.target, dry_run: event.dryRun },
      };
    case "started":
      return { message: "transfer started.", fields: { key: event.key, size: event.size } };
    case "kept":
      return {
        message: "part kept from an interrupted transfer.",
        fields: { key: event.key, size: event.bytes },
      };
    case "reused":
      return {
        message: "part taken from what is replaced.",
        fields: { key: event.key, size: event.bytes },
      };
    case "synced":
      return synced(event, route);
    case "annotation":
      return annotation(event);
    case "verified":
      return verified(event, route);
    case "checksum-verified":
      return checksumVerified(event, route);
    case "unverified":
      return { message: "e_tag not verified.", fields: { key: event.key, reason: event.reason } };
    case "skipped":
      return filtered(event);
    case "deleted":
      return {
        message: `${dry(event.dryRun)}delete completed.`,
        fields: {
          key: event.key,
          ...(route === "download" ? {} : { target_version_id: "" }),
          ...targetFields(event.target, route),
        },
      };
    case "conflict":
      return {
        message: `${dry(event.dryRun)}conflict.`,
        fields: { key: event.key, winner: event.winner ?? "", kept: event.kept ?? "" },
      };
    case "renamed":
      return {
        message: `${dry(event.dryRun)}rename completed.`,
        fields: { key: event.key, to: event.to, on: event.on },
      };
    case "difference":
      return { message: "difference.", fields: { key: event.key, what: event.what } };
    case "backed-up":
      return {
        message: `${dry(event.dryRun)}backup completed.`,
        fields: {
          key: event.key,
          ...targetFields(event.target, route),
          [route === "download" ? "backup_path" : "backup_key"]: event.backup,
        },
      };
    case "retry":
      return {
        message: "trying again.",
        fields: {
          operation: event.operation,
          key: event.key ?? "",
          attempt: event.attempt,
          delay_ms: Math.round(event.delayMs),
          error: event.error.message,
        },
      };
    case "request":
      return requested(event);
    case "notice":
      return { message: event.message, fields: {} };
    case "warning":
    case "error":
      return { message: event.error.message, fields: errorFields(event.error, event.key) };
    case "watch":
      return { message: "watch state.", fields: watchFields(event.state) };
    case "round":
      return {
        message: "round completed.",
        fields: { whole: event.isWhole, ...summaryFields(event.summary) },
      };
    case "end":
      return { message: "sync summary", fields: summaryFields(event.summary) };
    default:
      return undefined;
  }
}

function dry(isDry: boolean): string {
  return isDry ? "[dry-run] " : "";
}

/** What upstream says of an object of which only a part was brought in step; of metadata it knows nothing. */
const partial = {
  all: "",
  tagging: "(tagging only)",
  "tag-removal": "(delete tagging only)",
  metadata: "(metadata only)",
  acl: "(ACL only)",
  annotations: "(annotations only)",
} as const;

function synced(event: Extract<SyncEvent, { type: "synced" }>, route: Route | undefined): Content {
  const isDownload = route === "download";
  const version = { source_version_id: event.sourceVersionId ?? "" };
  const time = { source_last_modified: rfc3339(event.sourceMtimeMs) };
  return {
    message: `${dry(event.dryRun)}sync${partial[event.only ?? "all"]} completed.`,
    fields: {
      key: event.key,
      ...(isDownload ? {} : version),
      // Of a download upstream tells the time in a dry run only.
      ...(isDownload && !event.dryRun ? {} : time),
      ...targetFields(event.target, route),
      size: event.size,
    },
  };
}

function annotation(event: Extract<SyncEvent, { type: "annotation" }>): Content {
  const { key, target, name, size, etag, change, isVerified, dryRun } = event;
  const isWritten = change === "written";
  const more = isWritten ? { annotation_size: size, verified: isVerified } : {};
  return {
    message: `${dry(dryRun)}${isWritten ? "sync" : "delete"} object annotation completed.`,
    fields: {
      ...{ key, target_key: target, annotation_name: name },
      annotation_etag: etag === undefined ? "" : quoteETag(etag),
      ...more,
    },
  };
}

function targetFields(target: string, route: Route | undefined): Record<string, string> {
  return route === "download" ? { real_path: target } : { target_key: target };
}

/** In a bucket upstream names what it has verified by its full key. */
function verifiedKey({ key, target }: Verified, route: Route | undefined): string {
  return route === "download" ? key : target;
}

type Verified = Extract<SyncEvent, { type: "verified" | "checksum-verified" }>;

/** A side without ETags of its own has that of the bytes, which is what was proven. */
function verified(
  event: Extract<SyncEvent, { type: "verified" }>,
  route: Route | undefined,
): Content {
  const source = event.sourceETag ?? event.targetETag;
  const target = event.targetETag ?? event.sourceETag;
  const show = (etag: ETag | undefined): string => (etag === undefined ? "" : quoteETag(etag));
  return {
    message: "e_tag verified.",
    fields: {
      key: verifiedKey(event, route),
      source_e_tag: show(source),
      target_e_tag: show(target),
    },
  };
}

/** The evidence as in the original's README. */
function filtered({ key, reason, evidence }: Extract<SyncEvent, { type: "skipped" }>): Content {
  const name = filterName(reason, evidence);
  if (evidence === undefined) {
    return { message: "object filtered.", fields: { ...name, key, reason } };
  }
  const { by, source, target } = evidence;
  const times = {
    source_last_modified: rfc3339(source.mtimeMs),
    target_last_modified: rfc3339(target.mtimeMs),
  };
  const sizes = { source_size: source.size, target_size: target.size };
  switch (by) {
    case "time":
      return { message: "object filtered.", fields: { ...name, ...times, key, reason } };
    case "size":
      return {
        message: "object filtered(same size).",
        fields: { ...name, content_length: source.size, key, reason },
      };
    case "etag": {
      // Files have none of their own; that of their bytes was found to be this one.
      const etag = target.etag ?? source.etag ?? "";
      const etags = { source_e_tag: source.etag ?? etag, target_e_tag: target.etag ?? etag };
      return {
        message: "object filtered. ETags are same.",
        fields: { ...name, ...etags, ...times, ...sizes, key, reason },
      };
    }
    case "checksum": {
      const { algorithm = "", value = "" } = evidence.checksum ?? {};
      const sums = { source_checksum: value, target_checksum: value };
      return {
        message: "object filtered. Checksums are same.",
        fields: {
          ...name,
          checksum_algorithm: algorithm,
          ...sums,
          ...times,
          ...sizes,
          key,
          reason,
        },
      };
    }
  }
}

function checksumVerified(
  event: Extract<SyncEvent, { type: "checksum-verified" }>,
  route: Route | undefined,
): Content {
  const source = event.sourceChecksum ?? event.targetChecksum;
  const target = event.targetChecksum ?? event.sourceChecksum;
  return {
    message: "additional checksum verified.",
    fields: {
      key: verifiedKey(event, route),
      additional_checksum_algorithm: target?.algorithm ?? "",
      target_checksum: target?.value ?? "",
      source_checksum: source?.value ?? "",
    },
  };
}

function requested(event: Extract<SyncEvent, { type: "request" }>): Content {
  const { operation, bucket, key, status, sentBytes, receivedBytes, durationMs } = event;
  return {
    message: status === undefined ? "request failed." : "request completed.",
    fields: {
      operation,
      bucket,
      ...(key === undefined ? {} : { key }),
      ...(status === undefined ? {} : { status }),
      sent_byte: sentBytes,
      received_byte: receivedBytes,
      duration_ms: Math.round(durationMs * 1000) / 1000,
    },
  };
}

function watchFields(state: WatchState): Record<string, FieldValue> {
  const { lastSuccessAt, lagMs, objects, bytes, errors, rounds } = state;
  return {
    phase: state.phase,
    ...(state.trouble === undefined ? {} : { trouble: state.trouble }),
    pending: state.pending,
    lag_ms: Math.round(lagMs),
    ...(lastSuccessAt === undefined ? {} : { last_success: rfc3339(lastSuccessAt) }),
    ...{ round: rounds, object: objects, byte: bytes, error: errors },
    queue: state.queue,
  };
}

function errorFields(error: SyncError, key: string | undefined): Record<string, string | number> {
  const fields: Record<string, string | number> = { code: error.code };
  const keyed = key ?? error.key;
  if (keyed !== undefined) fields["key"] = keyed;
  if (error.reason !== undefined) fields["reason"] = error.reason;
  if (error.status !== undefined) fields["status"] = error.status;
  if (error.requestId !== undefined) fields["request_id"] = error.requestId;
  if (error.hint !== undefined) fields["hint"] = error.hint;
  return fields;
}

/** Upstream's fields in upstream's order, then our own. */
export function summaryFields(summary: Summary): Record<string, FieldValue> {
  const { transferredBytes, transferredObjects, durationMs, traffic } = summary;
  return {
    transferred_byte: transferredBytes,
    transferred_byte_per_sec: perSecond(transferredBytes, summary),
    transferred_object: transferredObjects,
    transferred_object_per_sec: perSecond(transferredObjects, summary),
    etag_verified: summary.etagVerified,
    checksum_verified: summary.checksumVerified,
    deleted: summary.deleted,
    skipped: summary.skipped,
    error: summary.errors,
    warning: summary.warnings,
    duration_sec: Math.round(durationMs * 1000) / 1_000_000,
    not_verified: summary.notVerified,
    ...(summary.twoWay === undefined
      ? {}
      : {
          conflict: summary.twoWay.conflicts,
          renamed: summary.twoWay.renamed,
          difference: summary.twoWay.differences,
        }),
    dry_run: summary.dryRun,
    interrupted: summary.interrupted,
    sent_byte: traffic.sentBytes,
    received_byte: traffic.receivedBytes,
    requests: traffic.requests,
    ...(summary.keptBytes === undefined ? {} : { kept_byte: summary.keptBytes }),
    ...(summary.reusedBytes === undefined ? {} : { reused_byte: summary.reusedBytes }),
  };
}
