/**
 * `publish()`: brings a site into a bucket, so that nobody sees half of it.
 *
 * @module
 */
import type { ConfigInput } from "../config/shape.ts";
import { carryOut } from "../sync/carry-out.ts";
import type { Publish } from "../sync/publication.ts";
import type { Run } from "../sync/run.ts";
import { begin, type SyncHandlers } from "../sync/sync.ts";
import { siteConfig } from "./options.ts";
import { publicationOf } from "./publication.ts";
import type { SiteRule } from "./rules.ts";

/** Which directory is published where, and how. */
export type PublishInput = ConfigInput & {
  /** What files are published with. The last rule that matches decides, for each attribute. */
  readonly rules?: readonly SiteRule[] | undefined;
};

/**
 * Publishes a directory: first all that pages are made of, then pages, and at last what the directory has not is
 * deleted.
 *
 * ```ts
 * await publish({
 *   source: "./public",
 *   target: "s3://bucket",
 *   rules: [{ files: ["*.html", "*.css", "*.js"], compress: "br" }],
 * });
 * ```
 *
 * @returns a promise of the counters, which can be iterated for the events, as that of `sync()`
 */
export function publish({ rules, ...input }: PublishInput, handlers: SyncHandlers = {}): Run {
  const configure = () => siteConfig(input);
  const prepare: Publish = (given) => publicationOf(given, rules ?? []);
  return begin(configure, input, handlers, (order) => carryOut({ ...order, publish: prepare }));
}
