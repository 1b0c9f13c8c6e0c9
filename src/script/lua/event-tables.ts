/**
 * The tables that event scripts are given: upstream's events, made of ours.
 *
 * Upstream's `key` is the key below the prefix in some events and the full key of the target in others. Here it is
 * the former everywhere, and `source_key` and `target_key` are the full ones.
 *
 * @module
 */
import type { Evidence, Summary, SyncEvent } from "../../core/events.ts";
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
  private readonly sizes = new RecentSizes();
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
        this.sizes.set(event.key, event.size);
        return [this.about("syncStart", event.key, { source_size: event.size })];
      case "synced":
        return [
          this.about("syncComplete", event.key, {
            source_version_id: event.sourceVersionId,
            target_version_id: event.targetVersionId,
            source_etag: quoted(event.sourceETag),
            source_last_modified: timeText(new Date(event.sourceMtimeMs)),
            source_size: event.size,
            target_size: event.size,
          }),
        ];
      case "moved":
        return [
          this.about("write", event.key, {
            byte_written: event.bytes,
            source_size: this.sizes.get(event.key),
          }),
        ];
      case "deleted":
        return [this.about("syncDelete", event.key, {})];
      case "skipped":
        return [
          event.reason === "preprocess"
            ? this.about("cancel", event.key, {})
            : this.about("filtered", event.key, {
                message: event.reason,
                ...compared(event.evidence),
              }),
        ];
      case "verified":
        return [
          this.about("etagVerified", event.key, {
            ...this.bothSizes(event.key),
            source_etag: quoted(event.sourceETag),
            target_etag: quoted(event.targetETag),
          }),
        ];
      case "checksum-verified":
        return [
          this.about("checksumVerified", event.key, {
            ...this.bothSizes(event.key),
            ...checksums(event),
          }),
        ];
      case "annotation":
        return this.annotation(event);
      default:
        return this.trouble(event);
    }
  }

  private trouble(event: SyncEvent): readonly Table[] {
    if (event.type === "warning") {
      const { key, error } = event;
      // What a script has failed at is no news to it, and telling it would be without end.
      if (error.code === "callback") return [];
      const told = { message: error.message };
      const warning =
        key === undefined ? this.table("warning", told) : this.about("warning", key, told);
      if (error.code !== "integrity" || key === undefined) return [warning];
      const kind = /checksum/i.test(error.message) ? "checksumMismatch" : "etagMismatch";
      this.mismatches[kind] += 1;
      return [this.about(kind, key, { ...this.bothSizes(key), ...told }), warning];
    }
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

  private bothSizes(key: string): Table {
    const size = this.sizes.get(key);
    return { source_size: size, target_size: size };
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

/** Of the objects that were begun last, of which alone something is still told. */
class RecentSizes {
  private readonly sizes = new Map<string, number>();

  set(key: string, size: number): void {
    this.sizes.delete(key);
    this.sizes.set(key, size);
    const [oldest] = this.sizes.size > 10_000 ? this.sizes.keys() : [];
    if (oldest !== undefined) this.sizes.delete(oldest);
  }

  get(key: string): number | undefined {
    return this.sizes.get(key);
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

/** Where both sides were compared. Without quotes around ETags, as upstream in this event. */
function compared(evidence: Evidence | undefined): Table {
  if (evidence === undefined) return {};
  const { source, target } = evidence;
  return {
    source_size: source.size,
    target_size: target.size,
    source_last_modified: timeText(new Date(source.mtimeMs)),
    target_last_modified: timeText(new Date(target.mtimeMs)),
    source_etag: source.etag,
    target_etag: target.etag,
    source_version_id: source.versionId,
    target_version_id: target.versionId,
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
