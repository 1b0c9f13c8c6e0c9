/**
 * `s3sync site DIRECTORY s3://BUCKET[/PREFIX]`.
 *
 * @module
 */
import {
  type ConfigInput,
  type OptionName,
  options,
  publish,
  type Run,
  siteConfig,
  siteOptions,
  type SiteRule,
  SyncError,
  type SyncHandlers,
  withoutIdle,
} from "../index.ts";
import { requireSummaryFile } from "../report/summary-file.ts";
import type { TypedArguments } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { type ExitCode, exitCode, exitCodeHelp } from "./exit-codes.ts";
import { commandHelp } from "./help.ts";
import { refuseOthers } from "./layers.ts";
import { runPreview } from "./preview-command.ts";
import { runSync } from "./sync-command.ts";

/** Publishing that was asked for on the command line. */
export interface SiteCommand {
  readonly positionals: readonly string[];
  readonly values: Partial<ConfigInput>;
  /** Options whose values are only defaults for many runs. */
  readonly loose: readonly OptionName[];
  readonly typed: TypedArguments;
  readonly context: Pick<CliContext, "environment" | "exitNow">;
  /** Of a configuration file. */
  readonly rules: readonly SiteRule[];
}

const about = `Publish a directory as a site: what changed is sent, pages after all that they need, and what is gone is
deleted at last.

Usage: s3sync site [OPTIONS] DIRECTORY s3://BUCKET[/PREFIX]

  s3sync site ./public s3://bucket                 publish
  s3sync site --dry-run ./public s3://bucket       say what would be sent and deleted
  s3sync site -D ./public s3://bucket/docs         leave what the directory has not
  s3sync site --generate-index --clean-urls ./public s3://bucket
                                                   pages for directories; addresses without .html
  s3sync site --cloudfront-distribution E2EXAMPLE3ID ./public s3://bucket
                                                   and have CloudFront forget what changed
  s3sync site --preview ./public                   publish nothing, but show it at http://127.0.0.1:PORT/

A file is sent when the bucket has it not, or with another size, or when it is newer than what the
bucket has and has other bytes. So a site that was built anew sends only what changed.
Nothing is deleted, and no page is sent, if more than half of what is there were to go: --max-delete.
Names that begin with a dot are not published, but for .well-known. _headers and _redirects are
honoured as far as S3 can do what they say. What files are published with is said by [[site.rules]] in
a file that --config names: see "Publishing a site" in the README.

  -v, --verbose    say more: -v what is done, -vv why the rest is skipped; with --preview what is answered
  -q, --quiet      say less: -q only errors, -qq nothing
  -h, --help       print this
`;

const codes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "the bucket has the site as the directory has it"],
  ...exitCodeHelp.filter(([code]) => code !== exitCode.fine),
];

/** What `s3sync site --help` prints. */
export function siteHelpText(): string {
  const isOwn = (name: OptionName): boolean => options[name].group === "Sites";
  return commandHelp(about, isForSite, codes, isOwn);
}

/** Options about what files are sent with, and the key of a rule that says the same. */
const saidByRules: Partial<Record<OptionName, string>> = {
  "cache-control": 'cache-control = "no-cache"',
  "content-disposition": 'content-disposition = "attachment"',
  "content-encoding": 'compress = "gzip"',
  "content-language": 'content-language = "en"',
  "content-type": 'content-type = "text/plain"',
  expires: 'expires = "Thu, 31 Dec 2026 12:00:00 GMT"',
  metadata: 'metadata = { team = "docs" }',
};

function insteadOf(name: OptionName): string | undefined {
  if (name === "website-redirect")
    return "A line such as /old /new in DIRECTORY/_redirects says it.";
  const said = saidByRules[name];
  if (said === undefined) return undefined;
  return `A rule in a file that --config names says it: [[site.rules]], files = "*.html", ${said}.`;
}

function isForSite(name: OptionName): boolean {
  return siteOptions.has(name);
}

/**
 * Carries out the command.
 *
 * @throws SyncError what kept it from beginning, or the first error that it met
 */
export async function runSite(command: SiteCommand): Promise<ExitCode> {
  const { positionals, values, typed, context, rules } = command;
  const [source, target, ...surplus] = positionals;
  const isPreview = values.preview === true;
  const needsTarget = !isPreview && target === undefined;
  if (source === undefined || needsTarget || surplus.length > 0) {
    throw new SyncError("usage", "site needs a directory and a bucket", {
      hint: "For example: s3sync site ./public s3://bucket",
    });
  }
  refuseOthers(typed, isForSite, "site", insteadOf);
  if (isPreview) {
    const { exitNow } = context;
    const input = { ...values, source, target };
    return runPreview({ input, rules, verbosity: typed.verbosity, exitNow });
  }
  return runPublish({ ...command, source, target: target ?? "" });
}

async function runPublish({
  source,
  target,
  values,
  loose,
  typed,
  context,
  rules,
}: SiteCommand & { readonly source: string; readonly target: string }): Promise<ExitCode> {
  // What guards deletions is not idle because nobody has typed --delete.
  const given = { ...values, source, target, delete: values.noDelete !== true };
  const input = withoutIdle(given, loose, "site");
  const config = siteConfig(input);
  const { summaryJson, summaryMarkdown } = config;
  if (summaryJson !== undefined) requireSummaryFile(summaryJson);
  if (summaryMarkdown !== undefined) requireSummaryFile(summaryMarkdown, "summary-markdown");
  const begin = (chosen: ConfigInput, handlers: SyncHandlers): Run =>
    publish({ ...chosen, rules }, handlers);
  return runSync({ input, config, verbosity: typed.verbosity, begin }, context);
}
