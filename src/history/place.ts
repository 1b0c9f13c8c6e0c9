/**
 * The bucket whose history is looked at.
 *
 * @module
 */
import { parsePlace } from "../config/place.ts";
import type { Config } from "../config/shape.ts";
import { SyncError } from "../core/errors.ts";
import type { SyncEvent } from "../core/events.ts";
import { asKey, type Key, type KeyRange, only, startingWith } from "../core/key.ts";
import { doctorConfig, type DoctorInput } from "../doctor/config.ts";
import { openS3 } from "../store/s3/open.ts";
import type { S3Store } from "../store/s3/store.ts";
import { s3OptionsOf } from "../sync/opening/s3-options.ts";

/** How to stop, and to hear what is odd. */
export interface HistoryHandlers {
  readonly signal?: AbortSignal | undefined;
  /** Hears in words what may be wrong, such as a bucket that does not keep versions any more. */
  readonly onNotice?: ((message: string) => void) | undefined;
  /** Hears of what a listing shows and nobody can read: what is told is not all. Without it `onNotice` does. */
  readonly onGap?: ((error: SyncError) => void) | undefined;
}

/** A bucket, by its full keys, and what of it is meant. */
export interface HistoryPlace {
  readonly store: S3Store;
  readonly bucket: string;
  readonly prefix: Key;
  readonly config: Config;
  readonly signal: AbortSignal;
  readonly notice: (message: string) => void;
  readonly gap: (error: SyncError) => void;
}

/**
 * Opens the bucket that a place names.
 *
 * @param at show what it held then
 * @throws SyncError `usage` when the place is no bucket, or an option makes no sense
 */
export async function openPlace(
  input: DoctorInput,
  handlers: HistoryHandlers,
  at?: Date,
): Promise<HistoryPlace> {
  if (parsePlace(input.place, "the place").kind !== "s3") {
    throw new SyncError("usage", `only buckets keep versions, and ${input.place} is a path`, {
      hint: "For example: s3://bucket/prefix/",
    });
  }
  const { bucket, prefix, config } = doctorConfig(input);
  const notice = (message: string): void => handlers.onNotice?.(message);
  const options = { ...s3OptionsOf(config, "source"), side: undefined, bucket, prefix: "" };
  const store = await openS3({ ...options, pointInTimeMs: at?.getTime() }, hearing(notice));
  const signal = handlers.signal ?? new AbortController().signal;
  const gap = handlers.onGap ?? ((error: SyncError): void => notice(error.message));
  return { store, bucket, prefix: asKey(prefix), config, signal, notice, gap };
}

/**
 * What a place means to whoever looks at versions: with a slash at its end what lies below it, without one that very
 * key. So `photo` is nothing of `photos/`.
 */
export function meantBy({ prefix }: Pick<HistoryPlace, "prefix">): KeyRange {
  const isOne = prefix !== "" && !prefix.endsWith("/");
  return isOne ? only(prefix) : startingWith(prefix);
}

/** Turns what is told of a bucket into words. */
export function hearing(notice: (message: string) => void): (event: SyncEvent) => void {
  return (event) => {
    if (event.type === "warning") notice(event.error.message);
    if (event.type === "notice") notice(event.message);
  };
}
