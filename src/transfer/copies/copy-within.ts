/**
 * Lets the server copy what the target has already under another key.
 *
 * @module
 */
import { KiB } from "../../core/bytes.ts";
import type { Entry } from "../../core/entry.ts";
import { asKey } from "../../core/key.ts";
import type { ObjectInfo } from "../../core/object.ts";
import { attributesFor } from "../attributes.ts";
import { compareContents } from "../comparing/compare-etags.ts";
import type { Job, TransferContext } from "../context.ts";
import { copyOnServer } from "./server-copy.ts";
import { withinTarget } from "./within-target.ts";

/** Looking and copying are two requests: smaller objects are sent in one. */
const leastBytes = 64 * KiB;

/**
 * Copies an object from where the target has the same bytes, if it does.
 *
 * @returns whether that was done; if not, it has to be sent
 */
export async function copyWithin(
  context: TransferContext,
  entry: Job,
  signal: AbortSignal,
): Promise<boolean> {
  const { copyOf, size } = entry;
  const { target } = context;
  const isPossible = target.serverSideCopy?.accepts(target) === true;
  if (copyOf === undefined || size < leastBytes || !isPossible) return false;
  const key = asKey(copyOf);
  const info = await target.head(key, signal);
  if (info === undefined || !(await hasSameBytes(context, entry, key, info, signal))) return false;
  await copy(context, entry, key, info, signal);
  return true;
}

/** The source's object is read, and nothing is sent. */
async function hasSameBytes(
  context: TransferContext,
  entry: Entry,
  key: Entry["key"],
  info: ObjectInfo,
  signal: AbortSignal,
): Promise<boolean> {
  if (entry.etag !== undefined) return entry.etag === info.etag;
  const { size, mtimeMs, etag } = info;
  const unknown = { storageClass: undefined, storeKey: undefined };
  const original: Entry = { kind: "object", key, size, mtimeMs, etag, ...unknown };
  const from = { store: context.source, entry };
  const verdict = await compareContents(
    context,
    from,
    { store: context.target, entry: original },
    signal,
  );
  return verdict.kind === "match";
}

/** With the attributes that sending would give it: those of the other object may be brought in step later. */
async function copy(
  context: TransferContext,
  entry: Job,
  storeKey: Entry["key"],
  { size, etag }: ObjectInfo,
  signal: AbortSignal,
): Promise<void> {
  const reader = await context.source.open(entry, false, signal);
  const set = attributesFor(context, reader.info, undefined);
  await reader.close();
  const itself = withinTarget(context, set);
  try {
    await copyOnServer(itself, { ...entry, size, etag, storeKey }, signal);
  } finally {
    itself.close();
  }
}
