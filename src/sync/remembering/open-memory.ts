/**
 * Opens what a run remembers of its pair: `--index`.
 *
 * @module
 */
import path from "node:path";

import { formatDuration } from "../../config/kinds.ts";
import type { Config } from "../../config/shape.ts";
import { SyncError } from "../../core/errors.ts";
import type { EventSink, Side } from "../../core/events.ts";
import { asKey } from "../../core/key.ts";
import { shardName } from "../../core/shard.ts";
import { sha256Hex } from "../../hash/digest.ts";
import { Lock } from "../../state/lock.ts";
import { ObjectIndex } from "../../state/object-index.ts";
import { PairLedger } from "../../state/pair-ledger.ts";
import type { Store } from "../../store/store.ts";
import type { OpenedStores } from "../opening/stores.ts";
import { PairMemory } from "./pair-memory.ts";
import { remembered } from "./remembered-bucket.ts";

/** A memory that is open, and both sides as it sees them. Close it when the run is over. */
export interface OpenedMemory {
  readonly memory: PairMemory;
  readonly source: Store;
  readonly target: Store;
  readonly close: () => void;
}

/**
 * Opens it.
 *
 * @param isPart the run looks at some places only
 * @param hear hears in one line each what becomes of the index, and what stands in for the listing
 * @throws SyncError `locked` when another run works on the same pair, `file-system`, `usage`
 */
export async function openMemory(
  config: Config,
  stores: OpenedStores,
  isPart: boolean,
  hear: EventSink,
  signal: AbortSignal,
): Promise<OpenedMemory | undefined> {
  const { index: file, dryRun } = config;
  if (file === undefined) return undefined;
  const { side, pair, bucket } = pairOf(config, stores);
  const lock = dryRun ? undefined : Lock.take(lockOf(file, pair), `the index ${file}`);
  let index: ObjectIndex | undefined;
  try {
    index = dryRun ? ObjectIndex.open(file, false) : await ObjectIndex.openShared(file, signal);
    tellFound(file, index, hear);
    const run = Date.now();
    const ledger = new PairLedger({
      ...{ file, index, pair, records: !dryRun },
      onFailure: ({ message }) => hear({ type: "notice", message: `${message}; nothing is noted` }),
    });
    const isTrusted = config.trustIndex && isFresh(config, ledger, bucket, run, hear);
    const memory = new PairMemory({
      ...{ ledger, side, run },
      notesAll: config.trustIndex && !isTrusted,
      isWhole: !isPart && stores.range === undefined && config.shard === undefined,
      asksTarget: config.headEachTarget,
      clockOffsetMs: () => bucket.clockOffsetMs?.() ?? 0,
    });
    const sides = { source: stores.source, target: stores.target };
    const close = (): void => {
      memory.close();
      index?.[Symbol.dispose]();
      lock?.[Symbol.dispose]();
    };
    return { memory, ...sides, [side]: remembered(bucket, memory, isTrusted), close };
  } catch (thrown) {
    index?.[Symbol.dispose]();
    lock?.[Symbol.dispose]();
    throw thrown;
  }
}

/** Which of them is the bucket, and a name for both together: the same in every run, and for no other two. */
function pairOf(
  { source, target, shard }: Config,
  stores: OpenedStores,
): { readonly side: Side; readonly pair: string; readonly bucket: Store } {
  const side = source.kind === "local" ? "target" : "source";
  const bucket = stores[side];
  const place = side === "source" ? target : source;
  const address = bucket.copyAddress?.(asKey(""));
  if (address === undefined || place.kind !== "local") {
    throw new SyncError("usage", "--index needs files on one side and S3 on the other");
  }
  const root = path.resolve(stores[side === "source" ? "target" : "source"].name);
  const { service, bucket: name, key: prefix } = address;
  // Shards run at the same time: each knows only what it has done itself.
  const part = shard === undefined ? [] : [shardName(shard)];
  return { side, bucket, pair: JSON.stringify([side, service, name, prefix, root, ...part]) };
}

/** Runs of other pairs use the same index at the same time. */
function lockOf(file: string, pair: string): string {
  return `${file}.${sha256Hex(pair).slice(0, 12)}.lock`;
}

function tellFound(file: string, { found, aside }: ObjectIndex, hear: EventSink): void {
  if (found === undefined || found === "absent") return;
  if (found === "outdated") {
    const message = `the index ${file} is of another version of s3sync: it is made anew`;
    hear({ type: "notice", message });
    return;
  }
  const what =
    found === "damaged"
      ? `the index ${file} is damaged: it is made anew`
      : `${file} is no index of s3sync: it is called ${aside ?? file} now, and an index is made`;
  const error = new SyncError("damaged-state", what, { path: file });
  hear({ type: "warning", key: undefined, error });
}

const week = 7 * 24 * 3600_000;

/** Whether the index can stand in for a listing. Says so, or why not. */
function isFresh(
  { index: file, rescan = week }: Config,
  { listedAt }: PairLedger,
  { name }: Store,
  now: number,
  hear: EventSink,
): boolean {
  const isNew = listedAt !== undefined && listedAt <= now && now - listedAt < rescan;
  const since = listedAt === undefined ? "" : new Date(listedAt).toISOString();
  const message =
    listedAt === undefined
      ? `${name} is listed: the index ${file} does not know all of it`
      : isNew
        ? `${name} is not listed: the index ${file} knows it, from a listing of ${since}`
        : `${name} is listed: that was last done at ${since}, and --rescan is ${formatDuration(rescan)}`;
  hear({ type: "notice", message });
  return isNew;
}
