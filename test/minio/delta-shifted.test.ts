/**
 * What is inserted, cut out or moved in a large file shifts bytes. With an index they are found all the same, and only the
 * parts that hold a change are sent.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { GiB } from "../../src/core/bytes.ts";
import { summaryLine } from "../../src/report/summary-line.ts";
import { needing } from "../support/capabilities.ts";
import { isNightly } from "../support/moments.ts";
import { digest, etagOf, MiB, randomBytes } from "../support/trees.ts";
import { changedAt, DeltaPair, partBytes } from "./delta-pair.ts";

/** A trial copy is given up: the object that it is taken from has to outlive that. */
const copying = needing("keeps what is there when an upload is given up");

/** Four parts and a short one. */
const old = randomBytes("shifted", 4 * partBytes + 300_000);
const good = { transferredObjects: 1, errors: 0, warnings: 0, notVerified: 0, etagVerified: 1 };

/** How a file changes, and how many of its parts are sent then. */
interface Change {
  readonly to: Uint8Array;
  readonly sent: number;
}

const changes: readonly (readonly [string, Change])[] = [
  ["got a byte at its front", { to: joined(Buffer.from("!"), old), sent: 1 }],
  ["lost its first thousand bytes", { to: old.subarray(1000), sent: 0 }],
  [
    "got bytes in the middle, and was changed elsewhere",
    { to: inserted(changedAt(old, partBytes + 7), 2 * partBytes + 9, "more"), sent: 2 },
  ],
  ["lost bytes in the middle", { to: without(old, partBytes + 70_000, 12_345), sent: 1 }],
  [
    "got bytes at two places",
    { to: inserted(inserted(old, 3 * partBytes, "later"), partBytes, "sooner"), sent: 2 },
  ],
  [
    "has two blocks in another order",
    // Parts that hold the end of one and the beginning of the other.
    { to: swapped(old, 2 * partBytes + 1000), sent: 1 },
  ],
  ["was truncated within a part", { to: old.subarray(0, 2 * partBytes + 500_000), sent: 0 }],
];

copying.describe.each(changes)("a file that %s", (_, { to, sent }) => {
  test("goes up with the parts that hold what is new", async () => {
    await using pair = await DeltaPair.create();
    const index = pair.at("index");
    await pair.up(old, { index });
    const { summary, count, bodyBytes, notices } = await pair.up(to, { index });
    expect([notices, summary]).toMatchObject([[], good]);
    expect(count("UploadPart")).toBe(sent);
    expect(bodyBytes).toBe(summary.transferredBytes);
    expect(summary.transferredBytes + (summary.reusedBytes ?? 0)).toBe(to.byteLength);
    expect(await pair.object()).toBe(digest(to));
    // Its parts are as long as ever: whoever checks it later makes the same ETag.
    expect(await pair.etag()).toBe(etagOf(to, partBytes));
    expect((await pair.up(to, { delta: false })).summary).toMatchObject({ skipped: 1 });
    expect(await pair.bucket.openUploads()).toBe(0);
  });
});

copying.test("run after run, bytes are found that were copied before", async () => {
  await using pair = await DeltaPair.create();
  const index = pair.at("index");
  let content: Uint8Array = old;
  await pair.up(content, { index });
  for (const place of [0, 3 * partBytes + 5, 20]) {
    content = inserted(content, place, `at ${place}`);
    const { summary, count } = await pair.up(content, { index });
    expect(summary).toMatchObject(good);
    expect(count("UploadPart")).toBe(1);
    expect(await pair.object()).toBe(digest(content));
  }
});

test("without an index, all that follows is sent", async () => {
  await using pair = await DeltaPair.create();
  await pair.up(old);
  const { summary, count } = await pair.up(joined(Buffer.from("!"), old));
  expect(summary).toMatchObject(good);
  expect(count("UploadPart")).toBe(5);
});

/** Every night 1 GiB: that takes a minute, and 5 GiB of memory. */
const [size, shown] = isNightly ? [GiB, "1.00 GiB"] : [96 * MiB, "96.00 MiB"];

describe(`of ${shown} with one byte inserted at the front`, () => {
  copying.test(
    "one part of 8 MiB goes up, and the byte that is over",
    async () => {
      await using pair = await DeltaPair.create();
      const parts = { multipartThreshold: 8 * MiB, multipartChunksize: 8 * MiB };
      const more = { ...parts, index: pair.at("index") };
      const content = randomBytes("much", size + 1);
      await pair.up(content.subarray(1), more);
      const { summary, count, bodyBytes } = await pair.up(content, more);
      expect([bodyBytes, count("UploadPart")]).toEqual([8 * MiB + 1, 2]);
      // One copy is a question: whether the server copies into uploads with checksums.
      expect(count("UploadPartCopy")).toBe(size / (8 * MiB));
      expect(summary).toMatchObject({ ...good, reusedBytes: size - 8 * MiB });
      expect(summaryLine(summary)).toContain(`sent 8.00 MiB of ${shown}`);
      expect(await pair.etag()).toBe(etagOf(content, 8 * MiB));
    },
    600_000,
  );
});

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(pieces);
}

function inserted(content: Uint8Array, at: number, text: string): Uint8Array {
  return joined(content.subarray(0, at), Buffer.from(text), content.subarray(at));
}

function without(content: Uint8Array, from: number, length: number): Uint8Array {
  return joined(content.subarray(0, from), content.subarray(from + length));
}

/** What lies behind a place comes first. */
function swapped(content: Uint8Array, at: number): Uint8Array {
  return joined(content.subarray(at), content.subarray(0, at));
}
