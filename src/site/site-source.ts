/**
 * A site as it is published: views around the store that reads its directory.
 *
 * @module
 */
import type { Config } from "../config/shape.ts";
import { everything } from "../core/key.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import type { Store } from "../store/store.ts";
import { CleanUrls } from "./clean-urls.ts";
import { directoryIndexes } from "./directory-indexes.ts";
import { WithDuplicates } from "./duplicates.ts";
import type { Warn } from "./file-remark.ts";
import { type MadeObject, WithMadeObjects } from "./made-objects.ts";
import { siteNameOf, templateOf } from "./options.ts";
import { PageShelf } from "./page-shelf.ts";
import { PublishedTree } from "./published-tree.ts";
import { redirectObject } from "./redirect-pages.ts";
import type { Redirect } from "./redirects-file.ts";
import type { SiteRules } from "./rules.ts";

/** What it is made of. */
export interface SiteParts {
  readonly config: Config;
  /** Reads the directory. */
  readonly directory: Store;
  readonly filter: ObjectFilter | undefined;
  readonly rules: SiteRules;
  readonly redirects: readonly Redirect[];
  readonly warn: Warn;
}

/**
 * Puts the views around it that are asked for.
 *
 * @throws SyncError `usage` for a template that makes no sense
 */
export function siteSource({ config, directory, ...parts }: SiteParts): Store {
  const { tempDir } = config;
  const files = new PublishedTree(directory, parts.rules, tempDir, parts.warn);
  const tree = config.cleanUrls ? new CleanUrls(files, tempDir) : files;
  return withDuplicates(config, withMade({ config, directory: tree, ...parts }));
}

function withDuplicates({ duplicatePrefix }: Config, originals: Store): Store {
  return duplicatePrefix.reduce(
    (store, duplication) => new WithDuplicates(store, duplication, originals),
    originals,
  );
}

/** The tree, and what is made beside its files. */
function withMade({ config, directory: tree, filter, rules, ...parts }: SiteParts): Store {
  const redirects = parts.redirects.map(redirectObject);
  if (!config.generateIndex) {
    return redirects.length === 0 ? tree : new WithMadeObjects(tree, async () => redirects);
  }
  const taken = new Set<string>(redirects.map(({ entry }) => entry.key));
  const shelf = new PageShelf(config.tempDir);
  const template = templateOf(config);
  const siteName = siteNameOf(config);
  const { cleanUrls } = config;
  const options = { siteName, template, rules, filter, shelf, cleanUrls };
  const isTaken = (key: string): boolean => taken.has(key);
  const make = async (signal: AbortSignal): Promise<readonly MadeObject[]> => [
    ...redirects,
    ...(await directoryIndexes(tree.list(everything, signal), { ...options, isTaken })),
  ];
  return new WithMadeObjects(tree, make, shelf);
}
