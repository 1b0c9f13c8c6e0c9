/**
 * A first word may be a command or SOURCE.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { chooseCommand, commandMeant, type CommandShape } from "../../src/cli/choose-command.ts";

/** `sync`, and commands that are made up to have every shape. */
const commands: Readonly<Record<string, CommandShape>> = {
  sync: { least: 2, most: 2 },
  one: { least: 1, most: 1 },
  two: { least: 2, most: 2 },
  any: { least: 0, most: 2 },
  none: { least: 0, most: 0 },
  words: { least: 0, most: Infinity, suits: (args) => !args.some((arg) => arg.includes("/")) },
};

function choose(positionals: readonly string[], here: readonly string[] = []): string {
  const { command, rest } = chooseCommand(positionals, commands, (path) => here.includes(path));
  return [command, ...rest].join(" ");
}

describe("without a path of that name here,", () => {
  test.each([
    // What is no command is SOURCE.
    ["a b", "sync a b"],
    ["a", "sync a"],
    ["", "sync"],
    ["a b c", "sync a b c"],
    ["a one", "sync a one"],
    // What follows fits the command.
    ["sync a b", "sync a b"],
    ["one a", "one a"],
    ["two a b", "two a b"],
    ["none", "none"],
    ["any", "any"],
    ["any a", "any a"],
    ["any a b", "any a b"],
    ["words", "words"],
    ["words a b c d", "words a b c d"],
    // What follows does not fit it, but all together are SOURCE and TARGET.
    ["sync b", "sync sync b"],
    ["two b", "sync two b"],
    ["none b", "sync none b"],
    ["words s3://b", "sync words s3://b"],
    // Nothing fits: the command says what it wants.
    ["sync", "sync"],
    ["sync a b c", "sync a b c"],
    ["one", "one"],
    ["two", "two"],
    ["one a b", "one a b"],
    ["none a b", "none a b"],
    ["words a/b c d", "words a/b c d"],
    // Names of JavaScript's own are no commands.
    ["constructor b", "sync constructor b"],
    ["__proto__ b", "sync __proto__ b"],
  ])("%j means %j", (typed, wanted) => {
    expect(choose(typed === "" ? [] : typed.split(" "))).toBe(wanted);
  });
});

describe("a first word that is no command", () => {
  const names = ["sync", "run", "check", "doctor", "cleanup", "help", "bsync", "keyring"];
  const guess = (word: string, here: readonly string[] = []): string | undefined =>
    commandMeant([word], names, (path) => here.includes(path));

  test.each([
    ["chek", "check"],
    ["dcotor", "doctor"],
    ["CHECK", "check"],
    ["cleanupp", "cleanup"],
  ])("%j may be a typo of %j", (typed, meant) => {
    expect(guess(typed)).toBe(meant);
  });

  test.each(["check", "src", "docs", "photos", "./chek", "s3://chek", ""])(
    "%j is no typo of any",
    (typed) => {
      expect(guess(typed)).toBeUndefined();
    },
  );

  test("is none if it is there", () => {
    expect(guess("chek", ["chek"])).toBeUndefined();
  });
});

describe("with a path of that name here,", () => {
  test.each([
    ["sync a b", "sync a b"],
    ["sync b", "sync sync b"],
    ["two a b", "two a b"],
    ["two b", "sync two b"],
    ["any", "any"],
    ["none b", "sync none b"],
    ["words s3://b", "sync words s3://b"],
    ["words a b", "words a b"],
  ])("%j still means %j, because only one reading fits", (typed, wanted) => {
    expect(choose(typed.split(" "), ["sync", "one", "two", "any", "none", "words"])).toBe(wanted);
  });

  test.each(["one a", "any a", "words a"])(
    "%j has two readings that fit, and both ways out are named",
    (typed) => {
      const [first = ""] = typed.split(" ");
      expect(() => choose(typed.split(" "), [first])).toThrow(
        expect.objectContaining({
          code: "usage",
          message: `${first} is a command and also a path here`,
          hint: `Write ./${first} for the path, or s3sync sync ${typed}.`,
        }),
      );
    },
  );

  test("the ways out that are named work", () => {
    expect(choose(["./one", "a"], ["one", "./one"])).toBe("sync ./one a");
    expect(choose(["sync", "one", "a"], ["one", "sync"])).toBe("sync one a");
  });
});
