/**
 * A bucket, and what was in it: among its versions, or put aside below a prefix.
 *
 * @module
 */
import { asKey, type Key, only } from "../core/key.ts";
import { entryOf } from "../core/object.ts";
import type { Version } from "../core/version.ts";
import { doctorConfig } from "../doctor/config.ts";
import { hearing, type HistoryHandlers } from "../history/place.ts";
import type { Change } from "../state/change-table.ts";
import type { RunHead } from "../state/run-journal.ts";
import { openS3 } from "../store/s3/open.ts";
import type { S3Store } from "../store/s3/store.ts";
import { transferOptionsOf } from "../sync/carry-out.ts";
import { s3OptionsOf } from "../sync/opening/s3-options.ts";
import type { TransferOptions } from "../transfer/context.ts";
import { asTheyAre } from "../transfer/copies/copy-keeper.ts";
import { type Access, bring, type OldObject, type Past } from "./past.ts";

/** A bucket of which something is taken back. Close it. */
export class BucketPast implements Past {
  private constructor(
    readonly store: S3Store,
    /** By full keys, where there are backups. */
    private readonly backups: S3Store | undefined,
    private readonly options: TransferOptions,
  ) {}

  /** @throws SyncError `usage` */
  static async open(
    { target, backups }: RunHead,
    access: Access,
    { onNotice }: HistoryHandlers,
  ): Promise<BucketPast> {
    const { bucket, prefix, config } = doctorConfig({ ...access, place: target });
    const hear = hearing((message) => onNotice?.(message));
    // Somebody may be faster.
    const how = { ...s3OptionsOf(config, "source"), side: undefined, deletesOnlyKnown: true };
    const store = await openS3({ ...how, bucket, prefix }, hear);
    const shelf =
      backups === undefined
        ? undefined
        : await openS3({ ...how, bucket: backups, prefix: "" }, hear);
    return new BucketPast(store, shelf, asTheyAre(transferOptionsOf(config, undefined)));
  }

  nameOf(key: Key): string {
    return this.store.name + key;
  }

  async find(change: Change, signal: AbortSignal): Promise<OldObject | undefined> {
    const isVersion = change.before?.versionId !== undefined;
    return isVersion
      ? ((await this.amongVersions(change, signal)) ?? (await this.amongBackups(change, signal)))
      : ((await this.amongBackups(change, signal)) ?? (await this.amongVersions(change, signal)));
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.store.close(), this.backups?.close()]);
  }

  private async amongBackups(
    { key, backup }: Change,
    signal: AbortSignal,
  ): Promise<OldObject | undefined> {
    const { backups, store, options } = this;
    if (backup === undefined || backups === undefined) return undefined;
    const storeKey = asKey(backup);
    const info = await backups.head(storeKey, signal);
    if (info === undefined) return undefined;
    const entry = entryOf(key, info, storeKey);
    return { size: info.size, putBack: (inner) => bring(backups, store, entry, options, inner) };
  }

  /** What is there now is none of them: it has taken the place of what is looked for. */
  private async amongVersions(
    { key, before }: Change,
    signal: AbortSignal,
  ): Promise<OldObject | undefined> {
    const { store, options } = this;
    const [now, ...older] = await this.versionsOf(key, signal);
    const old = older.find(
      ({ isMarker, versionId, etag }) =>
        !isMarker &&
        (before?.versionId === undefined ? etag === before?.etag : versionId === before.versionId),
    );
    if (now === undefined || old === undefined) return undefined;
    const { size } = old;
    // Without the note of its deletion it is there again, and still the same version.
    if (now.isMarker && old === older[0]) return { size, putBack: () => this.unmark(now, signal) };
    return { size, putBack: (inner) => bring(store, store, old, options, inner) };
  }

  private async unmark(marker: Version, signal: AbortSignal): Promise<void> {
    const [removal] = await this.store.history.remove([marker], signal);
    if (removal?.error !== undefined) throw removal.error;
  }

  private async versionsOf(key: Key, signal: AbortSignal): Promise<readonly Version[]> {
    for await (const page of this.store.history.list(only(key), signal)) {
      for (const found of page) if (found.kind === "history") return found.versions;
    }
    return [];
  }
}
