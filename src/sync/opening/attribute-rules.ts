/**
 * The attributes that a configuration gives to what is written.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";
import type { Attributes } from "../../core/object.ts";
import type { AttributeRules } from "../../transfer/attributes.ts";
import type { CompanionRules } from "../../transfer/context.ts";
import type { RepairRules } from "../../transfer/repairing/repair.ts";
import { fileRulesOf } from "./file-rules.ts";

/** Reads the options about headers, metadata and tags. */
export function attributeRulesOf(config: Config): AttributeRules {
  return {
    set: given({
      contentType: config.contentType,
      contentEncoding: config.contentEncoding,
      contentLanguage: config.contentLanguage,
      contentDisposition: config.contentDisposition,
      cacheControl: config.cacheControl,
      expires: config.expires?.toUTCString(),
      websiteRedirect: config.websiteRedirect,
      metadata: config.metadata,
      storageClass: config.storageClass,
      acl: config.acl,
      tagging: config.disableTagging ? "" : config.tagging,
    }),
    keepsSystem: !config.noSyncSystemMetadata,
    keepsMetadata: !config.noSyncUserDefinedMetadata,
    notesTime: config.putLastModifiedMetadata || config.enableVersioning,
    notesVersion: config.enableVersioning,
    keepsFiles: fileRulesOf(config, "source") !== undefined,
  };
}

/** What goes with what is sent, by calls of its own; `undefined`: nothing. */
export function companionRulesOf(config: Config): CompanionRules | undefined {
  const { copyAcl: acl } = config;
  const byETag = !config.disableCheckAnnotationEtag;
  // What is brought in step where contents are the same goes with what is new as well.
  const annotations = config.enableSyncObjectAnnotations || config.syncLatestObjectAnnotations;
  return acl || annotations ? { acl, annotations, byETag } : undefined;
}

/** What is to be brought in step beside equal contents; `undefined`: nothing. */
export function repairRulesOf(config: Config): RepairRules | undefined {
  const { syncLatestTagging: tagging, syncLatestMetadata: metadata } = config;
  const { syncStorageClass: storageClass } = config;
  const annotations = config.syncLatestObjectAnnotations;
  // To restore by sizes is to be fast: what has the right one is not looked at.
  const looks = config.purpose !== "restore" || !config.checkSize;
  const files = looks ? fileRulesOf(config, "source") : undefined;
  const isWanted = tagging || metadata || storageClass || annotations;
  if (!isWanted && (files === undefined || files.aspects.size === 0)) return undefined;
  const acl = config.copyAcl && metadata;
  const byETag = !config.disableCheckAnnotationEtag;
  return { tagging, metadata, storageClass, files, beside: { acl, annotations, byETag } };
}

/** Without what nobody said: that would hide what the source says. */
function given(attributes: {
  [Name in keyof Attributes]?: Attributes[Name] | undefined;
}): Partial<Attributes> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
