/**
 * What the file system refuses, in our words.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { fileError } from "../../../src/store/local/fs-errors.ts";

function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

test("a refusal that has a meaning is told by it", () => {
  const thrown = refusal("ENOSPC", "ENOSPC: no space left on device, write");
  expect(fileError(thrown, "write", "a/b")).toMatchObject({
    ...{ code: "disk-full", reason: "ENOSPC" },
    message: "cannot write a/b: no space left on the disk",
  });
});

test.each([
  "ENODEV: no such device, open '/proc/self/fd/28/b'",
  "ENODEV: no such device, link '/proc/self/fd/28/b' -> '/proc/self/fd/29/it's'",
  "ENODEV: no such device, write",
  "ENODEV: no such device",
])("of one that has none the system's own path is left out: %s", (message) => {
  const { message: told } = fileError(refusal("ENODEV", message), "write", "a/b");
  expect(told).toBe("cannot write a/b: no such device");
});
