/**
 * Backups: what a run replaces or deletes in the target is put aside first.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";
import type { Entry } from "../../core/entry.ts";
import { SyncError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";
import type { Key } from "../../core/key.ts";
import type { Traffic } from "../../core/traffic.ts";
import type { Keeper } from "../../store/keeper.ts";
import { LocalKeeper } from "../../store/local/keeper.ts";
import { openS3 } from "../../store/s3/open.ts";
import type { Store } from "../../store/store.ts";
import { keeping } from "../../store/wrap/keeping.ts";
import type { TransferOptions } from "../../transfer/context.ts";
import { CopyKeeper } from "../../transfer/copies/copy-keeper.ts";
import { estimate } from "../../transfer/estimate.ts";
import { s3OptionsOf } from "../opening/s3-options.ts";
import type { BackupPlace } from "./backup-place.ts";
import { signing } from "./backup-sign.ts";

/** A target that puts aside what it loses. Close it. */
export interface BackedUp {
  readonly target: Store;
  /** Tells what a dry run would put aside. */
  readonly pretend: (entry: Entry) => void;
  readonly close: () => Promise<void>;
}

interface OpenedKeeper {
  readonly keeper: Keeper;
  /** What it takes to put an object aside. */
  readonly costs: (entry: Entry) => readonly Traffic[];
  readonly close: () => Promise<void>;
}

/**
 * Opens the place for backups. Nothing is made there yet.
 *
 * @throws SyncError `usage` when the server cannot copy to it
 */
export async function openBackup(
  config: Config,
  place: BackupPlace,
  target: Store,
  transfer: TransferOptions,
  onEvent: EventSink,
): Promise<BackedUp> {
  const { keeper, costs, close } =
    place.kind === "local"
      ? openDirectory(config, place, target)
      : await openPrefix(config, place, target, transfer, onEvent);
  const tell = (key: Key, kept: string, dryRun: boolean): void =>
    onEvent({ type: "backed-up", key, target: target.locate(key), backup: kept, dryRun });
  return {
    target: keeping(target, keeper, (key, kept) => tell(key, kept, false)),
    pretend: (entry) => {
      for (const traffic of costs(entry)) onEvent({ type: "planned", traffic });
      tell(entry.key, keeper.placeOf(entry.key), true);
    },
    close,
  };
}

function openDirectory(
  { fsync, encodeNames, followTargetLinks }: Config,
  { path, holds, runTime }: Extract<BackupPlace, { kind: "local" }>,
  { name: root }: Store,
): OpenedKeeper {
  const keeper = new LocalKeeper({
    ...{ root, place: path, holds, runTime, encodeNames },
    ...{ sync: fsync, followsLinks: followTargetLinks },
  });
  return { keeper, costs: () => [], close: async () => keeper.close() };
}

async function openPrefix(
  config: Config,
  { bucket, prefix, holds, runTime, option, isDated }: Extract<BackupPlace, { kind: "s3" }>,
  store: Store,
  transfer: TransferOptions,
  onEvent: EventSink,
): Promise<OpenedKeeper> {
  const options = s3OptionsOf(config, "target");
  // What is put aside stays encrypted as it is, and has the checksums that it has.
  const encryption = { ...options.encryption, kind: undefined, kmsKeyId: undefined };
  const place = await openS3(
    { ...options, encryption, checksum: undefined, bucket, prefix, namedBy: option },
    onEvent,
  );
  if (!place.serverSideCopy.accepts(store)) {
    await place.close();
    const text = `${option}: ${place.name} and ${store.name} are not in the same storage service`;
    throw new SyncError("usage", text);
  }
  const copier = new CopyKeeper({ store, place, holds, runTime, transfer, onEvent });
  const say = (message: string): void => onEvent({ type: "notice", message });
  return {
    keeper: isDated ? signing(copier, place, say) : copier,
    costs: (entry) => [...estimate(copier.context, entry), place.estimate({ kind: "head" })],
    close: () => copier.close(),
  };
}
