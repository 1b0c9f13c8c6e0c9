/**
 * The option reference in README.md, made from the option table. Run this file to write it anew:
 *
 *     bun test/support/option-reference.ts
 *
 * @module
 */
import fs from "node:fs";
import path from "node:path";

import { exitCodeHelp } from "../../src/cli/exit-codes.ts";
import { environmentNames, groups, type Option, optionNames, options } from "../../src/index.ts";

export const readmeFile = path.join(import.meta.dir, "../../README.md");

/** Sections that are generated, by the name in their markers. */
const sections: Readonly<Record<string, () => string>> = { options: optionTables, exitCodes };

/** The README with its generated sections as they should be. */
export function generated(readme: string): string {
  return Object.entries(sections).reduce((text, [name, make]) => {
    const begin = `<!-- generated: ${name} -->\n`;
    const end = `<!-- end: ${name} -->`;
    const [before, rest = ""] = text.split(begin, 2);
    const after = rest.slice(rest.indexOf(end));
    if (!after.startsWith(end)) throw new Error(`README.md has no section ${name}`);
    return `${before}${begin}\n${make()}\n${after}`;
  }, readme);
}

function optionTables(): string {
  return groups
    .map((group) => [group, namesIn(group)] as const)
    .filter(([, names]) => names.length > 0)
    .map(([group, names]) => `### ${group}\n\n${table(optionHead, names.map(optionRow))}`)
    .join("\n");
}

function namesIn(group: string): (typeof optionNames)[number][] {
  return optionNames.filter((name) => {
    const option: Option = options[name];
    return option.group === group && option.traits.hidden !== true;
  });
}

const optionHead = ["Option", "Meaning", "Default", "Variable"];

function optionRow(name: (typeof optionNames)[number]): string[] {
  const option: Option = options[name];
  const { kind, fallback, help } = option;
  // A default that depends on the machine is explained in the text.
  const shown = fallback === undefined ? "" : kind.format(fallback);
  const explained = shown === "" || kind.flag || help.includes("Default:");
  const [variable = ""] = environmentNames(name, option).toReversed();
  return [
    `\`--${name}${kind.flag ? kind.placeholder : ` ${kind.placeholder}`}\``,
    help.replaceAll("*", "\\*"),
    explained ? "" : `\`${shown}\``,
    `\`${variable}\``,
  ];
}

function exitCodes(): string {
  return table(
    ["Code", "Meaning"],
    exitCodeHelp.map(([code, text]) => [String(code), text]),
  );
}

/** A table as the formatter of the project writes it: with columns of one width. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, ...[title, ...rows.map((row) => row[column] ?? "")].map(width)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell))).join(" | ")} |`;
  const rule = `| ${widths.map((count) => "-".repeat(count)).join(" | ")} |`;
  return `${[line(head), rule, ...rows.map(line)].join("\n")}\n`;
}

function width(text: string): number {
  return Bun.stringWidth(text);
}

if (import.meta.main) {
  fs.writeFileSync(readmeFile, generated(fs.readFileSync(readmeFile, "utf8")));
}
