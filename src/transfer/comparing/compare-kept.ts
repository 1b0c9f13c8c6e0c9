/**
 * Looks whether an object must be sent by what is kept of files: their true times. And what of it differs although the
 * contents do not.
 *
 * @module
 */
import { type Entry, storeKeyOf } from "../../core/entry.ts";
import type { Side } from "../../core/events.ts";
import { type FileAttributes, type FileType, isSameTime } from "../../core/file-attributes.ts";
import { attributesIn } from "../../core/file-metadata.ts";
import type { UserMetadata } from "../../core/object.ts";
import { isNewer, type UpdateRule } from "../../diff/update-check.ts";
import type { Store } from "../../store/store.ts";
import type { TransferContext } from "../context.ts";
import { compareContents } from "./compare-etags.ts";
import type { Found } from "./found.ts";

/** Both sides of an object. */
export type Sides = Readonly<Record<Side, Entry>>;

/**
 * Compares an object that both sides have.
 *
 * Where one side does not know a true time, the one that its listing shows counts: newer in the source is stale.
 */
export async function compareKept(
  context: TransferContext,
  rule: Extract<UpdateRule, { kind: "kept" }>,
  { source, target }: Sides,
  signal: AbortSignal,
): Promise<Found> {
  const metadata = await metadataOfBoth(context, { source, target }, signal);
  if (metadata === undefined) return { kind: "stale", target };
  const [from, to] = [attributesIn(metadata.source), attributesIn(metadata.target)];
  const [type, otherType] = [typeOf(rule, source, from), typeOf(rule, target, to)];
  const current: Found = {
    kind: "current",
    evidence: { by: "time", source, target, metadata },
  };
  if (type !== otherType) return { kind: "stale", target };
  // Of directories all that there is to be kept can be brought in step.
  if (type === "directory") return current;
  const time = compareTimes({ source, target }, from, to);
  if (time === "newer" || (time === "older" && !rule.ifNewer)) return { kind: "stale", target };
  // What is newer in the target is left alone, and so is all that belongs to it.
  if (time === "older") return { kind: "current", evidence: undefined };
  if (type !== "link") return current;
  const sides = [
    { store: context.source, entry: source },
    { store: context.target, entry: target },
  ] as const;
  const { kind } = await compareContents(context, ...sides, signal);
  return kind === "mismatch" ? { kind: "stale", target } : current;
}

/** What an object is, or would become. */
function typeOf(
  { types }: Extract<UpdateRule, { kind: "kept" }>,
  { key, fileType, size }: Entry,
  { type = key.endsWith("/") ? "directory" : "file" }: FileAttributes,
): FileType {
  if (fileType !== undefined) return fileType;
  if (type === "link") return types.links ? type : "file";
  const isPlain = type === "file" || type === "directory";
  return isPlain || (types.specials && size === 0) ? type : "file";
}

/** How the time of the source is to that of the target. */
function compareTimes(
  { source, target }: Sides,
  { mtimeNs: from }: FileAttributes,
  { mtimeNs: to }: FileAttributes,
): "same" | "newer" | "older" {
  if (from === undefined || to === undefined) return isNewer(source, target) ? "newer" : "same";
  if (isSameTime(from, to)) return "same";
  return from > to ? "newer" : "older";
}

/** The metadata of both sides; `undefined` if one is not there any more. */
export async function metadataOfBoth(
  context: TransferContext,
  { source, target }: Sides,
  signal: AbortSignal,
): Promise<Readonly<Record<Side, UserMetadata>> | undefined> {
  const [from, to] = await Promise.all([
    metadataOf(context, context.source, source, signal),
    metadataOf(context, context.target, target, signal),
  ]);
  return from === undefined || to === undefined ? undefined : { source: from, target: to };
}

/** The metadata of an object, remembered or asked for. */
export async function metadataOf(
  { options }: TransferContext,
  store: Store,
  entry: Entry,
  signal: AbortSignal,
): Promise<UserMetadata | undefined> {
  // What files have is asked for where they are.
  const memory = store.capabilities.attributes ? options.memory : undefined;
  const known = memory?.metadataOf(entry);
  if (known !== undefined) return known;
  if (entry.versionId === undefined) {
    const info = await store.head(storeKeyOf(entry), signal);
    if (info !== undefined && info.etag === entry.etag)
      memory?.learn(entry, info.attributes.metadata);
    return info?.attributes.metadata;
  }
  const reader = await store.open(entry, false, signal);
  await reader.close();
  return reader.info.attributes.metadata;
}
