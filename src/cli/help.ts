/**
 * `--help`, made from the option table.
 *
 * @module
 */
import { environmentNames, groups, type Option, optionNames, options } from "../index.ts";
import { exitCodeHelp } from "./exit-codes.ts";

const indent = "      ";
const width = 100;

const head = `Keep local directories and S3 buckets in step, with proof that every byte arrived.

Usage: s3sync [OPTIONS] SOURCE TARGET
       s3sync run [OPTIONS] [NAME...]

  s3sync ./photos s3://bucket/photos/              upload what is missing, newer or of another size
  s3sync s3://bucket/photos/ ./photos              download the same way
  s3sync s3://bucket-a/ s3://bucket-b/prefix/      copy, through this machine
  s3sync --server-side-copy s3://a/ s3://b/        copy, within the storage service
  s3sync --dry-run --delete ./photos s3://b/p/     say what would be uploaded and deleted
  s3sync ./a.txt s3://bucket/dir/                  one file, stored as dir/a.txt
  s3sync run photos                                the job photos of a file: s3sync run --help

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
  const codes = exitCodeHelp.map(([code, text]) => `  ${String(code).padEnd(4)} ${text}`);
  return [
    head,
    ...sections,
    `Each option can also be set by the variable in brackets; the command line wins.\nAnd in a file: s3sync run --help.\n`,
    `Exit codes:\n${codes.join("\n")}\n`,
  ].join("\n");
}

function section(group: (typeof groups)[number]): string {
  const names = optionNames.filter((name) => options[name].group === group && isShown(name));
  if (names.length === 0) return "";
  return `${group}:\n${names.map(entry).join("\n")}\n`;
}

function isShown(name: (typeof optionNames)[number]): boolean {
  return (options[name] as Option).traits.hidden !== true;
}

function entry(name: (typeof optionNames)[number]): string {
  const option: Option = options[name];
  const placeholder = option.kind.flag ? "" : ` ${option.kind.placeholder}`;
  const [variable] = environmentNames(name, option).toReversed();
  const note = option.traits.missing === true ? " Not in this build." : "";
  const text = `${option.help}${defaultText(option)}${note} [${variable}]`;
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
