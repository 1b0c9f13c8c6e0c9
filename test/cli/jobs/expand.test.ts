/**
 * Variables in texts.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { expand, expandPath } from "../../../src/cli/jobs/expand.ts";

const environment = { HOME: "/home/me", EMPTY: "", DOLLAR: "${HOME}", _1: "one" };

describe("in a text", () => {
  test.each([
    ["${HOME}/photos", "/home/me/photos"],
    ["s3://${_1}-${_1}/", "s3://one-one/"],
    ["${NONE:-laptop}", "laptop"],
    ["${NONE:-}", ""],
    ["${NONE:-a:-b c}", "a:-b c"],
    ["${HOME:-x}", "/home/me"],
    ["${EMPTY}", ""],
    ["${EMPTY:-x}", "x"],
    ["$$", "$"],
    ["$${HOME}", "${HOME}"],
    ["$$$$", "$$"],
    // Regular expressions end with one.
    [String.raw`\.jpg$`, String.raw`\.jpg$`],
    ["^a$|^b$", "^a$|^b$"],
    ["$HOME", "$HOME"],
    // What a variable holds is taken as it is.
    ["${DOLLAR}", "${HOME}"],
  ])("%j is %j", (text, wanted) => {
    expect(expand(text, environment)).toBe(wanted);
  });

  test.each([
    ["${NONE}", "the variable NONE is not set"],
    ["${NONE}${HOME}${NADA}${NONE}", "the variables NONE, NADA are not set"],
    ["${HOME", "after ${ the name of a variable and } are wanted; $$ is a dollar"],
    ["${}", "after ${ the name of a variable and } are wanted; $$ is a dollar"],
    ["${A B}", "after ${ the name of a variable and } are wanted; $$ is a dollar"],
    ["${1}", "after ${ the name of a variable and } are wanted; $$ is a dollar"],
    ["${A-b}", "after ${ the name of a variable and } are wanted; $$ is a dollar"],
  ])("%j is refused", (text, why) => {
    expect(() => expand(text, environment)).toThrow(why);
  });

  test("without a dollar nothing changes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const plain = text.replaceAll("$", "");
        expect(expand(plain, environment)).toBe(plain);
      }),
    );
  });
});

describe("a path", () => {
  test.each(["~", "~/photos", "~\\photos"])("%s is refused: no shell reads it", (text) => {
    expect(() => expandPath(text, environment)).toThrow("~ means nothing here; write ${HOME}");
  });

  test.each(["a~", "~photos", "./~/x", "s3://b/~/"])("%s is what it is", (text) => {
    expect(expandPath(text, environment)).toBe(text);
  });
});
