/**
 * What a run does otherwise when it publishes a site.
 *
 * @module
 */
import { type Entry, storeKeyOf } from "../core/entry.ts";
import { everything } from "../core/key.ts";
import { defaultCheck } from "../diff/update-check.ts";
import type { Store } from "../store/store.ts";
import type { Publication, Unpublished } from "../sync/publication.ts";
import type { RepairRules } from "../transfer/repair.ts";
import { directoryIndexes } from "./directory-indexes.ts";
import { type MadeObject, WithMadeObjects } from "./made-objects.ts";
import { digestOf, publishedRule, siteNameOf, templateOf } from "./options.ts";
import { readOwnFiles } from "./own-files.ts";
import { PageShelf } from "./page-shelf.ts";
import { isPage } from "./pages.ts";
import { PublishedTree } from "./published-tree.ts";
import { redirectObject } from "./redirect-pages.ts";
import { isPublishedBy, notePublishedBy, WithoutMark } from "./rules-mark.ts";
import { type SiteRule, SiteRules } from "./rules.ts";

/**
 * Prepares it.
 *
 * @throws SyncError `usage` for rules, a template or files of the site that make no sense
 */
export async function publicationOf(
  given: Unpublished,
  ruleList: readonly SiteRule[],
): Promise<Publication> {
  const { config, stores, onEvent, signal } = given;
  const remark = (message: string): void => onEvent({ type: "notice", message, isDoubtful: true });
  const { headers, redirects } = await readOwnFiles(stores.source, remark, signal);
  const rules = new SiteRules(ruleList, headers);
  const compresses = ruleList.some(({ compress = "none" }) => compress !== "none");
  const tree = new PublishedTree(stores.source, rules, compresses, config.tempDir);
  const source = withMade(given, tree, rules, redirects.map(redirectObject));
  const { target } = stores;
  const digest = digestOf(config, rules);
  const isCurrent = await isPublishedBy(target, digest, signal);
  const paths = new Set<string>(redirects.map(({ key }) => key));
  return {
    stores: { ...stores, source, target: new WithoutMark(target) },
    check: {
      ...defaultCheck,
      rule: publishedRule(config, !isCurrent, () => target.clockOffsetMs?.()),
    },
    repairs: isCurrent ? undefined : repairsFor(ruleList),
    // A redirect leads to a page.
    isLate: (entry: Entry) => isPage(storeKeyOf(entry)) || paths.has(entry.key),
    finish: async (inner) => {
      const isNoted = isCurrent || config.dryRun || stores.range !== undefined;
      if (!isNoted) await notePublishedBy(target, digest, inner);
    },
  };
}

/** The tree, and what is made beside its files. */
function withMade(
  { config, filter }: Unpublished,
  tree: Store,
  rules: SiteRules,
  redirects: readonly MadeObject[],
): Store {
  if (!config.generateIndex) {
    return redirects.length === 0 ? tree : new WithMadeObjects(tree, async () => redirects);
  }
  const taken = new Set<string>(redirects.map(({ entry }) => entry.key));
  const shelf = new PageShelf(config.tempDir);
  const template = templateOf(config);
  const siteName = siteNameOf(config);
  const options = { siteName, template, rules, filter, shelf };
  const isTaken = (key: string): boolean => taken.has(key);
  const make = async (signal: AbortSignal): Promise<readonly MadeObject[]> => [
    ...redirects,
    ...(await directoryIndexes(tree.list(everything, signal), { ...options, isTaken })),
  ];
  return new WithMadeObjects(tree, make, shelf);
}

/** Headers and metadata; classes only where rules are about them: a bucket has rules of its own. */
function repairsFor(ruleList: readonly SiteRule[]): RepairRules {
  const storageClass = ruleList.some((rule) => rule.storageClass !== undefined);
  const beside = { acl: false, annotations: false, byETag: true };
  return { tagging: false, metadata: true, storageClass, beside };
}
