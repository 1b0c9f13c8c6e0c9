/**
 * Both sides of a place, opened: what is replaced or deleted there is put aside first, if that is wanted.
 *
 * @module
 */
import type { Config } from "../config/shape.ts";
import type { EventSink, Side } from "../core/events.ts";
import type { Key } from "../core/key.ts";
import { defaultStateDirectory, StateDirectory } from "../state/state-directory.ts";
import { requirePlaceFor } from "../store/local/directories/target-root.ts";
import { FileTree } from "../store/local/file-tree.ts";
import { nameEncodingOf } from "../store/local/names/name-encoding.ts";
import { LocalStore } from "../store/local/store.ts";
import { openS3 } from "../store/s3/open.ts";
import type { Store } from "../store/store.ts";
import { paced } from "../store/wrap/paced.ts";
import { backupPlaceOf } from "../sync/backups/backup-place.ts";
import { openBackup } from "../sync/backups/backup.ts";
import { transferOptionsOf } from "../sync/carry-out.ts";
import { requireMarker } from "../sync/opening/marker.ts";
import { s3OptionsOf } from "../sync/opening/s3-options.ts";
import { paceOf } from "../sync/shared.ts";
import type { Place } from "./place.ts";

/** Both sides. Close them. */
export interface Sides {
  readonly local: Store;
  readonly files: FileTree;
  readonly remote: Store;
  /** Where it is noted how far large objects have come. */
  readonly journals: StateDirectory;
  /** Whether a key is one of what was put aside. */
  readonly isPutAside: (key: Key) => boolean;
  readonly close: () => Promise<void>;
}

/**
 * Opens them.
 *
 * @param config as of an upload
 * @throws SyncError `usage`, or `precondition` where a marker is asked for that a side has not
 */
export async function openSides(
  config: Config,
  place: Place,
  hear: EventSink,
  signal: AbortSignal,
): Promise<Sides> {
  const { bucket, prefix } = place;
  const journals = new StateDirectory(config.stateDir ?? defaultStateDirectory());
  const directory = openDirectory(config, place, journals);
  const files = new FileTree(
    place.path,
    config.encodeNames,
    nameEncodingOf(config.filenameEncoding),
  );
  // There is one bucket: hints need not say of which side.
  const reached = { ...s3OptionsOf(config, "target"), side: undefined, bucket, prefix };
  const objects = await openS3(reached, hear);
  const closing = [async () => files.close(), () => directory.close(), () => objects.close()];
  const close = async (): Promise<void> => {
    await Promise.allSettled(closing.map((each) => each()));
  };
  try {
    for (const store of config.requireMarker === undefined ? [] : [directory, objects]) {
      await requireMarker(store, config.requireMarker ?? "", signal, markerHint);
    }
    const up = { ...config, backupDir: undefined };
    const down = {
      ...{ ...config, backupPrefix: undefined },
      ...{ source: config.target, target: config.source },
    };
    const aside: ((key: Key) => boolean)[] = [];
    const keeping = async (how: Config, store: Store): Promise<Store> => {
      const backups = config.dryRun ? undefined : backupPlaceOf(how, new Date(), called(how));
      if (backups === undefined) return store;
      const kept = await openBackup(how, backups, store, transferOptionsOf(how, undefined), hear);
      closing.unshift(kept.close);
      aside.push(backups.holds);
      return kept.target;
    };
    // Bytes are counted where they are read, whichever way they go.
    const pace = paceOf(config.rateLimitBandwidth);
    const inPace = (store: Store): Store => paced(store, pace);
    const local = inPace(await keeping(down, directory));
    const remote = inPace(await keeping(up, objects));
    const isPutAside = (key: Key): boolean => aside.some((holds) => holds(key));
    return { local, files, remote, journals, isPutAside, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const markerHint = "Is the disk mounted, and are the directory and the bucket the right ones?";

/** How people call the sides of a way. */
function called({ source, target }: Config): Readonly<Record<Side, string>> {
  const nameOf = ({ kind }: Config["source"]): string =>
    kind === "s3" ? "the prefix" : "the directory";
  return { source: nameOf(source), target: nameOf(target) };
}

function openDirectory(config: Config, place: Place, journals: StateDirectory): LocalStore {
  requirePlaceFor(place.path, "the directory");
  return new LocalStore(place.path, {
    side: "target",
    ignoreLinks: false,
    guessContentType: !config.noGuessMimeType,
    removeLeftovers: !config.dryRun,
    isResumable: (name) => journals.knowsPartFile(name),
    sync: config.fsync,
    encodeNames: config.encodeNames,
    nameEncoding: nameEncodingOf(config.filenameEncoding),
    tellsInodes: true,
  });
}
