/**
 * What travels with an object besides its bytes: what the source says, as far as the user wants it, and what the
 * user says.
 *
 * @module
 */
import { fileMetadataIn } from "../core/file-metadata.ts";
import type { Attributes, ObjectInfo, ServerEncryption, UserMetadata } from "../core/object.ts";
import { originTimeKey, originVersionKey } from "../core/version.ts";
import type { Reader, Store } from "../store/store.ts";

/** What the user wants of attributes. */
export interface AttributeRules {
  /** Wins over what the source says; `metadata` as a whole. */
  readonly set: Partial<Attributes>;
  /** Take along what HTTP knows of the source's object: types, encodings, caching, redirects. */
  readonly keepsSystem: boolean;
  readonly keepsMetadata: boolean;
  /** Metadata says what files have besides their bytes. */
  readonly keepsFiles?: boolean | undefined;
  /** Note the source's time in the metadata: the target's own is that of the writing. */
  readonly notesTime: boolean;
  /** Note in the metadata which version it is of. */
  readonly notesVersion: boolean;
  /** Encrypt as the source's object is. Only where the server copies it. */
  readonly keepsEncryption?: boolean | undefined;
}

/** Where an object is written, and how. */
interface Destination {
  readonly target: Store;
  readonly options: { readonly attributes: AttributeRules };
}

/** Everything goes along. */
export const keepAll: AttributeRules = {
  set: {},
  keepsSystem: true,
  keepsMetadata: true,
  notesTime: false,
  notesVersion: false,
};

/**
 * The attributes that an object is written with.
 *
 * @param tagging the source's tags, where they go along
 * @param versionId which version of the source it is
 */
export function attributesFor(
  { target, options: { attributes: rules } }: Destination,
  info: ObjectInfo,
  tagging: string | undefined,
  versionId?: string,
): Attributes {
  const { attributes } = info;
  if (!target.capabilities.attributes) {
    return { metadata: target.capabilities.fileMetadata === true ? attributes.metadata : {} };
  }
  const { storageClass } = attributes;
  const kept = rules.keepsSystem ? attributes : { storageClass };
  const given = metadataFor(rules, attributes.metadata);
  const timed = rules.notesTime ? withTime(given, info.mtimeMs) : given;
  const isNoted = rules.notesVersion && versionId !== undefined;
  const metadata = isNoted ? { ...timed, [originVersionKey]: versionId } : timed;
  const encryption = rules.keepsEncryption === true ? encryptionOf(info) : undefined;
  return { ...kept, tagging, encryption, ...rules.set, metadata };
}

/** What belongs to a file is kept whatever else is said. */
function metadataFor(
  { set, keepsMetadata, keepsFiles }: AttributeRules,
  own: UserMetadata,
): UserMetadata {
  if (set.metadata === undefined) return keepsMetadata ? own : {};
  return keepsFiles === true ? { ...set.metadata, ...fileMetadataIn(own) } : set.metadata;
}

/** A copy is encrypted as the bucket says, unless something else is said. */
export function encryptionOf({
  encryption,
  kmsKeyId,
}: Pick<ObjectInfo, "encryption" | "kmsKeyId">): ServerEncryption | undefined {
  if (encryption === undefined || encryption === "customer-key") return undefined;
  return { kind: encryption, kmsKeyId };
}

/** As upstream writes it: whole seconds, with an offset. */
function withTime(metadata: UserMetadata, mtimeMs: number): UserMetadata {
  const date = new Date(mtimeMs);
  if (Number.isNaN(date.getTime())) return metadata;
  return { ...metadata, [originTimeKey]: date.toISOString().replace(/\.\d+Z$/, "+00:00") };
}

/** The source's tags, if the target keeps them and nobody says otherwise. */
export async function tagsToKeep(
  { target, options }: Destination,
  reader: Reader,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { attributes, tags = attributes } = target.capabilities;
  const keeps = tags && options.attributes.set.tagging === undefined;
  return keeps ? reader.tagging?.(signal) : undefined;
}
