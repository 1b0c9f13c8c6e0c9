/**
 * `--preserve`: a flag that can be given a list.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { parseArguments } from "../../src/cli/arguments.ts";
import { readOptions } from "../../src/cli/layers.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { aspects } from "../../src/config/file-kinds.ts";

const usual = ["mtime", "mode", "owner"] as const;

function typed(...argv: readonly string[]): unknown {
  return readOptions(parseArguments(argv), {}).values.preserve;
}

describe("--preserve", () => {
  test.each([
    ["alone means what is usual", ["--preserve"], [...usual]],
    ["takes yes for that", ["--preserve=yes"], [...usual]],
    ["takes no for nothing", ["--preserve=no"], []],
    ["takes a list, in any order", ["--preserve=owner,mtime"], ["mtime", "owner"]],
    ["takes more than what is usual by name", ["--preserve=xattrs"], ["xattrs"]],
    [
      "takes all for all, setuid and setgid included",
      ["--preserve=mode,all"],
      ["mtime", "mode", "owner", "atime", "xattrs", "special-bits"],
    ],
    ["leaves the next argument alone", ["--preserve", "all"], [...usual]],
  ])("%s", (_what, argv, expected) => {
    expect(typed(...argv)).toEqual(expected);
  });

  test("is read from its variable, too", () => {
    const { values } = readOptions(parseArguments([]), { S3SYNC_PRESERVE: "mode" });
    expect(values.preserve).toEqual(["mode"]);
  });

  test.each(["", "maybe", "mode,", "mtime,colour", "mtime mode"])("refuses %j", (text) => {
    expect(() => aspects.parse(text)).toThrow("a list of mtime, mode, owner, atime, xattrs, all");
  });

  test("is a list of words in the library", () => {
    const places = { source: "/tmp/a", target: "s3://bucket/" };
    expect(resolveConfig({ ...places, preserve: ["owner", "mode"] }).preserve).toEqual([
      ...["mode", "owner"],
    ] as never);
    const all = resolveConfig({ ...places, preserve: ["all"] }).preserve;
    expect(resolveConfig({ ...places, preserve: all }).preserve).toEqual(all as never);
    expect(resolveConfig(places).preserve).toBeUndefined();
  });
});
