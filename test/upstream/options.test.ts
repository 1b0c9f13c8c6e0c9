/**
 * Every option of the original is there, under its name, its heading and its variable.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions } from "../../src/cli/layers.ts";
import {
  aliases,
  environmentNames,
  type Option,
  type OptionName,
  optionNames,
  options,
} from "../../src/index.ts";
import { upstreamOptions } from "./options.ts";

const names: ReadonlySet<string> = new Set(optionNames);

describe("the original's", () => {
  test.each([...upstreamOptions])("%s > --%s", (group, name) => {
    expect(names).toContain(name);
    const option: Option = options[name as OptionName];
    expect(option.group).toBe(group as Option["group"]);
    expect(environmentNames(name, option)).toContain(name.toUpperCase().replaceAll("-", "_"));
  });
});

test("options of ours are read from no variable that others may mean", () => {
  const theirs = new Set(upstreamOptions.map(([, name]) => name));
  const ours = optionNames.filter(
    (name) => !theirs.has(name) && name !== "allow-both-local-storage",
  );
  for (const name of ours) {
    expect(environmentNames(name, options[name])).toEqual([
      `S3SYNC_${name.toUpperCase().replaceAll("-", "_")}`,
    ]);
  }
});

test.each(Object.entries(aliases))("--%s is another name of --%s", (alias, name) => {
  const value = options[name].kind.flag ? [] : ["x"];
  const { values, problems } = parseArguments([`--${alias}`, ...value]);
  expect(problems).toEqual([]);
  expect([...values.keys()]).toEqual([name]);
});

test("the storage class ONE-ZONE_IA of the original's README is ONEZONE_IA", () => {
  const { values } = readOptions(parseArguments(["--storage-class", "ONE-ZONE_IA"]), {});
  expect(values.storageClass).toBe("ONEZONE_IA");
});
