/**
 * `prune()`: throws away what is old: versions that were replaced or deleted long ago, and backups.
 *
 * All is looked for before anything goes, so that a limit counts, and a listing that breaks off does no harm.
 *
 * @module
 */
import { resolveOptions } from "../config/config.ts";
import { parsePlace } from "../config/place.ts";
import type { Config, ConfigInput } from "../config/shape.ts";
import { isError, SyncError } from "../core/errors.ts";
import type { Pruned } from "../core/pruned.ts";
import type { DoctorInput } from "../doctor/config.ts";
import { Spill } from "../list/spill.ts";
import { datedPrefix } from "../sync/backups/backup-place.ts";
import { tooMany } from "../sync/deletions/delete-limit.ts";
import { OldBackups } from "./old-backups.ts";
import { type OldVersions, oldVersions, type Outdated } from "./old-versions.ts";
import { type HistoryHandlers, type HistoryPlace, meantBy, openPlace } from "./place.ts";
import { told } from "./told.ts";

/** `s3://bucket/prefix`, how it is reached, and what is kept. */
export type PruneInput = DoctorInput &
  Pick<
    Partial<ConfigInput>,
    "keepWithin" | "keepLast" | "backupPrefix" | "maxDelete" | "dryRun" | "tempDir"
  >;

/** Versions that are to go, in the order in which they go. */
class Gathered implements Disposable {
  readonly versions: Spill<Outdated>;
  readonly markers: Spill<Outdated>;
  /** How many were looked at. */
  seen = 0;

  constructor(tempDir: string) {
    this.versions = new Spill(tempDir);
    this.markers = new Spill(tempDir);
  }

  get count(): number {
    return this.versions.count + this.markers.count;
  }

  add({ old, marker }: OldVersions): void {
    for (const each of old) this.versions.add(each);
    if (marker !== undefined) this.markers.add(marker);
  }

  [Symbol.dispose](): void {
    for (const each of [this.versions, this.markers]) each[Symbol.dispose]();
  }
}

/**
 * Throws away old versions below a prefix that ends with `/`, in a whole bucket, or of one key; with `backupPrefix` old
 * backups, too. What goes is told when it is gone.
 *
 * @throws SyncError `usage` when the configuration makes no sense, or nothing old is kept there; `not-found` when there
 *   never was such a key; `precondition` when more would go than may; or what kept the place from being looked through:
 *   then nothing is gone
 */
export async function* prune(
  { keepWithin, keepLast, backupPrefix, maxDelete, tempDir, ...access }: PruneInput,
  handlers: HistoryHandlers = {},
): AsyncGenerator<Pruned, void, undefined> {
  const { place: name, dryRun } = access;
  const config = resolveOptions(
    { keepWithin, keepLast, backupPrefix, maxDelete, tempDir, dryRun, delete: true },
    () => ({
      source: { kind: "store", name: "nowhere" },
      target: parsePlace(name, "the place"),
    }),
    "prune",
  );
  const sinceMs = config.keepWithin?.getTime();
  if (sinceMs === undefined) throw new SyncError("usage", "prune needs --keep-within");
  const place = await openPlace(access, handlers);
  try {
    const dated =
      config.backupPrefix === undefined
        ? undefined
        : datedPrefix(config.backupPrefix, place.bucket);
    const isVersioned = await keepsVersions(place, dated !== undefined);
    using gathered = new Gathered(config.tempDir);
    if (isVersioned) await gatherVersions(place, { sinceMs, last: config.keepLast }, gathered);
    if (dated === undefined) {
      refuseTooMany(config, gathered.count, gathered.seen);
      return yield* pruneVersions(place, gathered, config.dryRun);
    }
    const backups = await openPlace(
      { ...access, place: `s3://${dated.bucket}/${dated.start}` },
      handlers,
    );
    try {
      using old = new OldBackups(backups, dated, config.tempDir);
      await old.gather(sinceMs);
      refuseTooMany(config, gathered.count + old.old.count, gathered.seen + old.seen);
      yield* pruneVersions(place, gathered, config.dryRun);
      yield* old.prune(config.dryRun);
    } finally {
      await backups.store.close();
    }
  } finally {
    await place.store.close();
  }
}

/** @throws SyncError `usage` where there is nothing that could be old */
async function keepsVersions(
  { store, bucket, signal, notice }: HistoryPlace,
  hasBackups: boolean,
): Promise<boolean> {
  try {
    if ((await store.history.status(signal)) !== undefined) return true;
  } catch (thrown) {
    if (!isError(thrown, "access-denied")) throw thrown;
    // The listing tells.
    return true;
  }
  const message = `s3://${bucket} keeps no versions`;
  if (!hasBackups) throw new SyncError("usage", `${message}, so none of them is old`, { bucket });
  notice(message);
  return false;
}

/** @throws SyncError `not-found` where one key is meant that never was: more likely a slash was forgotten */
async function gatherVersions(
  place: HistoryPlace,
  rules: Parameters<typeof oldVersions>[1],
  gathered: Gathered,
): Promise<void> {
  const { store, bucket, prefix, signal, gap } = place;
  const range = meantBy(place);
  for await (const page of store.history.list(range, signal)) {
    for (const found of page) {
      if (found.kind === "gap") {
        gap(found.error);
        continue;
      }
      gathered.seen += found.versions.length;
      gathered.add(oldVersions(found.versions, rules));
    }
  }
  if (range.until === undefined || gathered.seen > 0) return;
  throw new SyncError("not-found", `s3://${bucket}/${prefix} is not there, and never was`, {
    hint: `What lies below it is s3://${bucket}/${prefix}/`,
  });
}

/** @throws SyncError `precondition` */
function refuseTooMany({ maxDelete }: Config, count: number, seen: number): void {
  const refusal = maxDelete === undefined ? undefined : tooMany(maxDelete, count, seen);
  if (refusal === undefined) return;
  throw new SyncError("precondition", `${count} versions and backups are not removed: ${refusal}`);
}

/** Markers go last, and only where all is gone that they hide: else it would be there again. */
async function* pruneVersions(
  place: HistoryPlace,
  { versions, markers }: Gathered,
  dryRun: boolean,
): AsyncGenerator<Pruned, void, undefined> {
  const { store, signal } = place;
  const remaining = new Set<string>();
  for (const list of [versions, markers]) {
    for (const batch of list.batches()) {
      const due = batch.filter(({ version }) => !remaining.has(version.key));
      const removals = dryRun
        ? undefined
        : await store.history.remove(
            due.map(({ version }) => version),
            signal,
          );
      for (const [at, { version, sinceMs }] of due.entries()) {
        const error = removals?.[at]?.error;
        if (error !== undefined) remaining.add(version.key);
        const kind = version.isMarker ? "marker" : "version";
        yield {
          kind,
          versionId: version.versionId,
          ...told(place.bucket, version, error),
          sinceMs,
          dryRun,
        };
      }
    }
  }
}
