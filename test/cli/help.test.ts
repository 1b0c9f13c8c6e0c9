/**
 * What `--help` says.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import os from "node:os";

import { exitCode } from "../../src/cli/exit-codes.ts";
import { helpText } from "../../src/cli/help.ts";
import {
  environmentNames,
  groups,
  type Option,
  type OptionName,
  optionNames,
  options,
} from "../../src/index.ts";

const text = helpText();
const lines = text.split("\n");

/** The lines from an option's name to the next option or heading. */
function entryOf(name: string): string {
  const start = lines.findIndex((line) => line.trim().split(/ |\[/)[0] === `--${name}`);
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith("      "));
  return start === -1
    ? ""
    : lines
        .slice(start, start + 1 + length)
        .map((line) => line.trim())
        .join(" ");
}

function isShown(name: OptionName): boolean {
  return (options[name] as Option).traits.hidden !== true;
}

describe("help", () => {
  test.each(optionNames.filter(isShown))("explains --%s and names its variable", (name) => {
    const option = options[name];
    const entry = entryOf(name);
    expect(entry).toContain(option.help);
    const variable = environmentNames(name, option).at(-1) ?? "";
    expect(entry).toContain(`[${variable}]`);
    if (!option.kind.flag) expect(entry).toStartWith(`--${name} ${option.kind.placeholder} `);
  });

  test.each(optionNames.filter((name) => !options[name].kind.flag))(
    "says what --%s is by default, if it always is something",
    (name) => {
      const saysSo = entryOf(name).includes("Default:");
      const { fallback } = options[name];
      const isNone = Array.isArray(fallback) && fallback.length === 0;
      if (fallback !== undefined && !isNone) expect(saysSo).toBe(true);
    },
  );

  test.each(optionNames.filter((name) => !isShown(name)))("does not mention --%s", (name) => {
    expect(text).not.toContain(`--${name}`);
  });

  test.each(Object.entries(exitCode))("explains the exit code for %s", (_, code) => {
    expect(text).toMatch(new RegExp(`^  ${code} +[a-z].+$`, "m"));
  });

  test.each(["-v, --verbose", "-q, --quiet", "-h, --help", "-V, --version"])(
    "explains %s",
    (flag) => {
      expect(text).toContain(`  ${flag} `);
    },
  );

  test("has a heading for each group that has options, in the order of the table", () => {
    const used = groups.filter((group) =>
      optionNames.some((name) => options[name].group === group),
    );
    const headings = lines.filter((line) => groups.some((group) => line === `${group}:`));
    expect(headings).toEqual(used.map((group) => `${group}:`));
  });

  test("names the other command and where it is explained", () => {
    expect(text).toContain("s3sync run [OPTIONS] [NAME...]");
    expect(text).toContain("s3sync run --help");
  });

  test("fits into 100 columns", () => {
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
  });

  test("has no trailing blanks and ends with a line break", () => {
    expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    expect(text).toEndWith("\n");
  });

  test("is the same on every machine: defaults that depend on it are explained, not shown", () => {
    expect(text).not.toContain(os.tmpdir());
    expect(text).not.toMatch(/\[object|undefined|NaN/);
    expect(entryOf("threads")).toContain("Default: one less than there are processors.");
  });
});
