/**
 * What a run tells the outside while it works. Progress, logs, JSON records, callbacks, reports and the
 * summary are all made from these; the engine itself never prints.
 *
 * @module
 */
import type { CheckCounts, Checked } from "./check.ts";
import type { Checksum } from "./checksum.ts";
import type { Entry } from "./entry.ts";
import type { SyncError } from "./errors.ts";
import type { ETag } from "./etag.ts";
import type { Key } from "./key.ts";
import type { Attributes, UserMetadata } from "./object.ts";
import type { Status, StatusCounts } from "./status.ts";
import type { Exchange, Traffic } from "./traffic.ts";
import type { WatchState } from "./watch-state.ts";

/** Which of the two stores is meant. */
export type Side = "source" | "target";

/** How bytes reach the target. */
export type Route = "upload" | "download" | "copy" | "server-side-copy" | "two-way";

/** The counters of a run, complete at its end. */
export interface Summary {
  readonly transferredBytes: number;
  readonly transferredObjects: number;
  /** Bytes of these objects that an interrupted transfer had brought before, if any. */
  readonly keptBytes?: number | undefined;
  /** Bytes of these objects that the target had already, in what was replaced, if any: not in `transferredBytes`. */
  readonly reusedBytes?: number | undefined;
  readonly etagVerified: number;
  readonly checksumVerified: number;
  /** Objects whose ETag says nothing about their bytes (KMS, unknown part sizes…). */
  readonly notVerified: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly errors: number;
  readonly warnings: number;
  readonly durationMs: number;
  readonly dryRun: boolean;
  /** Set when the run was told to stop before its end. */
  readonly interrupted: boolean;
  /** What was asked of the storage services. A dry run adds what it did not do, as far as listings tell. */
  readonly traffic: Traffic;
  /** What a run found that only reports how objects stand. */
  readonly status?: StatusCounts | undefined;
  /** What a check found. */
  readonly check?: CheckCounts | undefined;
  /** What else a two-way sync has met. */
  readonly twoWay?: TwoWayCounts | undefined;
}

/** Counters of two-way syncs. */
export interface TwoWayCounts {
  readonly conflicts: number;
  readonly renamed: number;
  readonly differences: number;
}

/** By what two objects were found to be the same. */
export interface Evidence {
  readonly by: "time" | "size" | "etag" | "checksum";
  readonly source: Entry;
  readonly target: Entry;
  /** That of both: no listing shows it. */
  readonly checksum?: Checksum | undefined;
  /** The metadata of both, where it was looked at. */
  readonly metadata?: Readonly<Record<Side, UserMetadata>> | undefined;
}

/** Why an object is left out. */
export interface Hidden {
  readonly reason: string;
  /** What was looked at, where the listing did not suffice. */
  readonly attributes?: Attributes | undefined;
  /** A query string. */
  readonly tagging?: string | undefined;
}

