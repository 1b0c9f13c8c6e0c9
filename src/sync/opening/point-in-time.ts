/**
 * What a bucket held at some time can only be told if it kept that, and if there was anything yet.
 *
 * @module
 */
import { type Place, placeName } from "../../config/place.ts";
import type { Config } from "../../config/shape.ts";
import { isError, SyncError } from "../../core/errors.ts";
import type { EventSink } from "../../core/events.ts";
import { everything } from "../../core/key.ts";
import { openS3 } from "../../store/s3/open.ts";
import { s3OptionsOf } from "./s3-options.ts";

type BucketPlace = Extract<Place, { kind: "s3" }>;

/**
 * Makes sure that a bucket keeps versions.
 *
 * @throws SyncError `usage` if it keeps none: what is missing would look as if it had been deleted. With --delete
 *   also if it may have missed some: that would be deleted in the target
 */
export async function requireHistory(
  config: Config,
  place: BucketPlace,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<void> {
  const store = await openS3({ ...s3OptionsOf(config, "source"), ...place }, onEvent);
  try {
    const versioning = await store.history.status(signal);
    if (versioning === "Enabled") return;
    if (versioning === undefined) {
      const text = `s3://${place.bucket} keeps no versions, so what it held earlier cannot be told`;
      throw new SyncError("usage", text, { bucket: place.bucket });
    }
    const message = `s3://${place.bucket} keeps no versions any more: what was replaced or deleted since is missing`;
    if (config.delete) throw mustNotDelete(config, message, place.bucket);
    onEvent({ type: "notice", message });
  } catch (thrown) {
    if (!isError(thrown, "access-denied")) throw thrown;
    const message = `whether s3://${place.bucket} keeps versions may not be asked (s3:GetBucketVersioning); it is taken to`;
    if (config.delete) throw mustNotDelete(config, message, place.bucket);
    onEvent({ type: "notice", message });
  } finally {
    await store.close();
  }
}

/** The option that names the time. */
function optionOf({ purpose }: Config): string {
  return purpose === "restore" ? "--at" : "--point-in-time";
}

function mustNotDelete(config: Config, message: string, bucket: string): SyncError {
  const hint = "Leave --delete out: it would delete what only seems not to have been there.";
  return new SyncError("usage", `${optionOf(config)} with --delete: ${message}`, { bucket, hint });
}

/**
 * What a run asks before an empty source empties the target: a mistyped year must not. A source of which all was
 * deleted by then is another thing.
 *
 * @returns `undefined` where there is nothing to be asked; what it returns throws SyncError `usage`
 */
export function beginningOf(
  config: Config,
  onEvent: EventSink,
): ((signal: AbortSignal) => Promise<undefined>) | undefined {
  const { source, pointInTime } = config;
  if (pointInTime === undefined || source.kind !== "s3") return undefined;
  return async (signal) => {
    const store = await openS3({ ...s3OptionsOf(config, "source"), ...source }, onEvent);
    try {
      for await (const page of store.history.list(everything, signal)) {
        const versions = page.flatMap((found) => (found.kind === "gap" ? [] : found.versions));
        if (versions.some(({ mtimeMs }) => mtimeMs <= pointInTime.getTime())) return undefined;
      }
    } finally {
      await store.close();
    }
    const when = pointInTime.toISOString();
    throw new SyncError(
      "usage",
      `nothing existed yet at ${when} under ${placeName(source)}; --delete would empty the target`,
      { bucket: source.bucket, hint: `Check ${optionOf(config)}, and the prefix of SOURCE.` },
    );
  };
}
