/**
 * `--help`, made from the option table.
 *
 * @module
 */
import {
  bsyncOptions,
  doctorOptions,
  environmentNames,
  groups,
  onlyFor,
  type Option,
  type OptionName,
  optionNames,
  options,
} from "../index.ts";
import { type ExitCode, exitCode, exitCodeHelp } from "./exit-codes.ts";

const indent = "      ";
const width = 100;

const head = `Keep local directories and S3 buckets in step, with proof that every byte arrived.

Usage: s3sync [OPTIONS] SOURCE TARGET
       s3sync run [OPTIONS] [NAME...]
       s3sync check [OPTIONS] SOURCE TARGET
       s3sync bsync [OPTIONS] [DIRECTORY s3://BUCKET/PREFIX/]
       s3sync restore [OPTIONS] s3://BUCKET[/PREFIX] DIRECTORY
       s3sync site [OPTIONS] DIRECTORY s3://BUCKET[/PREFIX]
       s3sync ls [OPTIONS] s3://BUCKET[/PREFIX]
       s3sync versions [OPTIONS] s3://BUCKET/KEY
       s3sync ranges [OPTIONS] s3://BUCKET[/PREFIX]
       s3sync prune [OPTIONS] --keep-within PERIOD s3://BUCKET[/PREFIX]
       s3sync undo [OPTIONS] RUN
       s3sync cluster submit|worker|wait|status|cancel|retry|forget [OPTIONS] …
       s3sync status [OPTIONS] [PLACE]
       s3sync doctor [OPTIONS] s3://BUCKET[/PREFIX]
       s3sync cleanup [OPTIONS] s3://BUCKET[/PREFIX]|DIRECTORY
       s3sync keyring set|remove NAME ACCESS-KEY

  s3sync ./photos s3://bucket/photos/              upload what is missing, newer or of another size
  s3sync s3://bucket/photos/ ./photos              download the same way
  s3sync s3://bucket-a/ s3://bucket-b/prefix/      copy, through this machine
  s3sync --server-side-copy s3://a/ s3://b/        copy, within the storage service
  s3sync --dry-run --delete ./photos s3://b/p/     say what would be uploaded and deleted
  s3sync ./a.txt s3://bucket/dir/                  one file, stored as dir/a.txt
  s3sync run photos                                the job photos of a file: s3sync run --help
  s3sync check ./photos s3://bucket/photos/        prove that both hold the same
  s3sync bsync ./notes s3://bucket/notes/          keep both sides in step: s3sync bsync --help
  s3sync restore --at 3d s3://bucket/photos/ .     what it held three days ago
  s3sync site ./public s3://bucket                 publish a site, pages last
  s3sync cluster submit --job x s3://a/ s3://b/    have many machines do it: s3sync cluster --help
  s3sync doctor s3://bucket/photos/                say what this server can and cannot do
  s3sync cleanup --dry-run s3://bucket/photos/     say which uploads were never finished

Arguments:
  SOURCE, TARGET   s3://BUCKET[/PREFIX] or a path. The prefix is taken literally: s3://b/p and foo
                   make pfoo, s3://b/p/ and foo make p/foo.

Options:
  -v, --verbose    say more: -v what is done, -vv why the rest is skipped, -vvv everything
  -q, --quiet      say less: -q only errors, -qq nothing
  -h, --help       print this
  -V, --version    print the version
  --               what follows are arguments, even if they begin with a dash
`;

/** The whole text. */
export function helpText(): string {
  const sections = groups.map(section).filter((text) => text !== "");
  return [
    head,
    ...sections,
    `Each option can also be set by the variable in brackets; the command line wins.\nAnd in a file: s3sync run --help.\n`,
    `Exit codes:\n${codeLines(exitCodeHelp)}\n`,
  ].join("\n");
}

const doctorHead = `Find out, by trying it, what a bucket and its server can do, and say what s3sync cannot do there.

Usage: s3sync doctor [OPTIONS] s3://BUCKET[/PREFIX]

  s3sync doctor s3://bucket/photos/                everything: about 400 small requests, 6 MB
  s3sync doctor --dry-run s3://bucket/             only what can be found out by reading
  s3sync doctor --json-tracing s3://bucket/        one JSON object a line
  s3sync doctor -q s3://bucket/                    only what is not good
  s3sync doctor --endpoint-url http://127.0.0.1:9000 s3://bucket/

It writes below PREFIX.s3sync-doctor-RANDOM/ and deletes that again, old versions and unfinished
uploads included, also after Ctrl-C. Options for one side mean the one place that there is.
`;

const doctorCodes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "everything is good"],
  [exitCode.error, "something is bad: the place cannot be used, or something was left behind"],
  [exitCode.usage, "an option or argument makes no sense; nothing was done"],
  [exitCode.warning, "something is degraded or could not be found out"],
  [exitCode.sigint, "stopped by Ctrl-C, after cleaning up"],
  [exitCode.sigterm, "stopped by SIGTERM, after cleaning up"],
];

/** What `s3sync doctor --help` prints. */
export function doctorHelpText(): string {
  return commandHelp(doctorHead, isForDoctor, doctorCodes);
}

/** The help of a command that has some of the options. */
export function commandHelp(
  about: string,
  isMeant: (name: OptionName) => boolean,
  codes: typeof exitCodeHelp,
  isOwn: (name: OptionName) => boolean = () => false,
): string {
  const meant = optionNames.filter((name) => isMeant(name) && isShown(name));
  const names = [...meant.filter(isOwn), ...meant.filter((name) => !isOwn(name))];
  return [
    about,
    `Options:\n${names.map(entry).join("\n")}\n`,
    `Exit codes:\n${codeLines(codes)}\n`,
  ].join("\n");
}

