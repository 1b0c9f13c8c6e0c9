/**
 * A user who may do what the README's two policies say, and nothing else.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";
import fs from "node:fs";
import path from "node:path";

import { check, type ConfigInput, Secret, type Summary, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { Account, hasAccounts, type Statement } from "../support/minio-admin.ts";
import { httpServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { fileDigests, MiB, plant, randomBytes } from "../support/trees.ts";
import { uploadParts } from "../support/upload-parts.ts";

const readme = fs.readFileSync(path.join(import.meta.dir, "../../README.md"), "utf8");

/** The actions that a policy in the README allows; those for directory buckets MinIO does not know. */
function actionsOf(policy: "source" | "target"): string[] {
  const heading = `Policy for the ${policy}`;
  const [, text = ""] = new RegExp(`${heading}[^]*?\`\`\`json\\n([^]*?)\`\`\``).exec(readme) ?? [];
  const { Statement: statements } = JSON.parse(text) as { Statement: Statement[] };
  return statements
    .flatMap(({ Action }) => Action)
    .filter((action) => !action.startsWith("s3express:"));
}

function allow(bucket: TestBucket, actions: readonly string[]): Statement {
  const arn = `arn:aws:s3:::${bucket.name}`;
  return { Effect: "Allow", Action: actions, Resource: [arn, `${arn}/*`] };
}

/** Two buckets, and a user with a policy for each. */
class Guest implements AsyncDisposable {
  private readonly stack = new AsyncDisposableStack();

  private constructor(
    readonly account: Account,
    readonly from: TestBucket,
    readonly to: TestBucket,
    readonly proxy: FaultProxy,
  ) {
    for (const each of [account, proxy]) this.stack.use(each);
  }

  static async create(): Promise<Guest> {
    const [from, to] = [await TestBucket.create(), await TestBucket.create()];
    const policy = [allow(from, actionsOf("source")), allow(to, actionsOf("target"))];
    const proxy = await FaultProxy.start(httpServer());
    return new Guest(await Account.create(policy), from, to, proxy);
  }

  sync(source: string, target: string, more: Partial<ConfigInput> = {}): Promise<Summary> {
    const { accessKeyId, secretAccessKey } = this.account.server;
    return sync({
      source,
      target,
      accessKey: new Secret(accessKeyId),
      secretAccessKey: new Secret(secretAccessKey),
      endpointUrl: this.proxy.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      ...more,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack[Symbol.asyncDispose]();
  }
}

const parts = { multipartThreshold: 5 * MiB, multipartChunksize: 5 * MiB };
const good = { warnings: 0, errors: 0, notVerified: 0 };

describe.skipIf(!hasAccounts)("with the policies of the README (needs a MinIO of ours)", () => {
  test("objects go up, across and down, large and small, with tags, checksums and deletes", async () => {
    await using guest = await Guest.create();
    const { from, to, account, proxy } = guest;
    const large = randomBytes("guest", 11 * MiB);
    using dir = new TempDir();
    plant(dir, { "a.txt": "text", "sub/b": "more" });
    dir.write("large", large);
    // Up needs the rights of a target.
    await to.put("gone", "x");
    const up = await guest.sync(dir.path, to.url(), {
      ...parts,
      delete: true,
      tagging: "a=1",
      additionalChecksumAlgorithm: "SHA256",
      checkEtag: true,
      readBackVerify: true,
    });
    expect(up).toMatchObject({ ...good, transferredObjects: 3, deleted: 1 });
    await from.put("a.txt", "text", { Tagging: "k=v" });
    await from.put("large", large);
    const across = { autoChunksize: true, enableAdditionalChecksum: true };
    for (const serverSideCopy of [false, true]) {
      const target = to.url(`${serverSideCopy}/`);
      const summary = await guest.sync(from.url(), target, { ...across, serverSideCopy });
      expect(summary).toMatchObject({ ...good, transferredObjects: 2 });
    }
    using back = new TempDir();
    expect(await guest.sync(to.url(), back.path)).toMatchObject({ ...good, transferredObjects: 7 });
    expect(fileDigests(back.path)).toMatchObject(fileDigests(dir.path));
    expect(account.server.accessKeyId).toStartWith("user-");
    // Nothing was even asked that they may not do.
    expect(proxy.requests.filter(({ operation }) => operation === "other")).toEqual([]);
  });

  test.each([
    ["up", ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListBucket", "s3:DeleteObject"]],
    ["down", ["s3:GetObject", "s3:ListBucket"]],
  ])("a plain run %s needs less still", async (way, actions) => {
    const bucket = await TestBucket.create();
    await using account = await Account.create([allow(bucket, actions)]);
    using dir = new TempDir();
    if (way === "up") {
      plant(dir, { a: "text" });
      dir.write("large", randomBytes("guest", 11 * MiB));
    }
    await bucket.put("a", "other");
    await bucket.put("large", randomBytes("guest", 10 * MiB));
    await bucket.put("gone", "x");
    const ends = { source: dir.path, target: bucket.url() };
    const { accessKeyId, secretAccessKey } = account.server;
    const summary = await sync({
      ...(way === "up" ? ends : { source: ends.target, target: ends.source }),
      ...bucket.side(way === "up" ? "target" : "source"),
      [way === "up" ? "targetAccessKey" : "sourceAccessKey"]: new Secret(accessKeyId),
      [way === "up" ? "targetSecretAccessKey" : "sourceSecretAccessKey"]: new Secret(
        secretAccessKey,
      ),
      ...parts,
      delete: true,
    });
    expect(summary).toMatchObject({ ...good, transferredObjects: way === "up" ? 2 : 3 });
  });

  test("a check only reads", async () => {
    await using bucket = await TestBucket.create();
    await using account = await Account.create([allow(bucket, ["s3:GetObject", "s3:ListBucket"])]);
    for (const prefix of ["one/", "other/"]) {
      await bucket.put(`${prefix}a`, "text", { ServerSideEncryption: "aws:kms" });
      await uploadParts(bucket, `${prefix}large`, [
        randomBytes("guest", 5 * MiB),
        randomBytes("rest", 9),
      ]);
    }
    const { accessKeyId, secretAccessKey } = account.server;
    const counts = [];
    for (const readData of [false, true]) {
      const { check: found, errors } = await check({
        ...{ source: bucket.url("one/"), target: bucket.url("other/"), readData },
        ...{ ...bucket.side("source"), ...bucket.side("target") },
        ...{ sourceAccessKey: undefined, sourceSecretAccessKey: undefined },
        ...{ targetAccessKey: undefined, targetSecretAccessKey: undefined },
        accessKey: new Secret(accessKeyId),
        secretAccessKey: new Secret(secretAccessKey),
      });
      expect(errors).toBe(0);
      counts.push(found?.same);
    }
    expect(counts).toEqual([
      { empty: 0, etag: 1, checksum: 1, bytes: 0 },
      { empty: 0, etag: 0, checksum: 0, bytes: 2 },
    ]);
  });

  test("what they may not write is told as that", async () => {
    await using guest = await Guest.create();
    using dir = new TempDir();
    dir.write("a", "x");
    expect(await guest.sync(dir.path, guest.from.url())).toMatchObject({
      transferredObjects: 0,
      warnings: 1,
    });
  });
});
