/**
 * Counts events.
 *
 * @module
 */
import type { Summary, SyncEvent, TwoWayCounts } from "../core/events.ts";
import type { Traffic } from "../core/traffic.ts";

/** The counters of a run, fed by its events. */
export class Tally {
  private transferredBytes = 0;
  private transferredObjects = 0;
  private keptBytes = 0;
  private reusedBytes = 0;
  private etagVerified = 0;
  private checksumVerified = 0;
  private notVerified = 0;
  private deleted = 0;
  private skipped = 0;
  private errors = 0;
  private warnings = 0;
  /** Items of the listings. */
  readonly listed = { source: 0, target: 0 };
  /** Of two-way syncs. */
  private readonly twoWay = { conflicts: 0, renamed: 0, differences: 0 };

  take(event: SyncEvent): void {
    switch (event.type) {
      case "listed":
        this.listed[event.side] += event.items;
        return;
      case "moved":
        this.transferredBytes += event.bytes;
        return;
      case "kept":
        this.keptBytes += event.bytes;
        return;
      case "reused":
        this.reusedBytes += event.bytes;
        return;
      case "synced":
        if (event.again !== true) this.transferredObjects += 1;
        return;
      case "verified":
        this.etagVerified += 1;
        return;
      case "checksum-verified":
        this.checksumVerified += 1;
        return;
      case "unverified":
        this.notVerified += 1;
        return;
      case "deleted":
        this.deleted += 1;
        return;
      case "skipped":
        this.skipped += 1;
        return;
      case "error":
        this.errors += 1;
        return;
      case "warning":
        this.warnings += 1;
        return;
      case "conflict":
        this.twoWay.conflicts += 1;
        return;
      case "renamed":
        this.twoWay.renamed += 1;
        return;
      case "difference":
        this.twoWay.differences += 1;
        return;
      default:
    }
  }

  get twoWayCounts(): TwoWayCounts {
    return { ...this.twoWay };
  }

  get hasErrors(): boolean {
    return this.errors > 0;
  }

  get hasWarnings(): boolean {
    return this.warnings > 0;
  }

  /** @param interrupted the run was told to stop before its end */
  summary(durationMs: number, dryRun: boolean, interrupted: boolean, traffic: Traffic): Summary {
    return {
      transferredBytes: this.transferredBytes,
      transferredObjects: this.transferredObjects,
      ...(this.keptBytes > 0 ? { keptBytes: this.keptBytes } : {}),
      ...(this.reusedBytes > 0 ? { reusedBytes: this.reusedBytes } : {}),
      etagVerified: this.etagVerified,
      checksumVerified: this.checksumVerified,
      notVerified: this.notVerified,
      deleted: this.deleted,
      skipped: this.skipped,
      errors: this.errors,
      warnings: this.warnings,
      durationMs,
      dryRun,
      interrupted,
      traffic,
    };
  }
}
