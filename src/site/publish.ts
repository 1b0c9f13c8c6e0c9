/**
 * `publish()`: brings a site into a bucket, so that nobody sees half of it.
 *
 * @module
 */
import type { ConfigInput } from "../config/shape.ts";
import { defaultCheck } from "../diff/update-check.ts";
import { carryOut } from "../sync/carry-out.ts";
import type { Publication, Unpublished } from "../sync/publication.ts";
import type { Run } from "../sync/run.ts";
import { begin, type SyncHandlers } from "../sync/sync.ts";
import { publishedRule, siteConfig } from "./options.ts";
import { isPage } from "./pages.ts";
import { PublishedTree } from "./published-tree.ts";

/** Which directory is published where, and how. */
export type PublishInput = ConfigInput;

/**
 * Publishes a directory: first all that pages are made of, then pages, and at last what the directory has not is
 * deleted.
 *
 * ```ts
 * await publish({ source: "./public", target: "s3://bucket" });
 * ```
 *
 * @returns a promise of the counters, which can be iterated for the events, as that of `sync()`
 */
export function publish(input: PublishInput, handlers: SyncHandlers = {}): Run {
  return begin(
    () => siteConfig(input),
    input,
    handlers,
    (order) => carryOut({ ...order, publish: publicationOf }),
  );
}

async function publicationOf({ config, stores }: Unpublished): Promise<Publication> {
  const { source, target } = stores;
  const rule = publishedRule(config, () => target.clockOffsetMs?.());
  return {
    stores: { ...stores, source: new PublishedTree(source) },
    check: { ...defaultCheck, rule },
    isLate: isPage,
  };
}