const bsyncHead = `Keep directories and buckets in step in both directions: what is new, changed, moved or removed on
either side is so on the other one afterwards.

Usage: s3sync bsync [OPTIONS] DIRECTORY s3://BUCKET/PREFIX/    sync, and remember the two
       s3sync bsync [OPTIONS]                                  sync everything that is remembered
       s3sync bsync add DIRECTORY s3://BUCKET/PREFIX/ [--no-recursive]
       s3sync bsync remove DIRECTORY                           sync it no more; nothing is deleted
       s3sync bsync list
       s3sync bsync forget FILE...                             track it no more; it stays
       s3sync bsync state show|export|check                    what was in step, as JSON

  s3sync bsync ./notes s3://bucket/notes/          the first time both sides are put together
  s3sync bsync --first-sync list ./notes s3://bucket/notes/    only say what differs
  s3sync bsync --dry-run -v                        say what would be done
  */10 * * * * s3sync bsync                        in a crontab: says nothing if all is well

What both sides have changed is a conflict: the newer one wins, and the other one is kept beside it as
NAME.sync-conflict-DATE-TIME.EXT. Names in a .s3syncignore file are left alone on both sides.
Options are not remembered. Where they speak of SOURCE they mean either side, and --target-… is the bucket.
`;

const bsyncCodes: readonly (readonly [ExitCode, string])[] = [
  ...exitCodeHelp.filter(([code]) => code !== exitCode.warning),
  [exitCode.warning, "there were conflicts, differences (--first-sync list) or warnings"],
];

/** What `s3sync bsync --help` prints. */
export function bsyncHelpText(): string {
  const codes = bsyncCodes.toSorted(([a], [b]) => a - b);
  const isOwn = (name: OptionName): boolean => options[name].group === "Two-way Sync";
  return commandHelp(bsyncHead, (name) => bsyncOptions.has(name), codes, isOwn);
}

/** Whether `s3sync doctor` takes an option: those that say where and as whom, and how to print. */
export function isForDoctor(name: OptionName): boolean {
  return doctorOptions.has(name) || name === "json-tracing" || name === "disable-color-tracing";
}

const cleanupHead = `Remove what runs left behind that did not come to their end, and that nobody goes on with.

Usage: s3sync cleanup [OPTIONS] s3://BUCKET[/PREFIX]|DIRECTORY

  s3sync cleanup --dry-run s3://bucket/photos/     only say what there is, and what would be removed
  s3sync cleanup --older-than 2d s3://bucket/      abort our uploads that were begun two days ago, or earlier
  s3sync cleanup --others --older-than 30d s3://bucket/
                                                   uploads of other machines and programs, too
  s3sync cleanup ./photos                          remove our unfinished files below a directory

Parts of uploads that were never finished are paid for, and no listing shows them.

Ours are the uploads of which a journal of this user on this machine tells (--state-dir). Servers say
who began an upload, which is printed, but not with which program: so uploads of other machines, or of
a lost journal, count as those of others. They are listed, and aborted only with --others.
Files are ours by their names, .s3sync-….part and .s3sync-….tmp, whichever machine made them.
What a run works on that is under way on this machine is always left.
`;

const cleanupCodes: readonly (readonly [ExitCode, string])[] = [
  [exitCode.fine, "what was to go is gone"],
  [exitCode.error, "an error ended it, or something could not be removed"],
  [exitCode.usage, "an option or argument makes no sense; nothing was done"],
  [exitCode.sigint, "stopped by Ctrl-C"],
  [exitCode.sigterm, "stopped by SIGTERM"],
];

/** What `s3sync cleanup --help` prints. */
export function cleanupHelpText(): string {
  return commandHelp(cleanupHead, isForCleanup, cleanupCodes);
}

/** Whether `s3sync cleanup` takes an option. */
export function isForCleanup(name: OptionName): boolean {
  const own: readonly string[] = [...onlyFor.cleanup, "state-dir", "json-tracing"];
  return doctorOptions.has(name) || own.includes(name);
}

function codeLines(codes: readonly (readonly [ExitCode, string])[]): string {
  return codes.map(([code, text]) => `  ${String(code).padEnd(4)} ${text}`).join("\n");
}

function section(group: (typeof groups)[number]): string {
  const names = optionNames.filter((name) => options[name].group === group && isShown(name));
  if (names.length === 0) return "";
  return `${group}:\n${names.map(entry).join("\n")}\n`;
}

function isShown(name: OptionName): boolean {
  return (options[name] as Option).traits.hidden !== true;
}

function entry(name: (typeof optionNames)[number]): string {
  const option: Option = options[name];
  const { flag, placeholder: value } = option.kind;
  const placeholder = flag ? value : ` ${value}`;
  const [variable] = environmentNames(name, option).toReversed();
  const text = `${option.help}${defaultText(option)} [${variable}]`;
  return `  --${name}${placeholder}\n${wrap(text)}`;
}

/** Only plain values are shown: a default that depends on the machine is explained in the text. */
function defaultText({ kind, fallback, help }: Option): string {
  if (fallback === undefined || kind.flag || help.includes("Default:")) return "";
  const text = kind.format(fallback);
  return text === "" ? "" : ` Default: ${text}.`;
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, indent + line].join("\n");
}
