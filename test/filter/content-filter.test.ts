/**
 * Filters by type, metadata and tags.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import {
  contentFilter,
  type ContentRules,
  type Patterns,
} from "../../src/filter/content-filter.ts";
import { compileRegex } from "../../src/regex/regex.ts";

const nothing: Patterns = { include: [], exclude: [] };
const none: ContentRules = { contentType: nothing, metadata: nothing, tags: nothing };
const include = (pattern: string): Patterns => ({ include: [compileRegex(pattern)], exclude: [] });
const exclude = (pattern: string): Patterns => ({ include: [], exclude: [compileRegex(pattern)] });
const html = { contentType: "text/html", metadata: { b: "2 x", a: "1" } };
const bare = { metadata: {} };

describe("an object", () => {
  test.each<[string, Partial<ContentRules>, typeof html | typeof bare, string | undefined]>([
    ["of the type", { contentType: include("^text/") }, html, undefined],
    [
      "of another type",
      { contentType: include("^image/") },
      html,
      "--filter-include-content-type-regex",
    ],
    [
      "of an excluded type",
      { contentType: exclude("html") },
      html,
      "--filter-exclude-content-type-regex",
    ],
    ["without a type", { contentType: include(".*") }, bare, "--filter-include-content-type-regex"],
    ["without a type, excluded", { contentType: exclude(".*") }, bare, undefined],
    [
      "with its metadata, sorted and encoded",
      { metadata: include("^a=1,b=2%20x$") },
      html,
      undefined,
    ],
    ["with other metadata", { metadata: include("c=") }, html, "--filter-include-metadata-regex"],
    [
      "with excluded metadata",
      { metadata: exclude("a=(1|2)") },
      html,
      "--filter-exclude-metadata-regex",
    ],
    ["without metadata", { metadata: include("^$") }, bare, "--filter-include-metadata-regex"],
    ["without metadata, excluded", { metadata: exclude("^$") }, bare, undefined],
  ])("%s", (_, rules, attributes, reason) => {
    expect(contentFilter({ ...none, ...rules })?.hides(attributes)).toBe(reason);
  });

  test.each<[string, Patterns, string, string | undefined]>([
    ["with the tags, sorted and encoded", include("^a%3D=1&b=2%2F3$"), "b=2%2F3&a%3D=1", undefined],
    ["with other tags", include("c="), "a=1", "--filter-include-tag-regex"],
    ["with an excluded tag", exclude("a=1"), "a=1&b=2", "--filter-exclude-tag-regex"],
    ["without tags", include(".*"), "", "--filter-include-tag-regex"],
    ["without tags, excluded", exclude(".*"), "", undefined],
  ])("%s", (_, tags, query, reason) => {
    expect(contentFilter({ ...none, tags })?.hidesByTags?.(query)).toBe(reason);
  });
});

test("tags are asked for only if somebody wants to know", () => {
  expect(contentFilter({ ...none, contentType: include("x") })?.hidesByTags).toBeUndefined();
});

test("without rules there is nothing to judge", () => {
  expect(contentFilter(none)).toBeUndefined();
});
