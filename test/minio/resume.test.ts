/**
 * Large objects whose transfer was interrupted go on with the parts that are there, and only with those that are what
 * they are to be.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import { type ConfigInput, Secret, sync, type SyncEvent } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes, secondsAgo } from "../support/trees.ts";
import {
  complete,
  content,
  Interrupted,
  nothingLeft,
  partRequest,
  type WayName,
} from "./interrupted.ts";

const ways: readonly WayName[] = ["upload", "download", "copy", "server-side copy"];
const partBytes = 5 * MiB;
const good = { transferredObjects: 1, errors: 0, warnings: 0 };

describe.each(ways)("an interrupted %s", (way) => {
  test("goes on: only the parts that are missing are sent", async () => {
    await using here = await Interrupted.begin(way);
    const { summary } = await here.interrupt(3);
    expect(summary).toMatchObject({ errors: 1, transferredObjects: 0 });
    expect(await here.found()).not.toMatchObject(complete);
    const next = await here.run();
    expect(next.summary).toMatchObject({ ...good, etagVerified: 1 });
    expect(next.count(partRequest[way])).toBe(2);
    // Nor are the others read, where they come over a network.
    if (way === "copy") expect(next.count("GetObject")).toBe(2);
    expect([next.kept, next.summary.keptBytes]).toEqual([3 * partBytes, 3 * partBytes]);
    expect(next.summary.transferredBytes).toBe(content.byteLength - 3 * partBytes);
    expect(await here.found()).toEqual(complete);
    expect(await here.leftovers()).toEqual(nothingLeft);
  });

  test("goes on within the same run, when an object is done over", async () => {
    await using here = await Interrupted.begin(way);
    const fault = { kind: "reset", at: "before-request" } as const;
    const rule = here.proxy.inject(partRequest[way], fault, { skip: 3, times: 1 });
    const more = { maxParallelUploads: 1, awsMaxAttempts: 1, threads: 0, forceRetryCount: 1 };
    const { summary, count } = await here.run(more);
    expect([rule.hits, summary]).toMatchObject([1, good]);
    expect(count(partRequest[way])).toBe(6);
    // Each part is told once, although it took two tries.
    expect([summary.transferredBytes, summary.keptBytes]).toEqual([content.byteLength, undefined]);
    expect(await here.leftovers()).toEqual(nothingLeft);
  });

  test("begins anew with --no-resume, and what is there stays for another run", async () => {
    await using here = await Interrupted.begin(way);
    await here.interrupt(3);
    const next = await here.run({ noResume: true });
    expect(next.summary).toMatchObject(good);
    expect(next.count(partRequest[way])).toBe(5);
    expect((await here.leftovers()).journals).toBe(1);
  });

  test("of which nothing is noted costs no request", async () => {
    await using here = await Interrupted.begin(way);
    const [{ count }, without] = [
      await here.run(),
      await here.run({ noResume: true, checkSize: true }),
    ];
    expect([count("ListParts"), count(partRequest[way])]).toEqual([0, 5]);
    expect(without.summary.skipped).toBe(1);
  });

  test("begins anew when the parts are to be others, and leaves nothing of the old ones", async () => {
    await using here = await Interrupted.begin(way, false);
    await here.interrupt(3);
    const next = await here.run({ multipartChunksize: 6 * MiB });
    expect(next.summary).toMatchObject(good);
    expect([next.kept, next.count(partRequest[way])]).toEqual([0, 4]);
    expect(await here.found()).toEqual(complete);
    expect(await here.leftovers()).toEqual(nothingLeft);
  });
});

describe.each(ways.slice(1))("an interrupted %s of an object that was written at once", (way) => {
  test("goes on, and its MD5 is still that of all its bytes", async () => {
    await using here = await Interrupted.begin(way, false);
    await here.interrupt(3);
    const next = await here.run();
    expect(next.summary).toMatchObject(good);
    const asked = next.count(partRequest[way]);
    expect(asked).toBe(2);
    expect(next.summary.notVerified + next.summary.etagVerified).toBe(1);
    expect(await here.found()).toEqual(complete);
    expect(await here.leftovers()).toEqual(nothingLeft);
  });
});

describe.each(["upload", "copy", "server-side copy"] as const)("of an interrupted %s", (way) => {
  test("the old upload is aborted when the source has changed", async () => {
    await using here = await Interrupted.begin(way);
    await here.interrupt(3);
    const other = randomBytes("other", content.byteLength);
    if (way === "upload") here.dir.write("from/large", other, secondsAgo(30));
    else await here.from.put("large", other);
    const next = await here.run();
    expect([next.summary, next.kept]).toMatchObject([good, 0]);
    expect(Buffer.from(await here.to.get("large")).equals(other)).toBe(true);
    expect(await here.leftovers()).toEqual(nothingLeft);
  });

  test.each([
    ["a header", { contentType: "text/x" }],
    ["the metadata", { metadata: "a=b" }],
    ["the tagging", { tagging: "a=b" }],
    ["the encryption", { sse: "AES256" }],
  ])("nothing is used when %s is to be other", async (_, more) => {
    await using here = await Interrupted.begin(way);
    await here.interrupt(3);
    const next = await here.run(more as object);
    expect([next.summary, next.kept]).toMatchObject([good, 0]);
    expect(next.count(partRequest[way])).toBe(5);
    expect(await here.leftovers()).toEqual(nothingLeft);
  });

  test("everything is sent again when somebody has aborted the upload", async () => {
    await using here = await Interrupted.begin(way);
    await here.interrupt(3);
    const { Bucket, Key, UploadId } = await uploadOf(here);
    await here.to.client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    const next = await here.run();
    expect([next.summary, next.count(partRequest[way])]).toMatchObject([good, 5]);
    expect(await here.leftovers()).toEqual(nothingLeft);
  });

  test("a part that somebody has replaced is sent again", async () => {
    await using here = await Interrupted.begin(way);
    await here.interrupt(3);
    const Body = randomBytes("forged", partBytes);
    await here.to.client.send(
      new UploadPartCommand({ ...(await uploadOf(here)), PartNumber: 2, Body }),
    );
    const next = await here.run();
    expect([next.summary, next.count(partRequest[way])]).toMatchObject([good, 3]);
    expect(await here.found()).toEqual(complete);
  });
});

async function uploadOf(
  here: Interrupted,
): Promise<{ Bucket: string; Key: string | undefined; UploadId: string | undefined }> {
  const Bucket = here.to.name;
  const { Uploads } = await here.to.client.send(new ListMultipartUploadsCommand({ Bucket }));
  return { Bucket, Key: Uploads?.[0]?.Key, UploadId: Uploads?.[0]?.UploadId };
}

describe("an interrupted upload", () => {
  test("whose last part was not noted knows it by its bytes", async () => {
    await using here = await Interrupted.begin("upload");
    await here.interrupt(3);
    const [journal = ""] = here.dir.files("state");
    const file = here.dir.at("state", journal);
    fs.truncateSync(file, fs.statSync(file).size - 10);
    const next = await here.run();
    expect([next.summary, next.count("UploadPart")]).toMatchObject([good, 2]);
  });

  test("does not trust what the journal says of the source's bytes", async () => {
    await using here = await Interrupted.begin("upload");
    const before = fs.statSync(here.dir.at("from/large"));
    await here.interrupt(3);
    // Other bytes, of the same size and time.
    const other = Buffer.from(content);
    other[0] = (other[0] ?? 0) ^ 1;
    here.dir.write("from/large", other, before.mtime);
    const next = await here.run();
    expect([next.summary, next.count("UploadPart")]).toMatchObject([good, 3]);
    expect(Buffer.from(await here.to.get("large")).equals(other)).toBe(true);
  });

  needing("encrypts with KMS").test(
    "goes on although ETags of encrypted parts are no MD5s: the journal has those",
    async () => {
      await using here = await Interrupted.begin("upload");
      const kms = { sse: "aws:kms", sseKmsKeyId: new Secret("s3sync-key") } as const;
      await here.interrupt(3, kms);
      const next = await here.run(kms);
      expect([next.summary, next.count("UploadPart")]).toMatchObject([good, 2]);
    },
  );

  needing("keeps checksums of whole uploads").test("goes on with checksums as well", async () => {
    await using here = await Interrupted.begin("upload");
    const sums = {
      additionalChecksumAlgorithm: "CRC64NVME",
      disableContentMd5Header: true,
    } as const;
    await here.interrupt(3, sums);
    const next = await here.run(sums);
    expect([next.summary, next.count("UploadPart")]).toMatchObject([
      { ...good, checksumVerified: 1 },
      2,
    ]);
  });
});

describe("an interrupted download", () => {
  const partFile = (here: Interrupted): string =>
    here.dir.at("to", here.dir.files("to").find((name) => name.endsWith(".part")) ?? "?");

  test.each([
    [
      "a part that is not what it was when it was finished",
      3,
      (file: string): void => {
        const descriptor = fs.openSync(file, "r+");
        fs.writeSync(descriptor, "x", partBytes + 5);
        fs.closeSync(descriptor);
      },
    ],
    [
      "parts that did not reach the disk",
      4,
      (file: string): void => fs.truncateSync(file, partBytes + 5),
    ],
    ["everything when the file is gone", 5, (file: string): void => fs.rmSync(file)],
    [
      "everything when a link is in its place",
      5,
      (file: string): void => {
        fs.renameSync(file, `${file}.moved`);
        fs.symlinkSync(`${file}.moved`, file);
      },
    ],
    [
      "everything when it has another name, too",
      5,
      (file: string): void => fs.linkSync(file, `${file}.too`),
    ],
  ])("asks again for %s", async (_, asked, damage) => {
    await using here = await Interrupted.begin("download");
    await here.interrupt(3);
    damage(partFile(here));
    const next = await here.run();
    expect([next.summary, next.count("GetObject")]).toMatchObject([
      { ...good, etagVerified: 1 },
      asked,
    ]);
    expect(await here.found()).toMatchObject(complete);
  });

  test("is thrown away when the object has changed", async () => {
    await using here = await Interrupted.begin("download");
    await here.interrupt(3);
    await here.from.put("large", randomBytes("new", 12 * MiB));
    const next = await here.run();
    expect([next.summary, next.kept]).toMatchObject([good, 0]);
    expect(here.dir.files("to")).toEqual(["large"]);
    expect(await here.leftovers()).toEqual(nothingLeft);
  });
});

test("without a directory for journals everything is sent, and that is said once", async () => {
  await using here = await Interrupted.begin("upload");
  here.dir.write("from/large too", content);
  here.dir.write("file", "x");
  const { summary, events } = await here.run({ stateDir: here.dir.at("file", "state") });
  expect(summary).toMatchObject({ transferredObjects: 2, errors: 0, warnings: 0 });
  const message = expect.stringMatching(/^no journal can be kept.*--state-dir/);
  // The directory was named: the user wants to hear of it, without -v.
  expect(events.filter(({ type }) => type === "notice")).toEqual([
    { type: "notice", message, isDoubtful: true },
  ]);
});

describe("the user's stop", () => {
  /** Stops an upload when its first part has arrived: what it remarks. */
  async function stopped(more: Partial<ConfigInput>): Promise<string[]> {
    await using bucket = await TestBucket.create();
    using dir = new TempDir();
    dir.write("from/large", content);
    const stop = new AbortController();
    const said: string[] = [];
    const onEvent = (event: SyncEvent): void => {
      if (event.type === "moved") stop.abort();
      if (event.type === "notice" && event.isDoubtful === true) said.push(event.message);
    };
    const input = { source: dir.at("from"), target: bucket.url(), ...bucket.side("target") };
    const how = { multipartChunksize: 5 * MiB, maxParallelUploads: 1, stateDir: dir.at("state") };
    await sync({ ...input, ...how, ...more }, { onEvent, signal: stop.signal });
    return said;
  }

  test("says what it throws away, and how that can be kept", async () => {
    expect(await stopped({})).toEqual([
      "1 large object was on the way, and the parts that had arrived are thrown away: --keep-partial leaves them to the next run",
    ]);
  });

  test.each([{ keepPartial: true }, { noResume: true }])(
    "with %j says nothing of that",
    async (more) => {
      expect(await stopped(more)).toEqual([]);
    },
  );
});
