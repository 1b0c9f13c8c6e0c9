/**
 * The scenarios of rclone's bisync about backups, markers and other ETags, by their names.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { PutBucketEncryptionCommand } from "@aws-sdk/client-s3";

import { rejection } from "../core/rejection.ts";
import { needing } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import { TwoSides } from "../support/two-sides.ts";

const long = new Date("2020-01-01T00:00:00Z");
const nine = Array.from({ length: 9 }, (_, index) => `file${index + 1}`);
const inStep = (keys: readonly string[] = nine): Promise<TwoSides> => TwoSides.inStep(keys);

test("backupdir: what is replaced and deleted lands in the backup places", async () => {
  await using sides = await inStep();
  using aside = new TempDir();
  sides.write("file1", "new here");
  await sides.put("file2", "new there");
  sides.delete("file3");
  await sides.remove("file4");
  await sides.sync({ backupDir: aside.at("files"), backupPrefix: "old/" });
  expect(aside.files("files").toSorted()).toEqual(["file2", "file4"]);
  expect(await sides.bucket.keys("old/")).toEqual(["old/file1", "old/file3"]);
});

describe("markers", () => {
  test.each([
    ["check_access", "RCLONE_TEST"],
    ["check_filename", "check/other"],
  ])("%s: without the marker %s on a side nothing is done", async (_name, requireMarker) => {
    await using sides = await inStep(["file1", requireMarker]);
    sides.write("new", "x");
    sides.delete(requireMarker);
    const refused = { code: "precondition" };
    expect(await rejection(sides.sync({ requireMarker }))).toMatchObject(refused);
    sides.write(requireMarker, requireMarker);
    await sides.remove(requireMarker);
    expect(await rejection(sides.sync({ requireMarker }))).toMatchObject(refused);
    expect(Object.keys(await sides.objects())).toEqual(["file1"]);
    await sides.put(requireMarker, requireMarker);
    expect(await sides.sync({ requireMarker })).toMatchObject({ transferredObjects: 1 });
    expect(Object.keys(await sides.both())).toEqual(["file1", "new", requireMarker].toSorted());
  });

  test("check_access_filters: a marker that is left alone is still looked for", async () => {
    await using sides = await inStep(["file1"]);
    sides.write("MARKER", "");
    const rules = { requireMarker: "MARKER", exclude: ["MARKER"] };
    expect(await rejection(sides.sync(rules))).toMatchObject({ code: "precondition" });
    await sides.put("MARKER", "");
    sides.write("new", "x");
    expect(await sides.sync(rules)).toMatchObject({ transferredObjects: 1 });
  });
});

needing("encrypts with KMS").test(
  "ignorelistingchecksum: where ETags are no MD5s, what is in step is so all the same",
  async () => {
    await using sides = await TwoSides.create();
    const SSEAlgorithm = "aws:kms" as const;
    const rule = { SSEAlgorithm, KMSMasterKeyID: "s3sync-key" };
    await sides.bucket.client.send(
      new PutBucketEncryptionCommand({
        Bucket: sides.bucket.name,
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: rule }],
        },
      }),
    );
    for (const key of nine) sides.write(key, key, long);
    // Equal contents are no conflict, though no ETag tells.
    await sides.put("file1", "file1");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 8, twoWay: { conflicts: 0 } });
    expect(await sides.sync()).toMatchObject({ transferredObjects: 0, deleted: 0 });
    sides.write("file1", "here");
    await sides.put("file2", "there");
    sides.delete("file3");
    expect(await sides.sync()).toMatchObject({ transferredObjects: 2, deleted: 1 });
    const rest = Object.fromEntries(nine.map((key) => [key, key]));
    delete rest["file3"];
    expect(await sides.both()).toEqual({ ...rest, file1: "here", file2: "there" });
  },
);
