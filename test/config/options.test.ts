/**
 * The option table as a whole.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { environmentNames, groups } from "../../src/config/option.ts";
import { camelCase, optionNames, options } from "../../src/config/options.ts";

describe("every option", () => {
  test.each([...optionNames])(
    "--%s has a name in kebab case, a group and a sentence of help",
    (name) => {
      expect(name).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
      expect(groups).toContain(options[name].group);
      expect(options[name].help).toMatch(/^[A-Z].*\.$/s);
    },
  );

  test("has a property, a variable and a name that no other has", () => {
    for (const names of [
      optionNames.map(camelCase),
      optionNames.flatMap((name) => environmentNames(name, options[name])),
    ]) {
      expect(new Set<string>(names).size).toBe(names.length);
    }
  });

  test("that could be read as a denial of another does not exist, but for the one that is meant so", () => {
    const names: readonly string[] = optionNames;
    expect(names.filter((name) => names.includes(`no-${name}`))).toEqual(["delete"]);
  });
});

describe("the variables of an option", () => {
  test("of the original are its own, and one with our prefix that wins", () => {
    expect(environmentNames("max-keys", options["max-keys"])).toEqual([
      "S3SYNC_MAX_KEYS",
      "MAX_KEYS",
    ]);
  });

  test("of ours have our prefix and nothing else: TEMP_DIR may mean somebody else", () => {
    expect(environmentNames("temp-dir", options["temp-dir"])).toEqual(["S3SYNC_TEMP_DIR"]);
    expect(environmentNames("threads", options.threads)).toEqual(["S3SYNC_THREADS"]);
  });
});

test("names become properties", () => {
  expect(camelCase("multipart-chunksize")).toBe("multipartChunksize");
  expect(camelCase("aws-shared-credentials-file")).toBe("awsSharedCredentialsFile");
  expect(camelCase("delete")).toBe("delete");
  expect(camelCase("disable-content-md5-header")).toBe("disableContentMd5Header");
});
