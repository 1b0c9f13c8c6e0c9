/**
 * Which addresses CloudFront is to forget, from the keys that changed. Pure, and bounded: where there are too many, whole
 * directories are named instead.
 *
 * @module
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
 */
import { batchesOf } from "../core/batches.ts";
import { compareKeys } from "../core/key.ts";

/** CloudFront works on as many paths of a distribution at a time. */
const mostPathsInRequest = 3000;
/** And on as many that end with `*`. */
export const mostWildcards = 15;

/** How keys become paths. */
export interface InvalidationRules {
  /** Pages are asked for without `.html`, and directories without a slash, too. */
  readonly cleanUrls: boolean;
  /** From 1 on; where there would be more, directories are named as a whole. */
  readonly mostPaths: number;
}

/** Gathers the paths of what changed. */
export class InvalidationPaths {
  /** Encoded, each beginning with `/`. */
  private readonly single = new Set<string>();
  /** Encoded, each beginning and ending with `/`: all that lies below. */
  private readonly whole = new Set<string>();

  constructor(private readonly rules: InvalidationRules) {}

  /** @param key what was written or deleted, as visitors know it: relative to the top of the site */
  add(key: string): void {
    for (const address of addressesOf(key, this.rules.cleanUrls)) {
      const path = encodedPath(address);
      if (!this.isCovered(path)) this.single.add(path);
    }
    if (this.count > this.rules.mostPaths) this.putTogether();
  }

  /** In order, each once, none covered by another. */
  paths(): string[] {
    return [...this.single, ...Array.from(this.whole, (directory) => `${directory}*`)].toSorted(
      compareKeys,
    );
  }

  private get count(): number {
    return this.single.size + this.whole.size;
  }

  private isCovered(path: string): boolean {
    if (this.whole.size === 0) return false;
    for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1)) {
      if (this.whole.has(path.slice(0, end + 1))) return true;
    }
    return false;
  }

  /** The directories with most of the paths go first. Half of them at least, so that this is rare. */
  private putTogether(): void {
    const enough = Math.max(1, this.rules.mostPaths / 2);
    while (this.count > enough) {
      const fullest = this.fullestDirectory();
      // Nothing but directories is left.
      if (fullest === undefined) this.widen();
      else this.cover(fullest);
      while (this.whole.size > mostWildcards) this.widen();
    }
  }

  private fullestDirectory(): string | undefined {
    const counts = new Map<string, number>();
    for (const path of this.single) {
      const directory = parentOf(path);
      counts.set(directory, (counts.get(directory) ?? 0) + 1);
    }
    const [first] = [...counts].toSorted(
      ([a, some], [b, more]) => more - some || depthOf(b) - depthOf(a) || compareKeys(a, b),
    );
    return first?.[0];
  }

  private cover(directory: string): void {
    for (const paths of [this.single, this.whole]) {
      for (const path of paths) if (path.startsWith(directory)) paths.delete(path);
    }
    this.whole.add(directory);
  }

  /** Takes those above the deepest directories instead of them. */
  private widen(): void {
    const depths = Array.from(this.whole, depthOf);
    const deepest = Math.max(...depths);
    for (const directory of this.whole) {
      if (depthOf(directory) === deepest) this.cover(parentOf(directory.slice(0, -1)));
    }
  }
}

/** The paths of one request each. */
export function requestsOf(paths: readonly string[]): (readonly string[])[] {
  return [...batchesOf(paths, mostPathsInRequest)];
}

/** What visitors ask for to get an object. */
function addressesOf(key: string, cleanUrls: boolean): string[] {
  const whole = `/${key}`;
  const directory = whole.endsWith("/") ? whole : whole.replace(/\/index\.html$/, "/");
  if (directory.endsWith("/")) {
    const bare = directory.slice(0, -1);
    return [directory, `${directory}index.html`, ...(cleanUrls && bare !== "" ? [bare] : [])];
  }
  return cleanUrls && whole.endsWith(".html") ? [whole, whole.slice(0, -".html".length)] : [whole];
}

/** What is neither safe nor reserved in RFC 1738, as CloudFront wants it. A question mark would begin a query. */
const unsafe = /[^A-Za-z0-9$\-_.+!*'(),;:@&=/]+/gu;

function encodedPath(path: string): string {
  return path.replaceAll(unsafe, (signs) =>
    encodeURIComponent(signs.toWellFormed()).replaceAll("~", "%7E"),
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function depthOf(directory: string): number {
  return directory.split("/").length;
}
