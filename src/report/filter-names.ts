/**
 * Upstream's names of what leaves objects alone.
 *
 * @module
 */
import type { Evidence } from "../core/events.ts";

const names: Readonly<Record<string, string>> = {
  "--filter-mtime-before": "MtimeBeforeFilter",
  "--filter-mtime-after": "MtimeAfterFilter",
  "--filter-smaller-size": "SmallerSizeFilter",
  "--filter-larger-size": "LargerSizeFilter",
  "--filter-include-regex": "IncludeRegexFilter",
  "--filter-exclude-regex": "ExcludeRegexFilter",
  "--filter-include-content-type-regex": "include_content_type_regex_filter",
  "--filter-exclude-content-type-regex": "exclude_content_type_regex_filter",
  "--filter-include-metadata-regex": "include_metadata_regex_filter",
  "--filter-exclude-metadata-regex": "exclude_metadata_regex_filter",
  "--filter-include-tag-regex": "include_tag_regex_filter",
  "--filter-exclude-tag-regex": "exclude_tag_regex_filter",
  unchanged: "TargetModifiedFilter",
  exists: "TargetModifiedFilter",
};

/** The name for a reason, as a field; none where upstream has no such filter. */
export function filterName(reason: string, evidence?: Evidence): { readonly name?: string } {
  if (evidence?.by === "checksum") return { name: "ChecksumDiffDetector" };
  const name = Object.hasOwn(names, reason) ? names[reason] : undefined;
  return name === undefined ? {} : { name };
}
