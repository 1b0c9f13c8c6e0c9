/**
 * Which configuration file is taken.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import path from "node:path";

import { parseArguments } from "../../../src/cli/arguments.ts";
import { namedFile, usualFile } from "../../../src/cli/jobs/find-file.ts";
import { TempDir } from "../../support/temp-dir.ts";

describe("the file that is named", () => {
  const named = (argv: readonly string[], environment: Record<string, string>) =>
    namedFile(parseArguments(argv), environment);

  test("is that of --config, else that of the variable", () => {
    expect(named(["--config", "a.toml"], { S3SYNC_CONFIG: "b.toml" })).toBe("a.toml");
    expect(named([], { S3SYNC_CONFIG: "b.toml" })).toBe("b.toml");
  });

  test("is none if nobody names one: CONFIG may mean somebody else, and empty is none", () => {
    expect(named([], { CONFIG: "b.toml", S3SYNC_CONFIG: "" })).toBeUndefined();
  });
});

describe("without a name", () => {
  const before = process.cwd();
  let dir: TempDir;
  beforeEach(() => {
    dir = new TempDir();
    dir.write("work/other.toml");
    process.chdir(dir.at("work"));
  });
  afterEach(() => {
    process.chdir(before);
    dir[Symbol.dispose]();
  });

  test.each(["s3sync.toml", "s3sync.yaml", "s3sync.yml", "s3sync.json"])(
    "%s of the working directory is taken, whatever the user has at home",
    (name) => {
      dir.write(`work/${name}`);
      dir.write("home/.config/s3sync/s3sync.toml");
      expect(usualFile({ HOME: dir.at("home") })).toBe(name);
    },
  );

  test.each([
    ["linux", { HOME: "home" }, "home/.config/s3sync/s3sync.yaml"],
    ["darwin", { HOME: "home" }, "home/.config/s3sync/s3sync.yaml"],
    ["linux", { HOME: "home", XDG_CONFIG_HOME: "xdg" }, "xdg/s3sync/s3sync.yaml"],
    ["win32", { HOME: "home", APPDATA: "roaming" }, "roaming/s3sync/s3sync.yaml"],
  ] as const)("on %s with %j it is %s", (platform, variables, file) => {
    dir.write(file);
    const environment = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, dir.at(value)]),
    );
    expect(usualFile(environment, platform)).toBe(dir.at(...file.split("/")));
  });

  test("a relative XDG_CONFIG_HOME is ignored, as its specification wants", () => {
    dir.write("work/xdg/s3sync/s3sync.toml");
    dir.write("home/.config/s3sync/s3sync.toml");
    expect(usualFile({ HOME: dir.at("home"), XDG_CONFIG_HOME: "xdg" })).toBe(
      dir.at("home", ".config", "s3sync", "s3sync.toml"),
    );
  });

  test("two in a directory are one too many", () => {
    dir.write("work/s3sync.toml");
    dir.write("work/s3sync.json");
    expect(() => usualFile({})).toThrow(
      expect.objectContaining({
        code: "usage",
        message: "there is more than one configuration file: s3sync.toml and s3sync.json",
        hint: "Keep one of them, or name it with --config FILE.",
      }),
    );
  });

  test("none at all is an error that says where it was looked for", () => {
    const home = path.join("/nowhere", ".config", "s3sync");
    expect(() => usualFile({ HOME: "/nowhere" }, "linux")).toThrow(
      expect.objectContaining({
        code: "usage",
        message: `there is no s3sync.toml, s3sync.yaml, s3sync.yml, s3sync.json here, nor in ${home}`,
        hint: expect.stringContaining("./run"),
      }),
    );
    expect(() => usualFile({})).toThrow(/here$/);
  });

  test("a directory of that name is no file", () => {
    dir.write("work/s3sync.toml/x");
    expect(() => usualFile({})).toThrow("there is no s3sync.toml");
  });
});
