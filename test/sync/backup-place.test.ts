/**
 * Where backups may lie, and which keys lie there.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { resolveConfig } from "../../src/config/config.ts";
import type { ConfigInput } from "../../src/config/shape.ts";
import { asKey } from "../../src/core/key.ts";
import { type BackupPlace, backupPlaceOf } from "../../src/sync/backups/backup-place.ts";
import { TempDir } from "../support/temp-dir.ts";

const now = new Date("2026-11-29T10:20:30.456Z");

function placeOf(input: ConfigInput): BackupPlace | undefined {
  return backupPlaceOf(resolveConfig(input), now);
}

function refusal(input: ConfigInput): string {
  try {
    placeOf(input);
    return "none";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function toBucket(backupPrefix: string, more: Partial<ConfigInput> = {}): ConfigInput {
  return { source: "./photos", target: "s3://b/p/", backupPrefix, ...more };
}

test("without an option there is none", () => {
  expect(placeOf({ source: "./photos", target: "s3://b/p/" })).toBeUndefined();
});

describe("a prefix", () => {
  test.each([
    ["old", "b", "old/"],
    ["old/", "b", "old/"],
    ["old/{date}", "b", "old/2026-11-29/"],
    ["s3://other/a/b", "other", "a/b/"],
    ["s3://other", "other", ""],
  ])("%s is in the bucket %s: %s", (backupPrefix, bucket, prefix) => {
    expect(placeOf(toBucket(backupPrefix))).toMatchObject({ kind: "s3", bucket, prefix });
  });

  test.each([
    ["p/old", "old/a", true],
    ["p/old", "old", false],
    ["p/old", "older", false],
    ["p/old/{date}", "old/2020-01-31/a", true],
    ["p/old/{date}", "old/readme", false],
    ["p/{date}-old/", "2020-01-31-old/a", true],
    ["old", "old/a", false],
    ["s3://other/p/old", "old/a", false],
  ])("%s: the key %s of the target lies in it: %p", (backupPrefix, key, isIn) => {
    expect(placeOf(toBucket(backupPrefix))?.holds(asKey(key))).toBe(isIn);
  });

  test.each([
    ["p", "--backup-prefix is TARGET itself"],
    ["s3://b", "--backup-prefix holds TARGET: backups would be written into it"],
  ])("%s is refused: %s", (backupPrefix, message) => {
    expect(refusal(toBucket(backupPrefix))).toBe(message);
  });

  test.each([
    ["s/old", "--backup-prefix lies inside SOURCE: backups would be sent"],
    ["s/", "--backup-prefix is SOURCE itself"],
    ["old", "none"],
  ])("%s beside a source in the same bucket: %s", (backupPrefix, message) => {
    expect(refusal(toBucket(backupPrefix, { source: "s3://b/s/" }))).toBe(message);
  });
});

describe("a directory", () => {
  test("is one below the current directory, and may lie in the target, also by way of a link", () => {
    using dir = new TempDir();
    fs.mkdirSync(dir.at("to"));
    fs.symlinkSync(dir.at("to"), dir.at("link"));
    const input = { source: "s3://b/", target: dir.at("link") };
    const place = placeOf({ ...input, backupDir: dir.at("to", "old", "{date}") });
    expect(place).toMatchObject({ path: dir.at("to", "old", "2026-11-29") });
    expect(place?.holds(asKey("old/2020-01-31/a/b"))).toBe(true);
    expect(place?.holds(asKey("old/a"))).toBe(false);
    const relative = placeOf({ ...input, backupDir: "old" });
    expect(relative).toMatchObject({ path: `${process.cwd()}/old` });
    expect(relative?.holds(asKey("old/a"))).toBe(false);
  });

  test("is refused where it is the target, or above it", () => {
    using dir = new TempDir();
    const input = { source: "s3://b/", target: dir.at("to") };
    expect(refusal({ ...input, backupDir: dir.at("to") })).toBe("--backup-dir is TARGET itself");
    expect(refusal({ ...input, backupDir: dir.path })).toStartWith("--backup-dir holds TARGET");
  });

  test("needs a local target, and a prefix a bucket", () => {
    const local = { source: "s3://b/", target: "./x", backupPrefix: "old" };
    expect(refusal(local)).toContain("--backup-prefix needs an S3 TARGET");
    const bucket = { source: "./x", target: "s3://b/", backupDir: "old" };
    expect(refusal(bucket)).toContain("--backup-dir needs a local TARGET");
  });
});
