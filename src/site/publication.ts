/**
 * What a run does otherwise when it publishes a site.
 *
 * @module
 */
import { placeName } from "../config/place.ts";
import { type Entry, storeKeyOf } from "../core/entry.ts";
import { SyncError } from "../core/errors.ts";
import type { SyncEvent } from "../core/events.ts";
import { asKey, isSingle, type Key } from "../core/key.ts";
import { defaultCheck, type UpdateCheck } from "../diff/update-check.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import { backupPlaceOf, isBackup } from "../sync/backups/backup-place.ts";
import { deleting } from "../sync/deletions/deletions.ts";
import { harmlessGaps } from "../sync/pair-signs.ts";
import type { Publication, Unpublished } from "../sync/publication.ts";
import { endangersDeletions } from "../sync/severity.ts";
import type { RepairRules } from "../transfer/repairing/repair.ts";
import { type Forgetting, forgettingOf } from "./forgetting.ts";
import { digestOf, publishedRule } from "./options.ts";
import { readOwnFiles } from "./own-files.ts";
import { isFingerprinted, isPage } from "./pages.ts";
import { type Mark, readMark, WithoutMark, writeMark } from "./rules-mark.ts";
import { type SiteRule, SiteRules } from "./rules.ts";
import { siteSource } from "./site-source.ts";

/**
 * Prepares it.
 *
 * @throws SyncError `usage` for rules, a template or files of the site that make no sense
 */
export async function publicationOf(
  given: Unpublished,
  ruleList: readonly SiteRule[],
): Promise<Publication> {
  const { config, stores, filter, onEvent, signal } = given;
  const directory = stores.source;
  requireDirectory(given);
  const remark = (message: string): void => onEvent({ type: "notice", message, isDoubtful: true });
  const warn = (error: SyncError): void => {
    const key = error.key === undefined ? undefined : asKey(error.key);
    onEvent({ type: "warning", key, error });
  };
  const { headers, redirects } = await readOwnFiles(directory, warn, signal);
  const rules = new SiteRules(ruleList, headers);
  const source = siteSource({ config, directory, filter, rules, redirects, warn });
  const digest = digestOf(config, rules, redirects);
  const mark = await withBackups(given, await readMark(stores.target, remark, signal));
  return new SitePublication(given, {
    stores: { ...stores, source, target: new WithoutMark(stores.target) },
    digest,
    mark,
    repairs: mark.isHidden ? undefined : repairsFor(ruleList),
    redirects: new Set(redirects.map(({ key }) => key)),
  });
}

/**
 * Notes where backups will lie, before there are any: by the next run nobody may say so any more. It makes the mark
 * younger, so nothing is said of rules until the end.
 */
async function withBackups({ config, stores, signal }: Unpublished, mark: Mark): Promise<Mark> {
  const place = backupPlaceOf(config)?.below;
  const isKnown = place === undefined || mark.backups.includes(place);
  if (isKnown || mark.isHidden || config.dryRun) return mark;
  const noted = { ...mark, digest: "", backups: [...mark.backups, place] };
  await writeMark(stores.target, noted, signal);
  return noted;
}

/** @throws SyncError `usage` */
function requireDirectory({ config: { source }, stores: { range } }: Unpublished): void {
  if (range === undefined || !isSingle(range)) return;
  throw new SyncError("usage", `${placeName(source)} is a file, and a site is a directory`);
}

/** What was found out. */
interface Prepared extends Pick<Publication, "stores"> {
  /** Of the rules. */
  readonly digest: string;
  /** What was noted by earlier runs. */
  readonly mark: Mark;
  /** `undefined`: nothing can be looked at. */
  readonly repairs: RepairRules | undefined;
  readonly redirects: ReadonlySet<string>;
}

