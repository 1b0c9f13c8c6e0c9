/**
 * --delta on servers that do not refuse to copy parts into uploads with checksums, unlike MinIO. moto does it as Amazon S3
 * does, versitygw with a wrong checksum. Neither tells the checksums of parts: the index knows them.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { changedAt, DeltaPair, partBytes } from "../minio/delta-pair.ts";
import { hasServer, startOther } from "../support/other-servers.ts";
import { digest, randomBytes } from "../support/trees.ts";

type Running = Awaited<ReturnType<typeof startOther>>;

/** Three parts and a short one. */
const old = randomBytes("delta", 3 * partBytes + 1000);
const changed = changedAt(old, partBytes + 7);
const good = { transferredObjects: 1, errors: 0, warnings: 0, etagVerified: 1 };
const timeoutMs = 60_000;

let server: Running;

/** The index tells which parts have changed. */
async function expectChangesSent(pair: DeltaPair): Promise<void> {
  const index = pair.at("index");
  await pair.up(old, { index });
  const again = changedAt(changed, 2 * partBytes + 7);
  for (const content of [changed, again]) {
    const { summary, notices } = await pair.up(content, { index });
    expect([notices, summary]).toMatchObject([[], { ...good, transferredBytes: partBytes }]);
    expect(await pair.object()).toBe(digest(content));
  }
}

/** Nothing tells which parts have changed. */
async function expectAllSent(pair: DeltaPair, ways: readonly ("up" | "down")[]): Promise<void> {
  await pair.up(old);
  for (const way of ways) {
    const { summary, notices } = await (way === "up" ? pair.up(changed) : pair.down(old));
    expect(summary).toMatchObject({ ...good, transferredBytes: changed.byteLength });
    expect(notices).toEqual([expect.stringContaining("--index remembers them")]);
  }
  expect(await pair.object()).toBe(digest(changed));
}

function withServer(name: "versitygw" | "moto"): void {
  beforeAll(async () => {
    server = await startOther(name);
  }, timeoutMs);
  afterAll(() => server[Symbol.asyncDispose]());
}

describe.skipIf(!hasServer("moto"))("moto (needs moto)", () => {
  withServer("moto");

  // Not down: the checksum that it shows of an object in parts is not that of its parts.
  test(
    "changes go up run after run",
    async () => {
      await using pair = await DeltaPair.create(server);
      await expectChangesSent(pair);
    },
    timeoutMs,
  );

  test(
    "without an index all is sent each time, and a notice says why",
    async () => {
      await using pair = await DeltaPair.create(server);
      await expectAllSent(pair, ["up"]);
    },
    timeoutMs,
  );
});

describe.skipIf(!hasServer("versitygw"))("versitygw (needs versitygw)", () => {
  withServer("versitygw");

  // Into an upload with checksums it copies a part with that of the whole old object.
  test(
    "changes go up run after run, in uploads without checksums",
    async () => {
      await using pair = await DeltaPair.create(server);
      await expectChangesSent(pair);
      expect(await pair.bucket.openUploads()).toBe(0);
    },
    timeoutMs,
  );

  test(
    "without an index all is sent each time, and a notice says why",
    async () => {
      await using pair = await DeltaPair.create(server);
      await expectAllSent(pair, ["up", "down"]);
      expect(pair.file()).toBe(digest(changed));
    },
    timeoutMs,
  );
});
