/**
 * The update check that a configuration means.
 *
 * @module
 */
import type { Config } from "../../config/shape.ts";
import { defaultCheck, type UpdateCheck, type UpdateRule } from "../../diff/update-check.ts";
import type { StatusRules } from "../checking/status-report.ts";

/**
 * Reads the options about updates. They are known to fit together.
 *
 * @param haveChanged it is for objects that are known to have changed
 */
export function updateCheckOf(config: Config, haveChanged = false): UpdateCheck {
  const { headEachTarget, removeModifiedFilter } = config;
  if (config.reportSyncStatus) return { ...defaultCheck, rule: { kind: "always" } };
  const rule = haveChanged ? changedRule(ruleOf(config)) : ruleOf(config);
  return {
    rule: removeModifiedFilter && !headEachTarget ? { kind: "always" } : rule,
    sendsMissing: !config.existing,
    headEachTarget,
    asksListing: !removeModifiedFilter,
  };
}

/**
 * The same rule for objects that are known to have changed: their times may not show it, within a second, where clocks
 * differ, or where an old file took the place of another one. With --update a target that is newer stays, as ever.
 */
function changedRule(rule: UpdateRule): UpdateRule {
  switch (rule.kind) {
    case "size-or-newer":
    case "etag":
    case "checksum":
      return { ...rule, doubtMs: Number.POSITIVE_INFINITY };
    case "newer":
      return { ...rule, doubtMs: 0 };
    default:
      return rule;
  }
}

function ruleOf(config: Config): UpdateRule {
  if (config.ignoreExisting) return { kind: "never" };
  const keepsTimes = config.preserve?.includes("mtime") === true;
  const kept = { kind: "kept", ifNewer: config.update, types: config } as const;
  if (config.update) return keepsTimes ? kept : { kind: "newer" };
  if (config.checkSize) return { kind: "size" };
  if (config.checkEtag) return { kind: "etag", ifNewer: false };
  if (config.checkMtimeAndEtag) return { kind: "etag", ifNewer: true };
  const { checkAdditionalChecksum, checkMtimeAndAdditionalChecksum } = config;
  const algorithm = checkAdditionalChecksum ?? checkMtimeAndAdditionalChecksum;
  if (algorithm !== undefined) {
    return { kind: "checksum", algorithm, ifNewer: checkAdditionalChecksum === undefined };
  }
  // What is restored is older than what replaced it.
  if (config.pointInTime !== undefined || config.purpose === "restore")
    return { kind: "etag", ifNewer: false };
  return keepsTimes ? kept : { kind: "size-or-newer" };
}

/** What a status report compares: ETags, unless something else is asked for. */
export function statusRulesOf(config: Config): StatusRules {
  const rule = ruleOf(config);
  const by: StatusRules["by"] =
    rule.kind === "checksum"
      ? { kind: "checksum", algorithm: rule.algorithm }
      : { kind: rule.kind === "size" ? "size" : "etag" };
  const { reportMetadataSyncStatus: metadata, reportTaggingSyncStatus: tagging } = config;
  const byOf = config.disableCheckAnnotationEtag ? "size" : "etag";
  const annotations = config.reportAnnotationsSyncStatus ? byOf : undefined;
  return { by, metadata, tagging, annotations };
}
