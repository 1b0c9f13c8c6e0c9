/**
 * What a check finds as lines: three columns with tabs between them, or JSON.
 *
 * @module
 */
import type { CheckCounts, Checked } from "../core/check.ts";
import type { Entry } from "../core/entry.ts";
import { quoteETag } from "../core/etag.ts";
import type { Summary } from "../core/events.ts";
import { jsonText } from "../core/json.ts";
import { bytes, grouped } from "./numbers.ts";
import { printable } from "./printable.ts";
import { rfc3339 } from "./times.ts";

/** The longest verdict: with it in front, columns stand below each other on a terminal. */
const verdictWidth = "only-in-source".length;

/** A verdict, the key, and why. */
export function checkLine(checked: Checked, json: boolean): string {
  if (json) return jsonText(checkFields(checked));
  const columns = [checked.verdict.padEnd(verdictWidth), printable(checked.key)];
  const why = whyOf(checked);
  return [...columns, ...(why === undefined ? [] : [printable(why)])].join("\t");
}

function whyOf(checked: Checked): string | undefined {
  if (checked.verdict === "same") return checked.by;
  return "reason" in checked ? checked.reason : undefined;
}

function checkFields(checked: Checked): Record<string, unknown> {
  const { verdict, key, source, target } = checked;
  return {
    name: "CHECK",
    verdict,
    key,
    ...(verdict === "same" ? { by: checked.by } : {}),
    ...("reason" in checked ? { reason: checked.reason } : {}),
    ...sideFields("source", source),
    ...sideFields("target", target),
  };
}

function sideFields(side: string, entry: Entry | undefined): Record<string, unknown> {
  if (entry === undefined) return {};
  const { size, mtimeMs, etag, versionId } = entry;
  return {
    [`${side}_size`]: size,
    [`${side}_last_modified`]: rfc3339(mtimeMs).replace("+00:00", "Z"),
    ...(etag === undefined ? {} : { [`${side}_e_tag`]: quoteETag(etag) }),
    ...(versionId === undefined ? {} : { [`${side}_version_id`]: versionId }),
  };
}

/** The last line. What is only alike is told apart from what is the same. */
export function checkSummaryLine(
  counts: CheckCounts,
  { errors, interrupted }: Pick<Summary, "errors" | "interrupted">,
): string {
  const { same, alike, differs, onlyInSource, onlyInTarget, unproven, readBytes, sample } = counts;
  const proofs = [
    [same.etag, "by ETag"],
    [same.checksum, "by checksum"],
    [same.bytes, "by reading both"],
    [same.empty, "empty"],
  ] as const;
  const total = proofs.reduce((sum, [count]) => sum + count, 0);
  const how = proofs.filter(([count]) => count > 0).map(([n, by]) => `${grouped(n)} ${by}`);
  const rest = [
    [alike, "only alike"],
    [differs, "different"],
    [onlyInSource, "only in SOURCE"],
    [onlyInTarget, "only in TARGET"],
    [unproven, "not proven"],
    [errors, "errors"],
  ] as const;
  const parts = [
    `${grouped(total)} the same${how.length === 0 ? "" : ` (${how.join(", ")})`}`,
    ...rest.filter(([count]) => count > 0).map(([count, what]) => `${grouped(count)} ${what}`),
    ...(readBytes > 0 ? [`${bytes(readBytes)} read`] : []),
    ...(sample === undefined ? [] : [`sample ${sampleText(sample.size)}, seed ${sample.seed}`]),
  ];
  // What did not happen to its end says so first.
  return `${interrupted ? "[interrupted] " : ""}${parts.join(", ")}`;
}

function sampleText({ kind, most }: NonNullable<CheckCounts["sample"]>["size"]): string {
  return kind === "percent" ? `${most}%` : `of ${grouped(most)}`;
}

/** The same as JSON, errors and all. */
export function checkSummaryJson(
  counts: CheckCounts,
  { errors, interrupted }: Pick<Summary, "errors" | "interrupted">,
): string {
  const { same, sample } = counts;
  return jsonText({
    name: "CHECK_SUMMARY",
    same_by_e_tag: same.etag,
    same_by_checksum: same.checksum,
    same_by_bytes: same.bytes,
    same_empty: same.empty,
    alike: counts.alike,
    differs: counts.differs,
    only_in_source: counts.onlyInSource,
    only_in_target: counts.onlyInTarget,
    unproven: counts.unproven,
    error: errors,
    interrupted,
    read_byte: counts.readBytes,
    ...(sample === undefined
      ? {}
      : { sample: `${sample.size.most}${sample.size.kind === "percent" ? "%" : ""}` }),
    ...(sample === undefined ? {} : { sample_seed: sample.seed }),
  });
}
