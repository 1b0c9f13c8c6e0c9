/**
 * Large files that changed in part: only the parts that differ are sent, and what comes out is the whole.
 *
 * @module
 */
import { expect } from "bun:test";

import { GiB } from "../../src/core/bytes.ts";
import { summaryLine } from "../../src/report/summary-line.ts";
import { needing } from "../support/capabilities.ts";
import { isNightly } from "../support/moments.ts";
import { digest, etagOf, MiB, randomBytes } from "../support/trees.ts";
import { changedAt, DeltaPair, partBytes } from "./delta-pair.ts";

/** Without an index it is the server that tells which parts differ. */
const { describe, test } = needing("lists parts with their checksums");

/** Three parts and a short one. */
const old = randomBytes("delta", 3 * partBytes + 1000);
const good = { transferredObjects: 1, errors: 0, warnings: 0, notVerified: 0, etagVerified: 1 };

/** How a file changes, and how many of its parts are sent up and fetched then. */
interface Change {
  readonly to: Uint8Array;
  readonly up: number;
  readonly copied: number;
  readonly down: number;
}

const changes: readonly (readonly [string, Change])[] = [
  ["changed in the middle", { to: changedAt(old, partBytes + 7), up: 1, copied: 3, down: 1 }],
  ["changed at its ends", { to: changedAt(old, 0, old.length - 1), up: 2, copied: 2, down: 2 }],
  ["appended to", { to: longer(2000), up: 1, copied: 3, down: 1 }],
  ["grown by two parts", { to: longer(2 * partBytes), up: 3, copied: 3, down: 3 }],
  // The file's part begins with the bytes of the object's.
  ["truncated", { to: old.slice(0, 2 * partBytes + 10), up: 1, copied: 2, down: 0 }],
  ["truncated where a part ends", { to: old.slice(0, 2 * partBytes), up: 0, copied: 2, down: 0 }],
  ["changed as a whole", { to: randomBytes("other", old.length), up: 4, copied: 0, down: 4 }],
];

describe.each(changes)("a file that was %s", (_, { to, up, copied, down }) => {
  test("goes up with the parts that differ", async () => {
    await using pair = await DeltaPair.create();
    await pair.up(old);
    const { summary, count, bodyBytes, notices } = await pair.up(to);
    expect([notices, summary]).toMatchObject([[], good]);
    // One copy is a question: whether the server copies into uploads with checksums.
    expect([count("UploadPart"), count("UploadPartCopy")]).toEqual([up, copied + 1]);
    expect(bodyBytes).toBe(summary.transferredBytes);
    expect(summary.transferredBytes + (summary.reusedBytes ?? 0)).toBe(to.byteLength);
    expect(await pair.object()).toBe(digest(to));
    expect(await pair.etag()).toBe(etagOf(to, partBytes));
    expect(await pair.bucket.openUploads()).toBe(0);
  });

  test("comes down with the parts that differ", async () => {
    await using pair = await DeltaPair.create();
    await pair.up(to);
    const { summary, count } = await pair.down(old);
    expect(summary).toMatchObject({ ...good, checksumVerified: 1 });
    expect(count("GetObject")).toBe(down);
    expect(summary.transferredBytes + (summary.reusedBytes ?? 0)).toBe(to.byteLength);
    expect(pair.file()).toBe(digest(to));
    expect(pair.filesDown()).toEqual(["large"]);
  });
});

function longer(by: number): Uint8Array {
  return Buffer.concat([old, randomBytes("more", by)]);
}

/** Every night 1 GiB. */
const [size, shown] = isNightly ? [GiB, "1.00 GiB"] : [96 * MiB, "96.00 MiB"];

describe(`of ${shown} with three places changed`, () => {
  test("the three parts that hold them go up, and the summary tells so", async () => {
    const content = randomBytes("delta, large", size);
    const chunk = { multipartThreshold: 8 * MiB, multipartChunksize: 8 * MiB };
    await using pair = await DeltaPair.create();
    await pair.up(content, chunk);
    // Where they are: a copy is another GiB.
    for (const place of [7, size / 2, size - 1]) content[place] = 255 - (content[place] ?? 0);
    const { summary, count, bodyBytes } = await pair.up(content, chunk);
    // One copy is a question: whether the server copies into uploads with checksums.
    const copies = size / (8 * MiB) - 3 + 1;
    expect([bodyBytes, count("UploadPart"), count("UploadPartCopy")]).toEqual([
      ...[24 * MiB, 3, copies],
    ]);
    expect(count("GetObjectAttributes")).toBe(1);
    expect(summary).toMatchObject({ reusedBytes: size - 24 * MiB, transferredBytes: 24 * MiB });
    expect(summaryLine(summary)).toContain(`sent 24.00 MiB of ${shown}`);
    expect(await pair.etag()).toBe(etagOf(content, 8 * MiB));
  }, 600_000);
});
