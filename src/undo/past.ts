/**
 * The place whose changes are taken back, and where what was there before is found.
 *
 * @module
 */
import type { Entry } from "../core/entry.ts";
import type { SyncError } from "../core/errors.ts";
import type { SyncEvent } from "../core/events.ts";
import type { Key } from "../core/key.ts";
import type { DoctorInput } from "../doctor/config.ts";
import type { Change } from "../state/change-table.ts";
import type { Store } from "../store/store.ts";
import { TransferContext, type TransferOptions } from "../transfer/context.ts";
import { transfer } from "../transfer/transfer.ts";

/** Something that can be put back. */
export interface OldObject {
  /** Bytes. */
  readonly size: number;
  /** @throws SyncError what keeps it from being put back */
  readonly putBack: (signal: AbortSignal) => Promise<void>;
}

/** A place as it is, and as it was. Close it. */
export interface Past {
  readonly store: Store;
  /** For people: `s3://bucket/key`, or a path. */
  nameOf(key: Key): string;
  /** What was there before a change; `undefined` if nothing is left of it. */
  find(change: Change, signal: AbortSignal): Promise<OldObject | undefined>;
  close(): Promise<void>;
}

/** How buckets are reached. */
export type Access = Omit<DoctorInput, "place">;

/**
 * Brings one object from a store to another one.
 *
 * @throws SyncError what keeps it from that, also when what arrived is not what was sent
 */
export async function bring(
  from: Store,
  to: Store,
  entry: Entry,
  options: TransferOptions,
  signal: AbortSignal,
): Promise<void> {
  let damage: SyncError | undefined;
  const hear = (event: SyncEvent): void => {
    if (event.type === "warning" && event.error.code === "integrity") damage = event.error;
  };
  const context = new TransferContext(from, to, options, hear, signal);
  try {
    await transfer(context, entry, signal);
  } finally {
    context.close();
  }
  if (damage !== undefined) throw damage;
}
