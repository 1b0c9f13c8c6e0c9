/**
 * Attributes where the system, or the file system, does not go along.
 *
 * @module
 */
import { describe, expect, spyOn, test } from "bun:test";
import fs from "node:fs";

import type { SyncError } from "../../../src/core/errors.ts";
import type { FileAttributes } from "../../../src/core/file-attributes.ts";
import { AttributeWriter } from "../../../src/store/local/attributes/apply-attributes.ts";
import type { Native } from "../../../src/store/local/attributes/native.ts";
import { readAttributes } from "../../../src/store/local/attributes/read-attributes.ts";
import { TempDir } from "../../support/temp-dir.ts";
import { keepingRules } from "./kept.ts";

const nobody = { nameOf: () => undefined, idOf: () => undefined };
const setuid: FileAttributes = { permissions: 0o6755, uid: 4711, gid: 4711 };

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function writer(warnings: SyncError[] = []): AttributeWriter {
  return new AttributeWriter({
    rules: keepingRules({}, ["mode", "owner", "special-bits"]),
    ...{ users: nobody, groups: nobody, native: undefined },
    warn: (error) => void warnings.push(error),
  });
}

describe.skipIf(process.geteuid === undefined)("setuid and setgid", () => {
  test("are not given where the owner stays another one than is meant", () => {
    using user = spyOn(process, "geteuid").mockReturnValue(1000);
    const warnings: SyncError[] = [];
    expect(writer(warnings).attainable(setuid).permissions).toBe(0o755);
    expect(warnings).toHaveLength(1);
    expect(user).toHaveBeenCalled();
  });

  test("are not given where the system refuses the owner", () => {
    using dir = new TempDir();
    using _refusal = spyOn(fs, "fchownSync").mockImplementation(() => {
      throw systemError("EPERM");
    });
    const descriptor = fs.openSync(dir.write("program"), "r");
    writer().apply({ kind: "descriptor", descriptor }, setuid);
    expect(fs.fstatSync(descriptor).mode & 0o7777).toBe(0o755);
    fs.closeSync(descriptor);
  });

  test("are given to whom they belong", () => {
    const mine = { permissions: 0o4755, uid: process.geteuid?.(), gid: process.getegid?.() };
    expect(writer().attainable(mine).permissions).toBe(0o4755);
  });
});

describe("extended attributes", () => {
  const refuses = (code: string): Partial<Native> => ({
    xattrs() {
      throw systemError(code);
    },
  });
  const read = (dir: TempDir, code: string): FileAttributes => {
    const file = dir.write("f");
    const rules = keepingRules();
    const native = refuses(code) as Native;
    const source = { rules, users: nobody, groups: nobody, native };
    const stats = fs.statSync(file, { bigint: true });
    return readAttributes(source, stats, { kind: "path", path: file, isLink: false });
  };

  test("are given to a file as long as its owner may write to it", () => {
    using dir = new TempDir();
    const descriptor = fs.openSync(dir.write("f"), "r+");
    fs.fchmodSync(descriptor, 0o644);
    const modes: number[] = [];
    const native: Partial<Native> = {
      setXattrs: () => void modes.push(fs.fstatSync(descriptor).mode & 0o777),
    };
    const rules = keepingRules({}, ["mode", "xattrs"]);
    const source = { rules, users: nobody, groups: nobody, native: native as Native };
    const target = { ...source, warn: () => undefined };
    new AttributeWriter(target).apply(
      { kind: "descriptor", descriptor },
      {
        permissions: 0o444,
        xattrs: new Map(),
      },
    );
    expect(modes).toEqual([0o644]);
    expect(fs.fstatSync(descriptor).mode & 0o777).toBe(0o444);
    fs.closeSync(descriptor);
  });

  test("are none on a file system that knows none", () => {
    using dir = new TempDir();
    expect(read(dir, "ENOTSUP").xattrs).toBeUndefined();
    expect(read(dir, "EOPNOTSUPP").permissions).toBeDefined();
  });

  test("that cannot be read for another reason are not taken for none", () => {
    using dir = new TempDir();
    expect(() => read(dir, "EIO")).toThrow("EIO");
  });
});
