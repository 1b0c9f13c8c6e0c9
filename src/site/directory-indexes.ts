/**
 * Index pages of directories that have none of their own.
 *
 * The tree is walked once before anything is published: a page lists what comes after it in the order of keys, and what
 * is made of it decides whether it is sent. In memory are the names of the directories, and of what lies in those that the
 * walk is in.
 *
 * @module
 */
import type { Entry, Listed } from "../core/entry.ts";
import { asKey, baseName } from "../core/key.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import { encoded } from "./encode.ts";
import { type ListedName, renderIndex } from "./index-page.ts";
import { madeEntry, type MadeObject } from "./made-objects.ts";
import type { PageShelf } from "./page-shelf.ts";
import type { SiteRules } from "./rules.ts";
import type { Template } from "./template.ts";

/** What such a page is called. */
const indexName = "index.html";

/** How pages are made. */
export interface IndexOptions {
  readonly siteName: string;
  readonly template: Template;
  readonly rules: SiteRules;
  /** What is not published is not listed. */
  readonly filter: ObjectFilter | undefined;
  /** Keys that are published without a file: a redirect may stand in for a page. */
  readonly isTaken: (key: string) => boolean;
  readonly shelf: PageShelf;
  /** A directory's page is published under its name, too. */
  readonly cleanUrls: boolean;
}

/** A directory that the walk is in. */
interface OpenDirectory {
  /** Ends with `/`, but for that of the whole site. */
  readonly path: string;
  readonly names: ListedName[];
  hasIndex: boolean;
  newestMs: number;
}

/** Makes the pages of all directories in which something is published. */
export async function directoryIndexes(
  pages: AsyncIterable<readonly Listed[]>,
  options: IndexOptions,
): Promise<MadeObject[]> {
  const indexer = new Indexer(options);
  for await (const page of pages) {
    for (const item of page) {
      if (item.kind === "object" && options.filter?.hides(item) === undefined) indexer.see(item);
    }
  }
  return indexer.finish();
}

class Indexer {
  private readonly open: OpenDirectory[] = [];
  private readonly made: MadeObject[] = [];

  constructor(private readonly options: IndexOptions) {}

  /** All that lies in a directory comes one after the other. */
  see({ key, size, mtimeMs }: Entry): void {
    // What is published below a name with a dot, as `.well-known/`, is for programs.
    if (key.startsWith(".") || key.includes("/.")) return;
    const name = baseName(key);
    const path = key.slice(0, key.length - name.length);
    const directory = this.enter(path);
    directory.hasIndex ||= name === indexName;
    directory.newestMs = Math.max(directory.newestMs, mtimeMs);
    if (name !== "") directory.names.push({ name, size, mtimeMs });
  }

  finish(): MadeObject[] {
    while (this.open.length > 0) this.leave();
    return this.made;
  }

  /** Leaves directories that the walk is not in any more, and enters those down to this one. */
  private enter(path: string): OpenDirectory {
    let last = this.open.at(-1);
    while (last !== undefined && !path.startsWith(last.path)) {
      this.leave();
      last = this.open.at(-1);
    }
    let directory = last ?? this.begin("");
    while (directory.path !== path) {
      const end = path.indexOf("/", directory.path.length) + 1;
      const below = path.slice(0, end);
      directory.names.push({ name: below.slice(directory.path.length) });
      directory = this.begin(below);
    }
    return directory;
  }

  private begin(path: string): OpenDirectory {
    const hasIndex = this.options.isTaken(path + indexName);
    const directory = { path, names: [], hasIndex, newestMs: 0 };
    this.open.push(directory);
    return directory;
  }

  private leave(): void {
    const directory = this.open.pop();
    if (directory === undefined || directory.hasIndex) return;
    const { siteName, template, rules, shelf, cleanUrls } = this.options;
    const { path, names: entries } = directory;
    const key = asKey(path + indexName);
    const { encoding, ...attributes } = rules.listingAttributesOf(key);
    const page = new TextEncoder().encode(renderIndex({ path, entries, siteName }, template));
    const bytes = encoding === undefined ? page : encoded(page, encoding);
    const shelved = shelf.put(bytes);
    const entry = madeEntry(key, bytes, directory.newestMs);
    const made = {
      wins: false,
      attributes: () => attributes,
      bytes: () => shelf.get(shelved),
    };
    this.made.push({ ...made, entry });
    if (cleanUrls && path !== "") {
      // The tree lists the directory itself under that key.
      const itself = { ...entry, key: asKey(path), storeKey: key };
      this.made.push({ ...made, wins: true, entry: itself });
    }
  }
}
