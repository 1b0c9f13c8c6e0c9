/**
 * What an index tells of shifted bytes is only a hint: whatever it says, the object is the file in the end.
 *
 * @module
 */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import fs from "node:fs";

import { needing } from "../support/capabilities.ts";
import { digest, etagOf, randomBytes } from "../support/trees.ts";
import { changedAt, DeltaPair, partBytes, type Sent } from "./delta-pair.ts";

/** Three parts and a short one. */
const old = randomBytes("shifted", 3 * partBytes + 300_000);
const shifted = Buffer.concat([Buffer.from("!"), old]);
const good = { transferredObjects: 1, errors: 0, warnings: 0, notVerified: 0, etagVerified: 1 };

/** Sends a file, meddles with what is known of it, and sends what became of it. */
async function upTwice(
  pair: DeltaPair,
  meddle: (index: string) => void | Promise<void>,
): Promise<Sent> {
  const index = pair.at("index");
  await pair.up(old, { index });
  await meddle(index);
  const sent = await pair.up(shifted, { index });
  expect(sent.summary).toMatchObject(good);
  expect(await pair.object()).toBe(digest(shifted));
  expect(await pair.etag()).toBe(etagOf(shifted, partBytes));
  expect(await pair.bucket.openUploads()).toBe(0);
  return sent;
}

function change(index: string, sql: string, ...values: readonly (string | Uint8Array)[]): void {
  using database = new Database(index);
  expect(database.query(sql).run(...values).changes).toBe(1);
}

function signatures(index: string): Uint8Array {
  using database = new Database(index);
  const row = database.query<{ signatures: Uint8Array }, []>("SELECT signatures FROM blocks").get();
  return row?.signatures ?? new Uint8Array();
}

/** What becomes of the signatures of the blocks that are known. */
const losses: readonly (readonly [string, (index: string) => void])[] = [
  ["are lost", (index) => change(index, "DELETE FROM blocks")],
  [
    "are too few",
    (index) => change(index, "UPDATE blocks SET signatures = ?", signatures(index).subarray(12)),
  ],
  [
    "are garbage",
    (index) =>
      change(index, "UPDATE blocks SET signatures = ?", randomBytes("x", signatures(index).length)),
  ],
  [
    "are of another version of the object",
    (index) => change(index, "UPDATE blocks SET etag = ?", `${"0".repeat(32)}-4`),
  ],
  [
    "are said to be of longer blocks",
    (index) => change(index, "UPDATE blocks SET block = block * 2"),
  ],
];

describe.each(losses)("signatures that %s", (_, lose) => {
  test("find nothing, and everything is sent", async () => {
    await using pair = await DeltaPair.create();
    const { count } = await upTwice(pair, lose);
    expect(count("UploadPart")).toBe(4);
    expect(signatures(pair.at("index")).length).toBeGreaterThan(0);
  });
});

needing("keeps what is there when an upload is given up").test(
  "signatures that lie about where bytes are cost a copy that does not count",
  async () => {
    await using pair = await DeltaPair.create();
    const { count, summary, notices } = await upTwice(pair, (index) => {
      // The first part has the signatures of the second one, and the other way round.
      const all = Buffer.from(signatures(index));
      const length = Math.floor(partBytes / 65_536) * 12;
      const [first, second] = [all.subarray(0, length), all.subarray(length, 2 * length)];
      const others = Buffer.concat([second, first, all.subarray(2 * length)]);
      change(index, "UPDATE blocks SET signatures = ?", others);
    });
    expect(notices).toEqual([]);
    expect(count("UploadPart")).toBeGreaterThan(1);
    expect(summary.transferredBytes + (summary.reusedBytes ?? 0)).toBe(shifted.length);
  },
);

test("bytes of another object in its place are not taken for the ones that were known", async () => {
  await using pair = await DeltaPair.create();
  const { count } = await upTwice(pair, async () => {
    await pair.bucket.put("large", changedAt(old, 3 * partBytes));
  });
  expect([count("UploadPart"), count("UploadPartCopy")]).toEqual([4, 0]);
});