class SitePublication implements Publication {
  readonly stores: Publication["stores"];
  readonly check: UpdateCheck;
  readonly filter: ObjectFilter | undefined;
  readonly repairs: RepairRules | undefined;
  private readonly forgetting: Forgetting | undefined;
  /** What was written later may have other headers than the rules say. */
  private readonly publishedUntilMs: number;
  /** Something was sent or looked at: what is noted is old. */
  private hasNews: boolean;
  /** Something that was to be sent or brought in step is not. */
  private isIncomplete = false;

  constructor(
    private readonly given: Unpublished,
    private readonly prepared: Prepared,
  ) {
    const { config, stores } = given;
    const { digest, mark } = prepared;
    this.stores = prepared.stores;
    this.repairs = prepared.repairs;
    this.forgetting = forgettingOf(config);
    this.hasNews = mark.digest !== digest;
    this.publishedUntilMs = mark.isHidden || !this.hasNews ? mark.untilMs : -Infinity;
    this.filter = sparing(given.filter, mark.backups);
    const clockOffsetMs = (): number | undefined => stores.target.clockOffsetMs?.();
    const rule = publishedRule(config, this.publishedUntilMs, clockOffsetMs);
    this.check = { ...defaultCheck, rule };
  }

  readonly mayDiffer = ({ mtimeMs }: Entry): boolean => {
    if (mtimeMs <= this.publishedUntilMs) return false;
    this.hasNews = true;
    return true;
  };

  /**
   * Files first, then copies of them, then pages, then what leads to pages: redirects, and copies of pages, which the
   * server can only copy when they are there.
   */
  readonly stageOf = (entry: Entry): number => {
    const key = storeKeyOf(entry);
    const isCopy = entry.copyOf !== undefined;
    if (this.prepared.redirects.has(key)) return 3;
    if (isPage(key)) return isCopy ? 3 : 2;
    return isCopy ? 1 : 0;
  };

  readonly comesAndGoes = isFingerprinted;

  /** A build that failed may have left its redirects. */
  readonly showsLife = (entry: Entry): boolean => !this.prepared.redirects.has(storeKeyOf(entry));

  hear(event: SyncEvent): void {
    this.forgetting?.hear(event);
    if (event.type === "synced") this.hasNews = true;
    if (event.type !== "warning" && event.type !== "error") return;
    this.isIncomplete ||= leavesUndone(event.error);
  }

  readonly finish = async (isWell: boolean, signal: AbortSignal): Promise<void> => {
    const { config, stores, onEvent } = this.given;
    const { digest, mark } = this.prepared;
    const isWhole = isWell && !this.isIncomplete && stores.range === undefined;
    if (isWhole && this.hasNews && !mark.isHidden && !config.dryRun) {
      await writeMark(stores.target, { ...mark, digest }, signal);
    }
    await this.forgetting?.carryOut(onEvent, signal);
  };
}

/** A filter that keeps backups from deletion. */
function sparing(
  filter: ObjectFilter | undefined,
  backups: readonly string[],
): ObjectFilter | undefined {
  if (backups.length === 0) return filter;
  const isSpared = (key: Key): boolean => backups.some((place) => isBackup(key, place));
  return {
    hides: (entry) => filter?.hides(entry),
    protects: (key) => isSpared(key) || filter?.protects(key) === true,
    see: (key) => filter?.see(key),
    unseen: () => filter?.unseen() ?? [],
  };
}

/** Whether something of the site may not be there as the rules say. What should have been deleted is none of it. */
function leavesUndone(error: SyncError): boolean {
  const isHarmless = error.operation === deleting || harmlessGaps.has(error.code);
  return !isHarmless && endangersDeletions(error);
}

/** Headers and metadata; classes only where rules are about them: a bucket has rules of its own. */
function repairsFor(ruleList: readonly SiteRule[]): RepairRules {
  const storageClass = ruleList.some((rule) => rule.storageClass !== undefined);
  const beside = { acl: false, annotations: false, byETag: true };
  return { tagging: false, metadata: true, storageClass, beside };
}
