/**
 * What boto's files say.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { readBotoKeys } from "../../../src/store/s3/sdk/boto.ts";
import { TempDir } from "../../support/temp-dir.ts";

const none = { secretAccessKey: undefined, sessionToken: undefined, keyring: undefined };

describe("a .boto file", () => {
  test.each([
    ["= and spaces", "[Credentials]\naws_access_key_id = A\naws_secret_access_key = s/+=\n"],
    ["a colon", "[Credentials]\naws_access_key_id: A\naws_secret_access_key: s/+=\n"],
    ["no spaces", "[Credentials]\naws_access_key_id=A\naws_secret_access_key=s/+=\n"],
    ["capitals", "[Credentials]\nAWS_ACCESS_KEY_ID = A\naws_secret_access_key = s/+=\n"],
    [
      "comments",
      "# x\n[Credentials]\n;y\naws_access_key_id = A ; z\n#aws_access_key_id = B\naws_secret_access_key = s/+=",
    ],
    ["Windows", "[Credentials]\r\naws_access_key_id = A\r\naws_secret_access_key = s/+=\r\n"],
    [
      "other sections",
      "[Boto]\naws_access_key_id = B\n[Credentials]\naws_access_key_id = A\naws_secret_access_key = s/+=\n[s3]\naws_access_key_id = C\n",
    ],
  ])("is read with %s", (_, text) => {
    using dir = new TempDir();
    const file = dir.write("boto", text);
    expect(readBotoKeys(undefined, { BOTO_CONFIG: file })).toEqual({
      ...none,
      accessKeyId: "A",
      secretAccessKey: "s/+=",
    });
  });

  test("names a keyring for the secret", () => {
    using dir = new TempDir();
    const file = dir.write("boto", "[Credentials]\naws_access_key_id = A\nkeyring = work\n");
    expect(readBotoKeys(undefined, { BOTO_CONFIG: file })).toEqual({
      ...none,
      accessKeyId: "A",
      keyring: "work",
    });
  });

  test("adds to those before it in BOTO_PATH, and wins", () => {
    using dir = new TempDir();
    const one = dir.write("1", "[Credentials]\naws_access_key_id = A\naws_secret_access_key = s\n");
    const two = dir.write("2", "[Credentials]\naws_access_key_id = B\n");
    const BOTO_PATH = [one, dir.at("none"), two].join(process.platform === "win32" ? ";" : ":");
    expect(readBotoKeys(undefined, { BOTO_PATH })).toMatchObject({
      accessKeyId: "B",
      secretAccessKey: "s",
    });
  });

  test.each([
    ["is absent", undefined],
    ["is empty", ""],
    ["is of Google's only", "[Credentials]\ngs_access_key_id = G\ngs_secret_access_key = g\n"],
  ])("that %s says nothing", (_, text) => {
    using dir = new TempDir();
    const file = text === undefined ? dir.at("none") : dir.write("boto", text);
    expect(readBotoKeys(undefined, { BOTO_CONFIG: file })).toBeUndefined();
    expect(readBotoKeys("work", { BOTO_CONFIG: file })).toBeUndefined();
  });

  test.each([
    ["a heading that is not closed", "[Credentials\naws_access_key_id = A\n", 1],
    ["a name without a value", "[Credentials]\n\naws_access_key_id A\nx = y\n[", 3],
    ["a setting above all headings", "# x\naws_access_key_id = A\n[Boto]\n", 2],
  ])("with %s is told, by its first line of that kind", (_, text, line) => {
    using dir = new TempDir();
    const file = dir.write("boto", text);
    const told: string[] = [];
    readBotoKeys(undefined, { BOTO_CONFIG: file }, ({ message }) => told.push(message));
    expect(told).toEqual([
      `${file}: line ${line} is neither [SECTION] nor NAME = VALUE in a section`,
    ]);
  });

  test("with comments, blank lines, values over several lines and none is not broken", () => {
    using dir = new TempDir();
    const text = "\ufeff\n# a\n;b\n \n[Boto]\ndebug =\nlong = a\n  b c\n\td\r\n[x] # y\n";
    const told: string[] = [];
    const environment = { BOTO_CONFIG: dir.write("boto", text) };
    readBotoKeys(undefined, environment, ({ message }) => told.push(message));
    expect(told).toEqual([]);
  });
});
