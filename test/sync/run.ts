/**
 * Runs the engine between two stores and keeps what it told.
 *
 * @module
 */
import os from "node:os";

import type { ErrorCode } from "../../src/core/errors.ts";
import type { Summary, SyncEvent } from "../../src/core/events.ts";
import { defaultCheck } from "../../src/diff/update-check.ts";
import { MemoryStore } from "../../src/store/memory/store.ts";
import type { Store } from "../../src/store/store.ts";
import type { OneWayRun } from "../../src/sync/one-way-run.ts";
import { syncOneWay } from "../../src/sync/one-way.ts";
import { TrafficMeter } from "../../src/sync/traffic-meter.ts";
import { Workers } from "../../src/sync/workers.ts";
import { keepAll } from "../../src/transfer/attributes.ts";
import type { TransferOptions } from "../../src/transfer/context.ts";
import type { WorkRange } from "../../src/transfer/limits/adaptive-limit.ts";

/** What a run told. */
export class Told {
  constructor(
    readonly summary: Summary,
    readonly events: readonly SyncEvent[],
  ) {}

  /** The keys of all events of a type, in their order. */
  keys(type: "synced" | "verified" | "unverified" | "skipped" | "deleted" | "started"): string[] {
    return this.events.flatMap((event) => (event.type === type ? [event.key] : []));
  }

  /** `key code` of all warnings or errors. */
  troubles(type: "warning" | "error" | "retry"): string[] {
    return this.events.flatMap((event) =>
      event.type === type ? [`${event.key ?? "-"} ${event.error.code satisfies ErrorCode}`] : [],
    );
  }
}

/** Small sizes, so that small objects go every way. */
export const transferOptions: TransferOptions = {
  thresholdBytes: 1000,
  chunkBytes: 400,
  verifyETags: true,
  verifyChecksums: true,
  verifyParts: true,
  keepsParts: false,
  readsBack: false,
  attributes: keepAll,
  serverSideCopy: false,
  maxMemoryBytes: 1024 * 1024,
  parallelParts: 4,
  threads: 0,
  tempDir: os.tmpdir(),
  redo: { count: 2, intervalMs: 0 },
};

type More = Omit<Partial<OneWayRun>, "transfer" | "workers"> & {
  readonly workers?: number | WorkRange;
  readonly transfer?: Partial<TransferOptions>;
  /** Whether to keep the events; they take memory. */
  readonly keep?: boolean;
};

/** Runs from one store to another. */
export async function run(source: Store, target: Store, more: More = {}): Promise<Told> {
  const { transfer, workers = 4, onEvent, keep = true, ...rest } = more;
  const events: SyncEvent[] = [];
  const summary = await syncOneWay({
    source,
    target,
    route: "copy",
    deletes: false,
    check: defaultCheck,
    dryRun: false,
    warningsAreErrors: false,
    workers: new Workers(workers),
    parallelListings: 1,
    transfer: { ...transferOptions, ...transfer },
    meter: new TrafficMeter(),
    onEvent: (event) => {
      if (keep) events.push(event);
      onEvent?.(event);
    },
    signal: new AbortController().signal,
    ...rest,
  });
  return new Told(summary, events);
}

/** A store with these objects, all of one time in milliseconds. */
export function storeOf(
  objects: Readonly<Record<string, string | Uint8Array>>,
  time = 1_000_000,
  name = "memory:",
): MemoryStore {
  let now = time;
  const store = new MemoryStore(name, () => now);
  for (const [key, content] of Object.entries(objects)) store.set(key, content);
  // What is written later is newer.
  now = 2_000_000_000_000;
  return store;
}

/** What a store holds, as text. */
export function contents(store: MemoryStore): Record<string, string> {
  return Object.fromEntries(
    store.keys().map((key) => [key, Buffer.from(store.get(key) ?? []).toString()]),
  );
}
