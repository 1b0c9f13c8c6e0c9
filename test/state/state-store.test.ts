/**
 * State files on disk.
 *
 * @module
 */
import { expect, test } from "bun:test";
import fs from "node:fs";

import { readState, writeState } from "../../src/state/state-store.ts";
import { TempDir } from "../support/temp-dir.ts";

const state = (syncedAt: number) => ({ syncedAt, buckets: [] });

test("there is none before the first is written", () => {
  using dir = new TempDir();
  expect(readState(dir.at("state"))).toBeUndefined();
});

test("is read as it was written, and known again by its fingerprint", () => {
  using dir = new TempDir();
  const file = dir.at("state");
  const fingerprint = writeState(file, state(1));
  expect(readState(file)).toEqual({ ...state(1), fingerprint });
  expect(writeState(file, state(2))).not.toBe(fingerprint);
});

test("the one before is kept, and nothing else", () => {
  using dir = new TempDir();
  const file = dir.at("state");
  for (const time of [1, 2, 3]) writeState(file, state(time));
  expect(readState(file)).toMatchObject({ syncedAt: 3 });
  expect(readState(`${file}.bak`)).toMatchObject({ syncedAt: 2 });
  expect(fs.readdirSync(dir.path).toSorted()).toEqual(["state", "state.bak"]);
});

test("only its owner may read it", () => {
  using dir = new TempDir();
  writeState(dir.at("state"), state(1));
  expect(fs.statSync(dir.at("state")).mode & 0o777).toBe(0o600);
});

test("one that is damaged is told with the one before, and stays as it is", () => {
  using dir = new TempDir();
  const file = dir.at("state");
  for (const time of [1, 2]) writeState(file, state(time));
  fs.truncateSync(file, 10);
  expect(() => readState(file)).toThrow(
    `${file}: it ends in the middle, at byte 6; nothing was changed`,
  );
  const thrown = (() => {
    try {
      readState(file);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toMatchObject({
    code: "damaged-state",
    hint: expect.stringContaining(`mv ${file}.bak ${file}`),
  });
});

test("one before that is damaged, too, is not offered", () => {
  using dir = new TempDir();
  const file = dir.write("state", "?");
  dir.write("state.bak", "?");
  try {
    readState(file);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: "damaged-state", hint: undefined });
  }
});