/** Everything a run tells. Keys are relative to both roots. */
export type SyncEvent =
  | {
      readonly type: "start";
      readonly source: string;
      readonly target: string;
      readonly route: Route;
      readonly dryRun: boolean;
    }
  /** A page of a listing was read. */
  | { readonly type: "listed"; readonly side: Side; readonly items: number }
  /** Both listings are at their end: the totals known now are final. */
  | { readonly type: "listing-complete" }
  /** An object needs a transfer. */
  | {
      readonly type: "queued";
      readonly key: Key;
      readonly size: number;
      /** Where versions are listed. */
      readonly sourceVersionId?: string | undefined;
    }
  /** A transfer began. */
  | { readonly type: "started"; readonly key: Key; readonly size: number }
  /** Bytes reached the target. */
  | {
      readonly type: "moved";
      readonly key: Key;
      readonly bytes: number;
      /** Of an object that is moved in parts, by number from 1. */
      readonly part?:
        { readonly number: number; readonly uploadId?: string | undefined } | undefined;
    }
  /** Bytes that were in the target already, from a transfer that was interrupted: they are not sent again. */
  | { readonly type: "kept"; readonly key: Key; readonly bytes: number }
  /** Bytes that the target had already, in what is replaced: they are not sent either. */
  | { readonly type: "reused"; readonly key: Key; readonly bytes: number }
  /** An object is complete in the target (or would be, in a dry run). */
  | {
      readonly type: "synced";
      readonly key: Key;
      readonly size: number;
      readonly sourceMtimeMs: number;
      readonly sourceVersionId: string | undefined;
      /** Files have none. */
      readonly sourceETag?: ETag | undefined;
      /** Of the new version, where the target keeps them. */
      readonly targetVersionId?: string | undefined;
      /** Files have none. */
      readonly targetETag?: ETag | undefined;
      /** The full key or the path in the target. */
      readonly target: string;
      readonly dryRun: boolean;
      /** What alone was brought in step: the contents were the same. */
      readonly only?: "tagging" | "tag-removal" | "metadata" | "acl" | "annotations" | undefined;
      /** Something else of the same object was told before: it is counted once. */
      readonly again?: boolean | undefined;
    }
  /** An annotation of an object was brought in step (or would be, in a dry run). */
  | {
      readonly type: "annotation";
      readonly key: Key;
      /** The full key in the target. */
      readonly target: string;
      readonly name: string;
      /** Bytes. */
      readonly size: number;
      /** Of the side that has it, or had it. */
      readonly etag: ETag | undefined;
      readonly change: "written" | "removed";
      /** The target says the ETag of the bytes that passed. */
      readonly isVerified: boolean;
      readonly dryRun: boolean;
    }
  /** Proof: the ETag is that of the bytes that passed. */
  | {
      readonly type: "verified";
      readonly key: Key;
      /** The full key or the path in the target. */
      readonly target: string;
      readonly sourceETag: ETag | undefined;
      readonly targetETag: ETag | undefined;
    }
  /** Proof: the additional checksum is that of the bytes that passed. */
  | {
      readonly type: "checksum-verified";
      readonly key: Key;
      /** The full key or the path in the target. */
      readonly target: string;
      readonly sourceChecksum: Checksum | undefined;
      readonly targetChecksum: Checksum | undefined;
    }
  /** The ETag cannot be compared with the bytes; `reason` says why. */
  | { readonly type: "unverified"; readonly key: Key; readonly reason: string }
  /** Nothing to do for this key. */
  | ({
      readonly type: "skipped";
      readonly key: Key;
      /** As the source's listing has it. */
      readonly source?: Entry | undefined;
      /** What shows that both sides hold the same, where they were compared. */
      readonly evidence?: Evidence | undefined;
    } & Hidden)
  /** How an object stands on both sides, in a run that only reports. */
  | ({ readonly type: "status" } & Status)
  /** What a check found out about a key. */
  | ({ readonly type: "checked" } & Checked)
  | {
      readonly type: "deleted";
      readonly key: Key;
      /** The full key or the path in the target. */
      readonly target: string;
      readonly dryRun: boolean;
    }
  /** Both sides of a two-way sync had changed the same object. */
  | {
      readonly type: "conflict";
      readonly key: Key;
      /** `undefined`: nobody was to win, and both sides stay as they are. */
      readonly winner: "local" | "s3" | undefined;
      /** The key under which both sides keep what lost; `undefined`: it is replaced. */
      readonly kept: Key | undefined;
      readonly dryRun: boolean;
    }
  /** Something was moved on one side of a two-way sync, and is moved on the other one. */
  | {
      readonly type: "renamed";
      readonly key: Key;
      readonly to: Key;
      readonly on: "local" | "s3";
      readonly dryRun: boolean;
    }
  /** What the sides of a two-way sync differ in, where only that is asked for. */
  | {
      readonly type: "difference";
      readonly key: Key;
      readonly what: "only-local" | "only-s3" | "differs";
    }
  /** What is about to be replaced or deleted was put aside (or would be, in a dry run). */
  | {
      readonly type: "backed-up";
      readonly key: Key;
      /** The full key or the path in the target. */
      readonly target: string;
      /** The full key or the path of the backup. */
      readonly backup: string;
      readonly dryRun: boolean;
    }
  /** Something was left undone or is doubtful; the run goes on. */
  | { readonly type: "warning"; readonly error: SyncError; readonly key: Key | undefined }
  /** Something failed. */
  | { readonly type: "error"; readonly error: SyncError; readonly key: Key | undefined }
  /** A request or a whole object is tried again. */
  | {
      readonly type: "retry";
      readonly operation: string;
      readonly key: string | undefined;
      readonly attempt: number;
      readonly delayMs: number;
      readonly error: SyncError;
    }
  /** A request goes out. Told only where somebody wants to see each of them. */
  | ({ readonly type: "request-started" } & Pick<Exchange, "operation" | "bucket" | "key">)
  /** A request and its answer have passed, or failed. */
  | ({ readonly type: "request" } & Exchange)
  /** What a dry run would have asked of the storage services. */
  | { readonly type: "planned"; readonly traffic: Traffic }
  /** A script has printed something: as it is, with or without the end of a line. */
  | { readonly type: "printed"; readonly text: string }
  /** Worth knowing, needs no action. */
  | {
      readonly type: "notice";
      readonly message: string;
      /** Likely not what somebody wanted: it is shown like a warning, but counts as none. */
      readonly isDoubtful?: boolean | undefined;
      /** What was warned of is over: it is shown wherever that was. */
      readonly endsTrouble?: boolean | undefined;
    }
  /** A watch stands otherwise than before. */
  | { readonly type: "watch"; readonly state: WatchState }
  /** A watch has made a round; `isWhole`: it looked at everything. */
  | { readonly type: "round"; readonly isWhole: boolean; readonly summary: Summary }
  | { readonly type: "end"; readonly summary: Summary };

/** Who wants to hear. Called synchronously; must not throw. */
export type EventSink = (event: SyncEvent) => void;
