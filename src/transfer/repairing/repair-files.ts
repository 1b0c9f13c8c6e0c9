/**
 * Brings in step what stands beside equal contents. No bytes pass.
 *
 * @module
 */
import type { Evidence } from "../../core/events.ts";
import { areOther, type FileRules } from "../../core/file-attributes.ts";
import { attributesIn } from "../../core/file-metadata.ts";
import { metadataOfBoth } from "../comparing/compare-kept.ts";
import type { TransferContext } from "../context.ts";
import { repair, type RepairRules, tellRepair } from "./repair.ts";

const nothingElse = {
  tagging: false,
  metadata: false,
  storageClass: false,
  beside: { acl: false, annotations: false, byETag: false },
};

/**
 * Looks for differences and takes them away, in all that the rules are about.
 *
 * @param dryRun only tell
 * @returns whether there were any
 */
export async function bringInStep(
  context: TransferContext,
  evidence: Evidence,
  rules: RepairRules,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { source, target } = evidence;
  const { files, tagging, metadata, storageClass, beside } = rules;
  const isOther =
    files !== undefined && (await repairFile(context, evidence, files, dryRun, signal));
  const areMore = tagging || metadata || storageClass || beside.acl || beside.annotations;
  if (!areMore) return isOther;
  return (await repair(context, source, target, rules, dryRun, signal)) || isOther;
}

/** What files have: that of an object by a copy on the server, that of a file where it is. */
async function repairFile(
  context: TransferContext,
  evidence: Evidence,
  files: FileRules,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { source, target } = evidence;
  const metadata = evidence.metadata ?? (await metadataOfBoth(context, evidence, signal));
  if (metadata === undefined) return false;
  if (context.target.alignFile === undefined) {
    const wanted = attributesIn(metadata.source);
    const actual = attributesIn(metadata.target);
    const isLinkedElse = files.hardLinks && wanted.hardLink !== actual.hardLink;
    if (!isLinkedElse && !areOther(wanted, actual, files.aspects)) return false;
    return repair(context, source, target, { ...nothingElse, files }, dryRun, signal);
  }
  const isPutOff = source.key.endsWith("/") && context.noteDirectory !== undefined;
  if (isPutOff && !dryRun) context.noteDirectory?.(target, metadata.source);
  const pretends = dryRun || isPutOff;
  const differs = await context.target.alignFile(target, metadata.source, pretends, signal);
  if (differs) tellRepair(context, source, "metadata", dryRun);
  return differs;
}
