/**
 * Filters by what only the object itself tells: its type, metadata and tags. Pure.
 *
 * @module
 */
import { metadataText, tagText } from "../core/attribute-texts.ts";
import type { Attributes } from "../core/object.ts";
import type { Regex } from "../regex/regex.ts";

/** Patterns of which one has to match, and patterns of which none may. */
export interface Patterns {
  readonly include: readonly Regex[];
  readonly exclude: readonly Regex[];
}

/** What the user wants. */
export interface ContentRules {
  readonly contentType: Patterns;
  readonly metadata: Patterns;
  readonly tags: Patterns;
}

/** Judges objects by their attributes. */
export interface ContentFilter {
  /** Why an object is not sent; `undefined` if it is. */
  hides(attributes: Attributes): string | undefined;
  /** The same by its tags, a query string; `undefined` where tags do not matter. */
  readonly hidesByTags: ((tags: string) => string | undefined) | undefined;
}

/** Makes a filter; `undefined` where there is nothing to filter. */
export function contentFilter(rules: ContentRules): ContentFilter | undefined {
  const { contentType, metadata, tags } = rules;
  if ([contentType, metadata, tags].every(isEmpty)) return undefined;
  return {
    hides: (attributes) =>
      judge(contentType, attributes.contentType ?? "", "content-type") ??
      judge(metadata, metadataText(attributes.metadata), "metadata"),
    hidesByTags: isEmpty(tags) ? undefined : (text) => judge(tags, tagText(text), "tag"),
  };
}

function isEmpty({ include, exclude }: Patterns): boolean {
  return include.length === 0 && exclude.length === 0;
}

/** What is absent matches nothing. As upstream. */
function judge({ include, exclude }: Patterns, text: string, what: string): string | undefined {
  const matches = (regex: Regex): boolean => text !== "" && regex.test(text);
  if (include.length > 0 && !include.some(matches)) return `--filter-include-${what}-regex`;
  return exclude.some(matches) ? `--filter-exclude-${what}-regex` : undefined;
}
