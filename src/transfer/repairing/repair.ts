/**
 * Brings in step what stands beside equal contents: tags, headers, metadata, storage class. No bytes pass.
 *
 * @module
 */
import { metadataText, tagText } from "../../core/attribute-texts.ts";
import { type Entry, storeKeyOf } from "../../core/entry.ts";
import type { SyncEvent } from "../../core/events.ts";
import type { FileRules } from "../../core/file-attributes.ts";
import { withFileMetadata } from "../../core/file-metadata.ts";
import type { Attributes, UserMetadata } from "../../core/object.ts";
import type { Reader } from "../../store/store.ts";
import { attributesFor, encryptionOf } from "../attributes.ts";
import { aclToKeep, besideOf, bringAclInStep, bringAnnotationsInStep } from "../companions.ts";
import type { CompanionRules, TransferContext } from "../context.ts";
import { copyOnServer } from "../copies/server-copy.ts";
import { withinTarget } from "../copies/within-target.ts";

/** What is brought in step. */
export interface RepairRules {
  readonly tagging: boolean;
  /** Headers and user metadata. */
  readonly metadata: boolean;
  readonly storageClass: boolean;
  /** What files have besides their bytes. */
  readonly files?: FileRules | undefined;
  readonly beside: CompanionRules;
}

type Only = NonNullable<Extract<SyncEvent, { type: "synced" }>["only"]>;

/** Both sides of an object, opened. */
interface Opened {
  readonly context: TransferContext;
  readonly source: Entry;
  readonly target: Entry;
  readonly from: Reader;
  readonly to: Reader;
  /** What has been told of it. */
  readonly told: Set<Only>;
}

/**
 * Looks for differences and takes them away.
 *
 * @param dryRun only tell
 * @returns whether there were any
 */
export async function repair(
  context: TransferContext,
  source: Entry,
  target: Entry,
  rules: RepairRules,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const from = await context.source.open(source, false, signal);
  try {
    const to = await context.target.open(target, false, signal);
    try {
      const opened: Opened = { context, source, target, from, to, told: new Set() };
      const isOther = await repairMetadata(opened, rules, dryRun, signal);
      const hasOthers = rules.tagging && (await repairTagging(opened, dryRun, signal));
      const besideOthers = await repairBeside(opened, rules.beside, dryRun, signal);
      return isOther || hasOthers || besideOthers;
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function repairTagging(
  opened: Opened,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { context, source, from, to } = opened;
  const { tagging: given } = context.options.attributes.set;
  const wanted = given ?? (await from.tagging?.(signal)) ?? "";
  if (tagText(wanted) === tagText((await to.tagging?.(signal)) ?? "")) return false;
  if (!dryRun) await context.target.setTagging?.(source.key, wanted, signal);
  tell(opened, wanted === "" ? "tag-removal" : "tagging", dryRun);
  return true;
}

async function repairBeside(
  opened: Opened,
  rules: CompanionRules,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const beside = besideOf(opened.context, opened.source, dryRun);
  if (beside === undefined) return false;
  const isOther = rules.acl && (await bringAclInStep(beside, false, signal));
  if (isOther) tell(opened, "acl", dryRun);
  const hasOthers =
    rules.annotations && (await bringAnnotationsInStep(beside, rules.byETag, signal));
  if (hasOthers) tell(opened, "annotations", dryRun);
  return isOther || hasOthers;
}

async function repairMetadata(
  opened: Opened,
  rules: RepairRules,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { context, from, to } = opened;
  const now = to.info.attributes;
  const wanted = wantedOf(attributesFor(context, from.info, undefined), now, rules);
  if (isSame(wanted, now)) return false;
  if (!dryRun) await rewrite(opened, wanted, signal);
  tell(opened, "metadata", dryRun);
  return true;
}

/** What the target is to have: of what is not to be brought in step, what it has. */
function wantedOf(given: Attributes, now: Attributes, rules: RepairRules): Attributes {
  // Who says no type leaves it to the server, which has chosen one.
  const { contentType = now.contentType } = given;
  const base = rules.metadata
    ? { ...given, contentType, metadata: { ...given.metadata, ...ownIn(now.metadata, given) } }
    : rules.files === undefined
      ? now
      : { ...now, metadata: withFileMetadata(now.metadata, given.metadata) };
  const storageClass = rules.storageClass ? given.storageClass : now.storageClass;
  // Tags stay: to say none would take away those of a copy in parts.
  const { tagging: _tags, acl: _acl, ...wanted } = { ...base, storageClass };
  return wanted;
}

/** Where a copy comes from is its own; and when a file was read last is no reason to write. */
function ownIn(metadata: UserMetadata, given: Attributes): UserMetadata {
  const isOwn = (name: string): boolean =>
    name.startsWith("s3sync_origin_") || (name === "file-atime" && name in given.metadata);
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => isOwn(name)));
}

function isSame(a: Attributes, b: Attributes): boolean {
  return textOf(a) === textOf(b);
}

function textOf(attributes: Attributes): string {
  const { contentType, contentEncoding, contentLanguage, contentDisposition } = attributes;
  const { cacheControl, expires, websiteRedirect, storageClass = "STANDARD" } = attributes;
  // Some servers keep `text/html;charset=utf-8`.
  const type = contentType?.replaceAll(/\s*;\s*/g, ";");
  const headers = [type, contentEncoding, contentLanguage, contentDisposition];
  const others = [cacheControl, expires, websiteRedirect, storageClass];
  return JSON.stringify([...headers, ...others, metadataText(attributes.metadata)]);
}

/** Copies an object onto itself, in its own parts: so its ETag stays. A copy would be private. */
async function rewrite(opened: Opened, wanted: Attributes, signal: AbortSignal): Promise<void> {
  const { context, target } = opened;
  const { options, userStop } = context;
  const set = { ...wanted, encryption: encryptionOf(opened.to.info) };
  // Neither is about a copy of what is there.
  const own = { ...options, guards: undefined, memory: undefined };
  const emit = (event: SyncEvent): void => {
    // What is told of a copy is told of it as a repair.
    if (event.type !== "synced" && event.type !== "moved" && event.type !== "kept")
      context.emit(event);
  };
  const key = storeKeyOf(target);
  const acl = await aclToKeep(context, key, signal);
  const place = { target: context.target, options: own, emit, userStop };
  const itself = withinTarget(place, set);
  try {
    await copyOnServer(itself, { ...target, key }, signal);
    if (acl !== undefined) await context.target.companions?.setAcl(key, acl, signal);
  } finally {
    itself.close();
  }
}

function tell({ context, source, from, told }: Opened, only: Only, dryRun: boolean): void {
  const { mtimeMs, size, versionId } = from.info;
  const again = told.size > 0;
  told.add(only);
  tellRepair(context, { ...source, mtimeMs, size, versionId }, only, dryRun, again);
}

/** Tells that something was brought in step without the bytes. */
export function tellRepair(
  context: TransferContext,
  { key, size, mtimeMs, versionId }: Entry,
  only: Only,
  dryRun: boolean,
  again = false,
): void {
  const target = context.target.locate(key);
  const origin = { sourceMtimeMs: mtimeMs, sourceVersionId: versionId };
  context.emit({ type: "synced", key, size, ...origin, target, dryRun, only, again });
}
