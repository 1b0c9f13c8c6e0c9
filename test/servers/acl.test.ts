/**
 * `--copy-acl`, on moto: MinIO has no rights but the owner's.
 *
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";

import { GetObjectAclCommand, PutObjectAclCommand } from "@aws-sdk/client-s3";

import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { heardCopy } from "../support/heard-copy.ts";
import type { RunningServer } from "../support/minio-server.ts";
import { hasServer, startOther } from "../support/other-servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { secondsAgo } from "../support/trees.ts";

const everybody = "http://acs.amazonaws.com/groups/global/AllUsers";
const timeoutMs = 60_000;

describe.skipIf(!hasServer("moto"))("--copy-acl", () => {
  let server: RunningServer;
  let bucket: TestBucket;
  beforeAll(async () => {
    server = await startOther("moto");
  }, timeoutMs);
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    bucket = await TestBucket.create(server);
  });

  const run = (more: Partial<ConfigInput>): ReturnType<typeof heardCopy> => heardCopy(bucket, more);

  /** `FULL_CONTROL owner`, `READ URI`… */
  async function rightsOf(key: string): Promise<string[]> {
    const command = new GetObjectAclCommand({ Bucket: bucket.name, Key: key });
    const { Owner, Grants = [] } = await bucket.client.send(command);
    return Grants.map(({ Grantee, Permission }) => {
      const who = Grantee?.URI ?? (Grantee?.ID === Owner?.ID ? "owner" : Grantee?.ID);
      return `${Permission} ${who}`;
    }).toSorted();
  }

  /** Gives the rights of the owner and of another account. */
  async function grantTo(key: string, other: string): Promise<void> {
    const at = { Bucket: bucket.name, Key: key };
    const { Owner } = await bucket.client.send(new GetObjectAclCommand(at));
    const grants = { GrantFullControl: `id="${Owner?.ID}"`, GrantReadACP: `id="${other}"` };
    await bucket.client.send(new PutObjectAclCommand({ ...at, ...grants }));
  }

  // Not in parts: moto answers with 500 when asked for the rights to an object that came in parts.
  test.each([
    ["sent", {}],
    ["copied on the server", { serverSideCopy: true }],
  ])("copies the rights of others along with what is %s", async (_, more) => {
    await bucket.put("p/a", "x", { ACL: "public-read" });
    await bucket.put("p/b", "x");
    await grantTo("p/b", "somebody");
    const { summary } = await run({ copyAcl: true, ...more });
    expect(summary).toMatchObject({ transferredObjects: 2, errors: 0, warnings: 0 });
    expect(await rightsOf("q/a")).toEqual(["FULL_CONTROL owner", `READ ${everybody}`]);
    expect(await rightsOf("q/b")).toEqual(["FULL_CONTROL owner", "READ_ACP somebody"]);
  });

  test("asks once about an object that is private", async () => {
    await bucket.put("p/a", "x");
    const { summary } = await run({ copyAcl: true });
    expect(summary.traffic.requests).toMatchObject({ GetObjectAcl: 1 });
    expect(summary.traffic.requests["PutObjectAcl"]).toBeUndefined();
  });

  test("copies none without it", async () => {
    await bucket.put("p/a", "x", { ACL: "public-read" });
    const { summary } = await run({});
    expect(await rightsOf("q/a")).toEqual(["FULL_CONTROL owner"]);
    expect(summary.traffic.requests["GetObjectAcl"]).toBeUndefined();
  });

  test("with --sync-latest-metadata gives and takes rights where the contents are the same", async () => {
    await bucket.put("p/a", "x", { ACL: "public-read" });
    await bucket.put("p/b", "x");
    await bucket.put("q/a", "x");
    await bucket.put("q/b", "x", { ACL: "public-read" });
    const input = { copyAcl: true, syncLatestMetadata: true };
    const dry = await run({ ...input, dryRun: true });
    expect(dry.summary.transferredObjects).toBe(2);
    expect(await rightsOf("q/a")).toEqual(["FULL_CONTROL owner"]);
    const { summary, events } = await run(input);
    expect(summary).toMatchObject({ transferredObjects: 2, transferredBytes: 0, errors: 0 });
    const told = events.flatMap((event) => (event.type === "synced" ? [event.only] : []));
    expect(told).toEqual(["acl", "acl"]);
    expect(await rightsOf("q/a")).toEqual(["FULL_CONTROL owner", `READ ${everybody}`]);
    expect(await rightsOf("q/b")).toEqual(["FULL_CONTROL owner"]);
    expect((await run(input)).summary).toMatchObject({ transferredObjects: 0, skipped: 2 });
  });

  test("what --sync-latest-metadata rewrites keeps the rights that it has", async () => {
    using dir = new TempDir();
    await bucket.put("q/a", "x", { ACL: "public-read", CacheControl: "no-store" });
    dir.write("a", "x", secondsAgo(60));
    const settings = { checkSize: true, syncLatestMetadata: true, cacheControl: "no-cache" };
    const places = { source: dir.path, target: bucket.url("q/") };
    const summary = await sync({ ...places, ...bucket.side("target"), ...settings });
    expect(summary).toMatchObject({ transferredObjects: 1, errors: 0 });
    expect((await bucket.head("q/a")).CacheControl).toBe("no-cache");
    expect(await rightsOf("q/a")).toEqual(["FULL_CONTROL owner", `READ ${everybody}`]);
  });

  test("warns where the target cannot have such rights, and has copied the object", async () => {
    await using other = await TestBucket.create();
    await bucket.put("p/a", "x", { ACL: "public-read" });
    const { summary, events } = await run({
      ...{ copyAcl: true, target: other.url("q/"), ...other.side("target") },
    });
    expect(summary).toMatchObject({ transferredObjects: 1, warnings: 1, errors: 0 });
    const warning = events.find((event) => event.type === "warning");
    expect(warning).toMatchObject({ key: "a", error: { code: "unsupported" } });
    expect(await other.keys()).toEqual(["q/a"]);
  });
});
