/**
 * What is asked of the target for an object.
 *
 * @module
 */
import type { Expected, ObjectInfo } from "../core/object.ts";
import type { WriteSpec } from "../store/store.ts";
import { attributesFor } from "./attributes.ts";
import type { Job, TransferContext } from "./context.ts";
import { preprocessed } from "./preprocess.ts";

/**
 * What is to be written for an object that was read.
 *
 * @param tagging the source's tags, where they go along
 * @throws LeftOut when a callback does not want it
 */
export async function writeSpec(
  context: TransferContext,
  entry: Job,
  info: ObjectInfo,
  tagging: string | undefined,
  signal: AbortSignal,
): Promise<WriteSpec> {
  const { size } = info;
  const mtimeMs = info.mtimeMs || entry.mtimeMs;
  const given = attributesFor(context, info, tagging, entry.versionId);
  const attributes = await preprocessed(context, entry, info, given, signal);
  const { key, replaces, replacesOwn } = entry;
  const expected = expectedOf(context, entry);
  return { key, size, mtimeMs, attributes, expected, replaces, replacesOwn };
}

function expectedOf({ options }: TransferContext, { replaces }: Job): Expected | undefined {
  if (options.guards === undefined) return undefined;
  if (options.guards === "absence" || replaces === undefined) return { kind: "nothing" };
  const { etag, size, mtimeMs } = replaces;
  return etag === undefined ? { kind: "file", size, mtimeMs } : { kind: "etag", etag };
}
