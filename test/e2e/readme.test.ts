/**
 * README.md says what is true: its reference is that of the option table, its commands are understood, its
 * links lead somewhere.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readJobFile } from "../../src/cli/jobs/job-file.ts";
import { chosenJobs, planJobs } from "../../src/cli/jobs/plan-jobs.ts";
import { readOptions } from "../../src/cli/layers.ts";
import { aliases, optionNames } from "../../src/index.ts";
import { indexTemplate } from "../../src/site/index-page.ts";
import { generated, readmeFile } from "../support/option-reference.ts";
import { TempDir } from "../support/temp-dir.ts";

const readme = fs.readFileSync(readmeFile, "utf8");

/** Options of the command line that are no rows of the table, of `build.ts`, and of other programs. */
const otherOptions = [
  ...["--help", "--version", "--verbose", "--quiet"],
  ...["--all", "--print-schema", "--ignore-missing"],
  ...["--cli-input-json", "--job-name", "--job-queue", "--job-definition", "--array-properties"],
];
/** Named as missing. */
const notYet: readonly string[] = [];

/** The commands in shell blocks that start s3sync, without comments and what the shell takes. */
const commands = [...readme.matchAll(/```(?:sh|console)\n(.*?)```/gs)]
  .flatMap(([, block = ""]) => block.split("\n"))
  .map((line) => line.replace(/^\$ /, "").replace(/\s+#.*$/, ""))
  .flatMap((line) => /^(?:[A-Z_]+=\S+ )*s3sync (.*)$/.exec(line)?.[1] ?? [])
  .map((line) => line.replace(/ (?:2?> |\|\| ).*$/, ""));

/** How many words commands have that are not SOURCE TARGET. */
const words: Readonly<Record<string, number>> = {
  check: 3,
  doctor: 2,
  keyring: 4,
  restore: 3,
  ls: 2,
  versions: 2,
  prune: 2,
  ranges: 2,
  undo: 2,
  site: 3,
};

describe("README.md", () => {
  test("has the reference of the option table (else: bun test/support/option-reference.ts)", () => {
    expect(readme).toBe(generated(readme));
  });

  test("shows only commands that are understood", () => {
    expect(commands.length).toBeGreaterThan(10);
    const problems = commands.flatMap((command) => {
      const typed = parseArguments(command.split(" "));
      // The scripts that it names are in other blocks.
      const found = [...typed.problems, ...readOptions(typed, {}).problems].filter(
        (problem) => !problem.endsWith("lua-script: there is no such file"),
      );
      const [first = ""] = typed.positionals;
      // A preview needs no bucket.
      const places = typed.values.has("preview") ? 2 : (words[first] ?? 2);
      const isAny = ["run", "bsync", "status", "cluster"].includes(first);
      if (!isAny && typed.positionals.length !== places) {
        found.push(`${typed.positionals.length} places`);
      }
      return found.map((problem) => `${command}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  test("shows a file of jobs that are understood", () => {
    using dir = new TempDir();
    const [, text = ""] = /```toml\n(\[defaults\].*?)```/s.exec(readme) ?? [];
    const file = readJobFile(dir.write("s3sync.toml", text));
    const jobs = chosenJobs(file, [...file.jobs.keys()]);
    const planned = planJobs(jobs, {
      file,
      typed: parseArguments([]),
      environment: { HOME: "/home/me" },
    });
    expect(planned.map(({ name }) => name)).toEqual(["photos", "mirror"]);
  });

  test("shows rules of a site, and a template, that are understood", () => {
    using dir = new TempDir();
    const [, text = ""] = /```toml\n(\[\[site.*?)```/s.exec(readme) ?? [];
    expect(readJobFile(dir.write("s3sync.toml", text)).siteRules).toHaveLength(2);
    const [, template = ""] = /```html\n(.*?)```/s.exec(readme) ?? [];
    expect(indexTemplate(template).nodes.length).toBeGreaterThan(5);
  });

  test("names only options that there are", () => {
    const names = [...optionNames, ...Object.keys(aliases)].map((name) => `--${name}`);
    const known = new Set([...names, ...otherOptions, ...notYet]);
    const named = readme.match(/(?<![\w-])--[a-z][a-z0-9-]*/g) ?? [];
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test("does not call missing what there is", () => {
    const there: readonly string[] = optionNames.map((name) => `--${name}`);
    expect(notYet.filter((name) => there.includes(name))).toEqual([]);
  });

  test.each(["README.md", "CHANGELOG.md", "SECURITY.md", "src/README.md", "test/README.md"])(
    "%s links only to files and headings that are there",
    (name) => {
      const file = path.join(path.dirname(readmeFile), name);
      expect(brokenLinks(file)).toEqual([]);
    },
  );
});

function brokenLinks(file: string): string[] {
  const text = fs.readFileSync(file, "utf8");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^(?:https?|mailto):/.test(link))
    .filter((link) => {
      const [where = "", heading] = link.split("#", 2);
      const target = where === "" ? file : path.join(path.dirname(file), where);
      if (!fs.existsSync(target)) return true;
      return heading !== undefined && !anchors(fs.readFileSync(target, "utf8")).has(heading);
    });
}

/** The anchors that GitHub gives to headings, and those set by hand. */
function anchors(text: string): Set<string> {
  const ofHeadings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  const byHand = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id);
  return new Set([...ofHeadings, ...byHand]);
}
