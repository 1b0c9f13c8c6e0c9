/**
 * The tables that event scripts are given: upstream's events, made of ours.
 *
 * Upstream's `key` is the key below the prefix in some events and the full key of the target in others. Here it is
 * the former everywhere, and `source_key` and `target_key` are the full ones.
 *
 * @module
 */
import { metadataText, tagText } from "../../core/attribute-texts.ts";
import type { Entry } from "../../core/entry.ts";
import type { Mismatch, SyncError } from "../../core/errors.ts";
import type { Side, Summary, SyncEvent } from "../../core/events.ts";
import { quoted, timeText } from "./object-tables.ts";
import type { LuaValue } from "./values.ts";

type Table = Readonly<Record<string, LuaValue>>;

/** Upstream's numbers of events: each is a bit. */
const bits = {
  pipelineStart: 1,
  pipelineEnd: 2,
  syncStart: 3,
  syncComplete: 4,
  syncDelete: 5,
  etagVerified: 6,
  checksumVerified: 7,
  etagMismatch: 8,
  checksumMismatch: 9,
  warning: 10,
  pipelineError: 11,
  cancel: 12,
  write: 13,
  filtered: 14,
  statsReport: 15,
  annotationVerified: 16,
  annotationMismatch: 17,
  annotationDeleted: 18,
} as const;

/** What keys are called outside. */
export interface Naming {
  sourceKey(key: string): string;
  targetKey(key: string): string;
  /** Whether `key` is a full one where upstream has it so. */
  readonly asUpstream: boolean;
}

/** Makes the tables of one run. */
export class EventTables {
  private dryRun = false;
  private readonly recent = new RecentObjects();
  private lastError: string | undefined;
  /** No summary counts them. */
  private readonly mismatches = { etagMismatch: 0, checksumMismatch: 0 };

  constructor(private readonly naming: Naming) {}

  /** None, one, or, at the end, two. */
  of(event: SyncEvent): readonly Table[] {
    switch (event.type) {
      case "start":
        this.dryRun = event.dryRun;
        return [this.table("pipelineStart", {})];
      case "queued":
        return [this.about("syncStart", event.key, this.begun(event))];
      case "synced":
        return [this.about("syncComplete", event.key, this.completed(event))];
      case "moved":
        return [this.about("write", event.key, this.written(event))];
      case "deleted":
        return [this.about("syncDelete", event.key, {})];
      case "skipped":
        return [
          event.reason === "preprocess"
            ? this.about("cancel", event.key, { source_version_id: event.source?.versionId })
            : this.about("filtered", event.key, filtered(event)),
        ];
      case "verified":
        return [
          this.about("etagVerified", event.key, {
            ...this.recent.get(event.key),
            source_etag: quoted(event.sourceETag),
            target_etag: quoted(event.targetETag),
          }),
        ];
      case "checksum-verified":
        return [
          this.about("checksumVerified", event.key, {
            ...this.recent.get(event.key),
            ...checksums(event),
          }),
        ];
      case "annotation":
        return this.annotation(event);
      default:
        return this.trouble(event);
    }
  }

  private begun({ key, size, sourceVersionId }: Extract<SyncEvent, { type: "queued" }>): Table {
    const fields = { source_size: size, source_version_id: sourceVersionId };
    this.recent.set(key, fields);
    return fields;
  }

  private written({ key, bytes, part }: Extract<SyncEvent, { type: "moved" }>): Table {
    const { source_size, source_version_id } = this.recent.get(key);
    const parts = part === undefined ? {} : { upload_id: part.uploadId, part_number: part.number };
    return { source_size, source_version_id, byte_written: bytes, ...parts };
  }

  /** What is told of the object afterwards, its verification, tells the same. */
  private completed(event: Extract<SyncEvent, { type: "synced" }>): Table {
    const fields = {
      source_version_id: event.sourceVersionId,
      target_version_id: event.targetVersionId,
      source_last_modified: timeText(new Date(event.sourceMtimeMs)),
      source_size: event.size,
      target_size: event.size,
    };
    this.recent.set(event.key, fields);
    return { ...fields, source_etag: quoted(event.sourceETag) };
  }

  private trouble(event: SyncEvent): readonly Table[] {
    if (event.type === "warning") return this.warning(event.error, event.key);
    if (event.type === "error") {
      this.lastError = event.error.message;
      return [this.table("pipelineError", { message: event.error.message, key: event.key })];
    }
    if (event.type !== "end") return [];
    const message = event.summary.errors > 0 ? this.lastError : undefined;
    return [
      this.table("pipelineEnd", { message }),
      this.table("statsReport", {
        ...statistics(event.summary),
        stats_etag_mismatch: this.mismatches.etagMismatch,
        stats_checksum_mismatch: this.mismatches.checksumMismatch,
      }),
    ];
  }

