/**
 * `preview()`: shows a site on this machine, as it would be published.
 *
 * @module
 */
import path from "node:path";

import type { Config, ConfigInput } from "../config/shape.ts";
import type { SyncError } from "../core/errors.ts";
import type { ObjectFilter } from "../filter/object-filter.ts";
import type { Store } from "../store/store.ts";
import { filterOf } from "../sync/opening/filter.ts";
import { openSource } from "../sync/opening/stores.ts";
import { siteConfig } from "./options.ts";
import { readOwnFiles } from "./own-files.ts";
import { type Preview, servePreview } from "./preview-server.ts";
import type { PublishInput } from "./publish.ts";
import { SiteRules } from "./rules.ts";
import { siteSource } from "./site-source.ts";

/** Which directory is shown, and how it would be published. */
export type PreviewInput = Omit<PublishInput, "target"> & {
  /** Where it would be published, if that is known: sites are named by it. */
  readonly target?: string | undefined;
};

/** Who is told what. */
export interface PreviewHandlers {
  /** Hears of each answer. */
  readonly onAnswer?: ((method: string, path: string, status: number) => void) | undefined;
  /** Hears what cannot be done on S3. */
  readonly onNotice?: ((message: string) => void) | undefined;
  /** Stops what is made at the beginning. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Serves a directory with the headers, redirects, index pages, addresses and compression that visitors would get. Files
 * are read when they are asked for; what tells how to publish, and listings, are those of the beginning.
 *
 * ```ts
 * await using site = await preview({ source: "./public", generateIndex: true });
 * open(site.url);
 * ```
 *
 * @throws SyncError `usage` for what could not be published, or where the port is taken
 */
export async function preview(
  { rules: ruleList = [], target, ...input }: PreviewInput,
  { onAnswer, onNotice, signal = new AbortController().signal }: PreviewHandlers = {},
): Promise<Preview> {
  const config = siteConfig({ ...input, target: target ?? placeOf(input.source) });
  const told = new Set<string>();
  // Whatever is asked for is listed anew.
  const tell = ({ message }: SyncError): void => {
    if (told.has(message)) return;
    told.add(message);
    onNotice?.(message);
  };
  const { source: directory } = await openSource(
    config,
    undefined,
    (event) => {
      if (event.type === "warning") tell(event.error);
    },
    signal,
  );
  try {
    const { headers, redirects } = await readOwnFiles(directory, tell, signal);
    const rules = new SiteRules(ruleList, headers);
    const filter = filterOf(config);
    const site = siteSource({ config, directory, filter, rules, redirects, warn: tell });
    return served(config, site, filter, onAnswer);
  } catch (thrown) {
    await directory.close();
    throw thrown;
  }
}

/** A site that has no bucket yet is called as its directory. */
function placeOf(source: ConfigInput["source"]): string {
  return `s3://${path.basename(path.resolve(source)) || "site"}`;
}

function served(
  config: Config,
  site: Store,
  filter: ObjectFilter | undefined,
  onAnswer: PreviewHandlers["onAnswer"],
): Preview {
  const server = servePreview(site, {
    port: config.previewPort,
    isHidden: (entry) => filter?.hides(entry) !== undefined,
    onAnswer,
  });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await site.close();
    },
  };
}