needing("keeps what is there when an upload is given up").test(
  "an object that is replaced while it is copied from gives no further byte",
  async () => {
    await using pair = await DeltaPair.create();
    const index = pair.at("index");
    await pair.up(old, { index });
    // The first copy asks whether the server copies at all.
    const gate = pair.proxy.hold("UploadPartCopy", "request", { skip: 2 });
    const running = pair.up(shifted, { index, maxParallelUploads: 1, threads: 0 });
    await gate.reached;
    await pair.bucket.put("large", changedAt(old, partBytes, 2 * partBytes, 3 * partBytes));
    gate.open();
    const { summary, count, notices } = await running;
    expect([notices, summary]).toMatchObject([[], good]);
    expect(count("UploadPart")).toBe(3);
    expect(await pair.object()).toBe(digest(shifted));
  },
);

test("a file that changes while its parts are found is sent as it is in the end", async () => {
  await using pair = await DeltaPair.create();
  const index = pair.at("index");
  await pair.up(old, { index });
  const gate = pair.proxy.hold("UploadPartCopy", "request", { skip: 1 });
  const once = { forceRetryCount: 2, forceRetryIntervalMilliseconds: 1 };
  const running = pair.up(shifted, { index, maxParallelUploads: 1, threads: 0, ...once });
  await gate.reached;
  const later = Buffer.concat([Buffer.from("?"), shifted]);
  fs.writeFileSync(pair.at("up/large"), later);
  gate.open();
  const { summary } = await running;
  expect(summary).toMatchObject({ transferredObjects: 1, errors: 0, warnings: 0 });
  expect(await pair.object()).toBe(digest(later));
});

test("a server that copies other bytes than it was asked for is found out", async () => {
  await using pair = await DeltaPair.create();
  const index = pair.at("index");
  await pair.up(old, { index });
  const rule = pair.proxy.inject(
    "UploadPartCopy",
    { kind: "rewrite", rewrite: (answer) => ({ ...answer, body: otherETag(answer.body) }) },
    { skip: 1 },
  );
  const { summary, count } = await pair.up(shifted, { index });
  expect(rule.hits).toBeGreaterThan(0);
  expect(summary).toMatchObject({ ...good, transferredBytes: shifted.length });
  expect(count("UploadPart")).toBe(4);
  expect(await pair.object()).toBe(digest(shifted));
});

// After an answer that is lost the index knows nothing of the object: the server has to tell of its parts.
needing("lists parts with their checksums").test(
  "an upload that was interrupted goes on, and its parts are found in a later run",
  async () => {
    await using pair = await DeltaPair.create();
    const index = pair.at("index");
    await pair.up(old, { index });
    const reset = { kind: "reset", at: "before-request" } as const;
    const rule = pair.proxy.inject("UploadPartCopy", reset, { skip: 3 });
    const one = { index, maxParallelUploads: 1, threads: 0, forceRetryCount: 0 };
    expect((await pair.up(shifted, one)).summary.errors).toBe(1);
    rule.remove();
    const { summary, count } = await pair.up(shifted, one);
    expect(summary).toMatchObject({ ...good, keptBytes: 3 * partBytes });
    expect(count("UploadPart")).toBe(0);
    expect(await pair.object()).toBe(digest(shifted));
    const again = Buffer.concat([Buffer.from("?"), shifted]);
    expect((await pair.up(again, { index })).count("UploadPart")).toBe(1);
    expect(await pair.object()).toBe(digest(again));
  },
);

/** In the place of the one that the answer has, and as long. */
function otherETag(body: Buffer): Buffer {
  const text = body.toString("latin1").replace(/[0-9a-f]{32}/, "0123456789abcdef".repeat(2));
  return Buffer.from(text, "latin1");
}
