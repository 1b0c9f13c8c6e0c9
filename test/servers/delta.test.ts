/**
 * --delta on servers that copy parts into uploads with checksums, as Amazon S3 does, and unlike MinIO. They do not tell the
 * checksums of parts: the index knows them.
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
const timeoutMs = 20_000;

let server: Running;

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
      const index = pair.at("index");
      await pair.up(old, { index });
      const again = changedAt(changed, 2 * partBytes + 7);
      for (const content of [changed, again]) {
        const { summary, notices } = await pair.up(content, { index });
        expect([notices, summary]).toMatchObject([[], { ...good, transferredBytes: partBytes }]);
        expect(await pair.object()).toBe(digest(content));
      }
    },
    timeoutMs,
  );
});

describe.skipIf(!hasServer("versitygw"))("versitygw (needs versitygw)", () => {
  withServer("versitygw");

  // It says the checksum of the whole old object.
  test(
    "all is sent where the checksum of a copy is not that of its bytes, and a notice says so",
    async () => {
      await using pair = await DeltaPair.create(server);
      const index = pair.at("index");
      await pair.up(old, { index });
      const { summary, notices } = await pair.up(changed, { index });
      expect(summary).toMatchObject({ ...good, transferredBytes: changed.byteLength });
      expect(notices.join()).toContain("does not say that its copies are what was sent");
      expect(await pair.object()).toBe(digest(changed));
    },
    timeoutMs,
  );
});
