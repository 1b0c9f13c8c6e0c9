/**
 * Records of a status report, with the names and in the order of the original's.
 *
 * @module
 */
import { quoteETag } from "../core/etag.ts";
import type { Status, StatusCounts } from "../core/status.ts";
import { rfc3339 } from "./times.ts";

/** The fields of one record. */
export type StatusFields = Readonly<Record<string, string | number>>;

/** A record, and the text that goes with it where something could not be compared. */
export interface StatusContent {
  readonly message: string;
  readonly fields: StatusFields;
}

/** The records about a key: of metadata there is one for each header. */
export function statusRecords(status: Status): readonly StatusContent[] {
  switch (status.of) {
    case "existence":
      return [existence(status)];
    case "etag":
    case "size":
    case "checksum":
      return [contents(status)];
    case "metadata":
      return metadata(status);
    case "tagging":
      return [tagging(status)];
    case "annotation":
      return [annotation(status)];
  }
}

type Of<Kind extends Status["of"]> = Extract<Status, { of: Kind }>;

function plain(fields: StatusFields): StatusContent {
  return { message: "", fields };
}

function existence(status: Of<"existence">): StatusContent {
  const isMissing = status.status === "NOT_FOUND";
  const [side, entry] = isMissing ? ["source", status.source] : ["target", status.target];
  return plain({
    name: "SYNC_STATUS",
    type: "EXISTENCE",
    status: status.status,
    key: status.key,
    [`${side}_version_id`]: entry.versionId ?? "",
    [`${side}_e_tag`]: entry.etag === undefined ? "" : quoteETag(entry.etag),
    [`${side}_last_modified`]: rfc3339(entry.mtimeMs).replace("+00:00", "Z"),
    [`${side}_size`]: entry.size,
  });
}

function contents(status: Of<"etag" | "size" | "checksum">): StatusContent {
  const { source, target, sourceValue = "", targetValue = "", reason } = status;
  const versions = {
    source_version_id: source.versionId ?? "",
    target_version_id: target.versionId ?? "",
  };
  const etags = { source_e_tag: sourceValue, target_e_tag: targetValue };
  const fields: StatusFields = {
    name: "SYNC_STATUS",
    type: status.of.toUpperCase(),
    status: status.status,
    key: status.key,
    ...(status.of === "checksum"
      ? {
          checksum_algorithm: status.algorithm,
          source_checksum: sourceValue,
          target_checksum: targetValue,
        }
      : {}),
    ...versions,
    ...(status.of === "etag" ? etags : {}),
    source_last_modified: rfc3339(source.mtimeMs),
    target_last_modified: rfc3339(target.mtimeMs),
    source_size: source.size,
    target_size: target.size,
  };
  return { message: reason === undefined ? "" : `Unknown. ${reason}`, fields };
}

/** `Content-Type` → `content_type`, as the original names its fields. */
const fieldNames: Readonly<Record<string, string>> = {
  "x-amz-website-redirect-location": "website_redirect",
  "x-amz-meta-": "metadata",
};

function metadata(status: Of<"metadata">): readonly StatusContent[] {
  const { key, sourceVersionId = "", targetVersionId = "" } = status;
  return status.headers.map(({ name, status: each, source, target }) => {
    const field = fieldNames[name] ?? name.toLowerCase().replaceAll("-", "_");
    return plain({
      name: "METADATA_SYNC_STATUS",
      type: "METADATA",
      metadata_name: name,
      status: each,
      key,
      source_version_id: sourceVersionId,
      target_version_id: targetVersionId,
      [`source_${field}`]: source,
      [`target_${field}`]: target,
    });
  });
}

function tagging(status: Of<"tagging">): StatusContent {
  return plain({
    name: "TAGGING_SYNC_STATUS",
    type: "TAGGING",
    status: status.status,
    key: status.key,
    source_version_id: status.sourceVersionId ?? "",
    target_version_id: status.targetVersionId ?? "",
    source_tagging: status.sourceTagging,
    target_tagging: status.targetTagging,
  });
}

function annotation({ source, target, ...status }: Of<"annotation">): StatusContent {
  return plain({
    name: "ANNOTATION_SYNC_STATUS",
    type: "ANNOTATION",
    status: status.status,
    key: status.key,
    source_version_id: status.sourceVersionId ?? "",
    target_version_id: status.targetVersionId ?? "",
    annotation_name: status.name,
    source_e_tag: source?.etag ?? "",
    target_e_tag: target?.etag ?? "",
    source_size: source?.size ?? "",
    target_size: target?.size ?? "",
  });
}

/** The last record: the original's counters in its order, then ours. */
export function statusSummary(counts: StatusCounts): StatusFields {
  const { etag, checksum, metadata: headers, tagging: tags, size } = counts;
  return {
    name: "REPORT_SUMMARY",
    number_of_objects: counts.objects,
    etag_matches: etag.MATCHES,
    checksum_matches: checksum.MATCHES,
    metadata_matches: headers.MATCHES,
    tagging_matches: tags.MATCHES,
    not_found: counts.notFound,
    etag_mismatch: etag.MISMATCH,
    checksum_mismatch: checksum.MISMATCH,
    metadata_mismatch: headers.MISMATCH,
    tagging_mismatch: tags.MISMATCH,
    etag_unknown: etag.UNKNOWN,
    checksum_unknown: checksum.UNKNOWN,
    annotation_matches: counts.annotation.MATCHES,
    annotation_mismatch: counts.annotation.MISMATCH,
    size_matches: size.MATCHES,
    size_mismatch: size.MISMATCH,
    not_found_in_source: counts.notFoundInSource,
  };
}
