/**
 * Names on disk that are no UTF-8.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import fc from "fast-check";

import { filenameEncodings } from "../../../src/config/file-kinds.ts";
import {
  bytesOfName,
  lengthOnDisk,
  nameOfBytes,
  onDisk,
} from "../../../src/store/local/names/disk-names.ts";
import { nameEncodingOf } from "../../../src/store/local/names/name-encoding.ts";

const names = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes));

describe("a name on disk", () => {
  test("is a text where its bytes are UTF-8, and half characters where they are not", () => {
    expect(nameOfBytes(Buffer.from("caf\u00e9"))).toBe("caf\u00e9");
    expect(nameOfBytes(Buffer.from("caf\xe9", "latin1"))).toBe("caf\udce9");
    expect(nameOfBytes(Buffer.from("\ufffd"))).toBe("\ufffd");
  });

  test("is given to the system as it was, alone and in a path", () => {
    fc.assert(
      fc.property(names, names, (one, other) => {
        expect(bytesOfName(nameOfBytes(one)).equals(one)).toBe(true);
        expect(lengthOnDisk(nameOfBytes(one))).toBe(one.byteLength);
        const path = `/\u{1f600}/${nameOfBytes(one)}/${nameOfBytes(other)}`;
        const wanted = Buffer.concat([Buffer.from("/\u{1f600}/"), one, Buffer.from("/"), other]);
        expect(Buffer.from(onDisk(path)).equals(wanted)).toBe(true);
      }),
    );
  });

  test("that is a text is given as such", () => {
    expect(onDisk("/caf\u00e9/\u{1f600}")).toBe("/caf\u00e9/\u{1f600}");
  });
});

describe.each(filenameEncodings.filter((label) => label !== "utf-8"))("in %s", (label) => {
  test("any name has a text, and no two have the same", () => {
    const encoding = nameEncodingOf(label);
    fc.assert(
      fc.property(names, (bytes) => {
        const name = nameOfBytes(bytes);
        expect(encoding?.nameOf(encoding.textOf(name))).toBe(name);
      }),
    );
  });

  test("a text with other characters has no name", () => {
    expect(nameEncodingOf(label)?.nameOf("\u65e5")).toBeUndefined();
  });
});

test.each([
  ["latin-1", "\xe9\x80", "\u00e9\u0080"],
  ["windows-1252", "\xe9\x80", "\u00e9\u20ac"],
  ["iso-8859-15", "\xa4", "\u20ac"],
  ["koi8-r", "\xe9", "\u0418"],
] as const)("the bytes of %s stand for their characters", (label, bytes, text) => {
  expect(nameEncodingOf(label)?.textOf(nameOfBytes(Buffer.from(bytes, "latin1")))).toBe(text);
});