  private warning(error: SyncError, key: string | undefined): readonly Table[] {
    // What a script has failed at is no news to it, and telling it would be without end.
    if (error.code === "callback") return [];
    const { message, mismatch } = error;
    if (key === undefined) return [this.table("warning", { message })];
    const warning = this.about("warning", key, { message });
    if (mismatch === undefined) return [warning];
    return [this.about(...this.mismatched(mismatch, key, message)), warning];
  }

  private mismatched(
    mismatch: Mismatch,
    key: string,
    message: string,
  ): [name: keyof typeof bits, key: string, fields: Table] {
    const { of, source, target, annotation } = mismatch;
    const values =
      of === "etag"
        ? { source_etag: quoted(source), target_etag: quoted(target) }
        : { source_checksum: source, target_checksum: target };
    if (annotation !== undefined) {
      return ["annotationMismatch", key, { ...values, annotation_name: annotation, message }];
    }
    const name = of === "etag" ? "etagMismatch" : "checksumMismatch";
    this.mismatches[name] += 1;
    return [name, key, { ...this.recent.get(key), ...values, message }];
  }

  private annotation(event: Extract<SyncEvent, { type: "annotation" }>): readonly Table[] {
    const fields = { annotation_name: event.name, source_size: event.size };
    if (event.change === "removed") return [this.about("annotationDeleted", event.key, fields)];
    return event.isVerified ? [this.about("annotationVerified", event.key, fields)] : [];
  }

  private about(name: keyof typeof bits, key: string, fields: Table): Table {
    const { naming } = this;
    const [source, target] = [naming.sourceKey(key), naming.targetKey(key)];
    const isFull = naming.asUpstream && fullInUpstream.has(name);
    const keys = { key: isFull ? target : key, source_key: source, target_key: target };
    return this.table(name, { ...keys, ...fields });
  }

  private table(name: keyof typeof bits, fields: Table): Table {
    return { event_type: 2 ** bits[name], dry_run: this.dryRun, ...fields };
  }
}

/** The fields of the objects that were begun last, of which alone something is still told. */
class RecentObjects {
  private readonly fields = new Map<string, Table>();

  set(key: string, fields: Table): void {
    this.fields.delete(key);
    this.fields.set(key, fields);
    const [oldest] = this.fields.size > 10_000 ? this.fields.keys() : [];
    if (oldest !== undefined) this.fields.delete(oldest);
  }

  get(key: string): Table {
    return this.fields.get(key) ?? {};
  }
}

/** Where upstream's `key` is the full key of the target. */
const fullInUpstream: ReadonlySet<keyof typeof bits> = new Set<keyof typeof bits>([
  "write",
  "syncComplete",
  "etagVerified",
  "etagMismatch",
  "checksumVerified",
  "checksumMismatch",
]);

function checksums({
  sourceChecksum,
  targetChecksum,
}: Extract<SyncEvent, { type: "checksum-verified" }>): Table {
  return {
    checksum_algorithm: targetChecksum?.algorithm ?? sourceChecksum?.algorithm,
    source_checksum: sourceChecksum?.value,
    target_checksum: targetChecksum?.value,
  };
}

/** What was known when an object was left out. Without quotes around ETags, as upstream in this event. */
function filtered(event: Extract<SyncEvent, { type: "skipped" }>): Table {
  const { source, evidence, reason, attributes, tagging } = event;
  return {
    message: reason,
    ...listed("source", source),
    ...listed("target", evidence?.target),
    source_content_type: attributes?.contentType,
    source_user_defined_metadata:
      attributes === undefined ? undefined : metadataText(attributes.metadata),
    source_tagging: tagging === undefined ? undefined : tagText(tagging),
  };
}

function listed(side: Side, entry: Entry | undefined): Table {
  if (entry === undefined) return {};
  return {
    [`${side}_size`]: entry.size,
    [`${side}_last_modified`]: timeText(new Date(entry.mtimeMs)),
    [`${side}_etag`]: entry.etag,
    [`${side}_version_id`]: entry.versionId,
  };
}

function statistics(summary: Summary): Table {
  const seconds = summary.durationMs / 1000;
  const perSecond = (amount: number): number => (seconds > 0 ? Math.round(amount / seconds) : 0);
  return {
    stats_transferred_byte: summary.transferredBytes,
    stats_transferred_byte_per_sec: perSecond(summary.transferredBytes),
    stats_transferred_object: summary.transferredObjects,
    stats_transferred_object_per_sec: perSecond(summary.transferredObjects),
    stats_etag_verified: summary.etagVerified,
    stats_checksum_verified: summary.checksumVerified,
    stats_deleted: summary.deleted,
    stats_skipped: summary.skipped,
    stats_error: summary.errors,
    stats_warning: summary.warnings,
    stats_duration_sec: seconds,
  };
}
