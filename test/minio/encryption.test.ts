/**
 * Encryption on the server: what is asked for, and what can then be verified.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";

import { type ConfigInput, Secret, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { hasTlsServer, httpServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, plant, randomBytes } from "../support/trees.ts";

const five = 5 * MiB;
const parts = { multipartThreshold: five, multipartChunksize: five };
const tree = { small: "content", empty: "", large: randomBytes("encrypted", 2 * five + 1) };
const count = Object.keys(tree).length;

needing("encrypts with its own key").describe("SSE-S3", () => {
  needing("encrypts uploads in parts, too").test(
    "is asked for, and ETags still prove the bytes",
    async () => {
      using dir = new TempDir();
      plant(dir, tree);
      await using bucket = await TestBucket.create();
      const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts };
      expect(await sync({ ...input, sse: "AES256" })).toMatchObject({
        etagVerified: count,
        notVerified: 0,
        warnings: 0,
      });
      for (const key of Object.keys(tree)) {
        expect(await bucket.head(key)).toMatchObject({ ServerSideEncryption: "AES256" });
      }
    },
  );
});

describe("DSSE, which no server here has,", () => {
  test.each(["small", "large"] as const)("is asked for on the wire, %s", async (name) => {
    using dir = new TempDir();
    dir.write("a", tree[name]);
    await using bucket = await TestBucket.create();
    await using proxy = await FaultProxy.start(httpServer());
    await sync({
      source: dir.path,
      target: bucket.url(),
      ...bucket.side("target"),
      ...parts,
      targetEndpointUrl: proxy.endpoint,
      sse: "aws:kms:dsse",
      sseKmsKeyId: new Secret("the-key"),
    });
    const first = proxy.requests.find(({ method }) => method === "PUT" || method === "POST");
    expect(first?.headers.get("x-amz-server-side-encryption")).toBe("aws:kms:dsse");
    expect(first?.headers.get("x-amz-server-side-encryption-aws-kms-key-id")).toBe("the-key");
  });
});

needing("encrypts with KMS").describe("SSE-KMS", () => {
  test("is asked for with its key; its ETags prove nothing, which is told and no warning", async () => {
    using dir = new TempDir();
    plant(dir, tree);
    await using bucket = await TestBucket.create();
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts };
    const kms = { sse: "aws:kms" as const, sseKmsKeyId: new Secret("s3sync-key") };
    const summary = await sync({ ...input, ...kms });
    expect(summary).toMatchObject({ transferredObjects: count, warnings: 0, errors: 0 });
    expect(summary.notVerified).toBeGreaterThan(0);
    for (const key of Object.keys(tree)) {
      expect(await bucket.head(key)).toMatchObject({ ServerSideEncryption: "aws:kms" });
    }
  });

  needing("checks checksums").test("and a checksum prove the bytes all the same", async () => {
    using dir = new TempDir();
    plant(dir, tree);
    await using bucket = await TestBucket.create();
    const input = { source: dir.path, target: bucket.url(), ...bucket.side("target"), ...parts };
    const summary = await sync({
      ...input,
      sse: "aws:kms",
      sseKmsKeyId: new Secret("s3sync-key"),
      additionalChecksumAlgorithm: "SHA256",
    });
    expect(summary).toMatchObject({ checksumVerified: count, notVerified: 0, warnings: 0 });
  });
});

/** A key that the server forgets. */
function customerKey(byte: number): { key: string; md5: string } {
  const bytes = new Uint8Array(32).fill(byte);
  return {
    key: Buffer.from(bytes).toString("base64"),
    md5: new Bun.CryptoHasher("md5").update(bytes).digest("base64"),
  };
}

function keyOptions(side: "source" | "target", byte: number): Partial<ConfigInput> {
  const { key, md5 } = customerKey(byte);
  return {
    [`${side}SseC`]: "AES256",
    [`${side}SseCKey`]: new Secret(key),
    [`${side}SseCKeyMd5`]: new Secret(md5),
  };
}

describe.skipIf(!hasTlsServer())("SSE-C (needs a TLS server)", () => {
  /** Reads with the key, by way of the SDK. */
  async function read(bucket: TestBucket, name: string, byte: number): Promise<Buffer> {
    const { key, md5 } = customerKey(byte);
    const command = new GetObjectCommand({
      Bucket: bucket.name,
      Key: name,
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: key,
      SSECustomerKeyMD5: md5,
    });
    const answer = await bucket.client.send(command);
    return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
  }

  test("goes up, from bucket to bucket under another key, and down again", async () => {
    process.env["AWS_CA_BUNDLE"] = tlsServer().caFile ?? "";
    try {
      using dir = new TempDir();
      plant(dir, tree);
      await using bucket = await TestBucket.create(tlsServer());
      const [source, target] = [bucket.side("source"), bucket.side("target")];
      const up = { source: dir.path, target: bucket.url("one/"), ...target, ...parts };
      expect(await sync({ ...up, ...keyOptions("target", 1) })).toMatchObject({
        transferredObjects: count,
        warnings: 0,
        errors: 0,
      });
      const without = new HeadObjectCommand({ Bucket: bucket.name, Key: "one/small" });
      expect(
        await bucket.client.send(without).catch((error: Error) => error.name),
      ).not.toBeObject();
      for (const serverSideCopy of [false, true]) {
        const to = `two-${serverSideCopy}/`;
        const copy = { source: bucket.url("one/"), target: bucket.url(to), ...source, ...target };
        const keys = { ...keyOptions("source", 1), ...keyOptions("target", 2) };
        expect(await sync({ ...copy, ...parts, ...keys, serverSideCopy })).toMatchObject({
          transferredObjects: count,
          warnings: 0,
          errors: 0,
        });
        for (const [name, bytes] of Object.entries(tree)) {
          expect(Buffer.from(bytes).equals(await read(bucket, to + name, 2))).toBe(true);
        }
      }
      using down = new TempDir();
      const input = { source: bucket.url("two-false/"), target: down.path, ...source, ...parts };
      expect(await sync({ ...input, ...keyOptions("source", 2) })).toMatchObject({
        transferredObjects: count,
        warnings: 0,
        errors: 0,
      });
      for (const [name, bytes] of Object.entries(tree)) {
        expect(Buffer.from(bytes).equals(Buffer.from(down.read(name)))).toBe(true);
      }
    } finally {
      delete process.env["AWS_CA_BUNDLE"];
    }
  });
});
