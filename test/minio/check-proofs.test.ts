/**
 * What `check()` takes for proof, and what it does not: encrypted objects, parts of all kinds, checksums.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { CopyObjectCommand, type PutObjectCommandInput } from "@aws-sdk/client-s3";

import { type OptionsInput, Secret, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { can, needing } from "../support/capabilities.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { hasTlsServer, httpServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { MiB, randomBytes } from "../support/trees.ts";
import { uploadParts } from "../support/upload-parts.ts";
import { checked } from "./check-kit.ts";

const bytes = randomBytes("proofs", 12 * MiB);
const flipped = Uint8Array.from(bytes);
flipped[7 * MiB] = (flipped[7 * MiB] ?? 0) ^ 1;
const small = "small";
/** What shows equal and other bytes where ETags do not: a checksum that the server made by itself, if it does. */
const [ofEqual, ofOther] = can("makes checksums of uploads without one")
  ? (["checksum", "differs"] as const)
  : (["unproven", "unproven"] as const);

const encrypting = needing("encrypts with KMS");
const telling = needing("tells parts by their numbers");
/** Other bytes in parts of the same sizes, as far as one can know that they are. */
const ofOtherInSameParts = can("tells parts by their numbers") ? "differs" : "unproven";

let dir: TempDir;
let bucket: TestBucket;

beforeAll(async () => {
  dir = new TempDir();
  bucket = await TestBucket.create();
  dir.write("large/a", bytes);
  dir.write("flipped/a", flipped);
  dir.write("small/a", small);
  dir.write("other/a", "SMALL");
});
afterAll(async () => {
  dir[Symbol.dispose]();
  await bucket[Symbol.asyncDispose]();
});

/** Bytes in parts of these sizes. */
function cut(whole: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  let at = 0;
  return sizes.map((size) => whole.subarray(at, (at += size * MiB)));
}

async function verdict(
  source: string,
  target: string,
  options: OptionsInput = {},
  proxy?: FaultProxy,
): Promise<string> {
  const { told } = await checked(source, target, bucket, options, proxy);
  expect(told).toHaveLength(1);
  return told[0]?.replace(/^a: /, "") ?? "";
}

/** Both ways around. */
async function verdicts(one: string, other: string, options: OptionsInput = {}): Promise<string[]> {
  return [await verdict(one, other, options), await verdict(other, one, options)];
}

describe("a file and an object in parts", () => {
  telling.test.each([
    ["of a size that nobody would choose", [7, 5], "etag", "differs"],
    ["of the usual size", [8, 4], "etag", "differs"],
    ["but one", [12], "etag", "differs"],
    ["of uneven sizes", [5, 7], ofEqual, ofOther],
  ] as const)("%s", async (_, sizes, ofSame, ofFlipped) => {
    const prefix = bucket.url(`${sizes.join("-")}/`);
    await uploadParts(bucket, `${sizes.join("-")}/a`, cut(bytes, sizes));
    expect(await verdicts(dir.at("large"), prefix)).toEqual([ofSame, ofSame]);
    expect(await verdicts(dir.at("flipped"), prefix)).toEqual([ofFlipped, ofFlipped]);
    // Both sides read are proof whatever the parts are.
    expect(await verdicts(dir.at("large"), prefix, { readData: true })).toEqual(["bytes", "bytes"]);
    const differs = ["differs", "differs"];
    expect(await verdicts(dir.at("flipped"), prefix, { readData: true })).toEqual(differs);
  });

  test("of sizes that the server does not tell are proven if they are the usual ones, or said", async () => {
    await uploadParts(bucket, "untold/a", cut(bytes, [6, 6]));
    await using proxy = await FaultProxy.start(httpServer());
    const isPart = (target: string): boolean => target.includes("partNumber=");
    proxy.inject(({ operation, target }) => operation === "HeadObject" && isPart(target), {
      kind: "refuse",
      status: 501,
      code: "NotImplemented",
    });
    const sides = [dir.at("large"), bucket.url("untold/")] as const;
    expect(await verdict(...sides, { awsMaxAttempts: 1 }, proxy)).toBe(ofEqual);
    const parts = { awsMaxAttempts: 1, multipartChunksize: 6 * MiB };
    expect(await verdict(...sides, parts, proxy)).toBe("etag");
  });
});

describe("two objects", () => {
  beforeAll(async () => {
    await uploadParts(bucket, "even/a", cut(bytes, [6, 6]));
    await uploadParts(bucket, "flipped/a", cut(flipped, [6, 6]));
    await uploadParts(bucket, "seven/a", cut(bytes, [7, 5]));
    await bucket.put("whole/a", bytes);
    await uploadParts(bucket, "one-part/a", [bytes]);
  });

  test.each([
    ["in the same parts", "even", "even", "etag", "bytes"],
    [
      "in the same parts, one with a flipped byte",
      "even",
      "flipped",
      ofOtherInSameParts,
      "differs",
    ],
    ["in as many parts of other sizes", "even", "seven", ofEqual, "bytes"],
    ["one in parts, one not", "even", "whole", "unproven", "bytes"],
    ["one in a single part, one not in parts", "one-part", "whole", "etag", "bytes"],
  ] as const)("%s", async (_, one, other, byWhatIsShown, byReading) => {
    const copy = other === one ? `${one}-copy` : other;
    if (copy !== other) await uploadParts(bucket, `${copy}/a`, cut(bytes, [6, 6]));
    const sides = [bucket.url(`${one}/`), bucket.url(`${copy}/`)] as const;
    expect(await verdicts(...sides)).toEqual([byWhatIsShown, byWhatIsShown]);
    expect(await verdicts(...sides, { readData: true })).toEqual([byReading, byReading]);
  });

  encrypting.test("whose ETags say nothing are proven by checksums of one kind", async () => {
    const sum = { ChecksumAlgorithm: "CRC64NVME" } as const;
    const kms = { ServerSideEncryption: "aws:kms" } as const;
    await bucket.put("sum-plain/a", small, sum);
    await bucket.put("sum-kms/a", small, { ...sum, ...kms });
    await bucket.put("sum-other/a", "other", { ...sum, ...kms });
    expect(await verdict(bucket.url("sum-plain/"), bucket.url("sum-kms/"))).toBe("checksum");
    expect(await verdict(bucket.url("sum-plain/"), bucket.url("sum-other/"))).toBe("differs");
  });
});

describe("SSE-KMS", () => {
  const kms: Partial<PutObjectCommandInput> = { ServerSideEncryption: "aws:kms" };

  /** Without the checksum that the SDK adds. */
  async function upload(source: string, prefix: string): Promise<void> {
    const target = bucket.url(prefix);
    await sync({ source, target, ...bucket.side("target"), sse: "aws:kms" });
  }

  encrypting.test(
    "leaves equal bytes unproven, and other bytes too, until both sides are read",
    async () => {
      const file = dir.at("small");
      await upload(file, "kms/");
      await upload(dir.at("other"), "kms-other/");
      await bucket.put("kms-less/a", small);
      const unproven = ["unproven", "unproven"];
      expect(await verdicts(file, bucket.url("kms/"))).toEqual(unproven);
      expect(await verdicts(file, bucket.url("kms-other/"))).toEqual(unproven);
      expect(await verdicts(bucket.url("kms-less/"), bucket.url("kms/"))).toEqual(unproven);
      const { reasons } = await checked(file, bucket.url("kms/"), bucket);
      expect(reasons["a"]).toBe(
        "encrypted with aws:kms, the ETag is no MD5, and it has no checksum",
      );
      const read = { readData: true };
      expect(await verdict(file, bucket.url("kms/"), read)).toBe("bytes");
      expect(await verdict(file, bucket.url("kms-other/"), read)).toBe("differs");
      expect(await verdict(bucket.url("kms-less/"), bucket.url("kms/"), read)).toBe("bytes");
    },
  );

  encrypting.test("and a checksum prove a file", async () => {
    await bucket.put("kms-sum/a", small, { ...kms, ChecksumAlgorithm: "SHA256" });
    expect(await verdict(dir.at("small"), bucket.url("kms-sum/"))).toBe("checksum");
    expect(await verdict(dir.at("other"), bucket.url("kms-sum/"))).toBe("differs");
  });

  test("and a copy on the server under the same ETag need no more than the listings", async () => {
    await bucket.put("sse/a", small, { ServerSideEncryption: "AES256" });
    const copy = { Bucket: bucket.name, Key: "sse-copy/a", CopySource: `${bucket.name}/sse/a` };
    await bucket.client.send(new CopyObjectCommand(copy));
    await using proxy = await FaultProxy.start(httpServer());
    expect(await verdict(bucket.url("sse/"), bucket.url("sse-copy/"), {}, proxy)).toBe("etag");
    expect(proxy.requests.map(({ operation }) => operation)).toEqual(
      expect.not.arrayContaining(["HeadObject", "GetObject"]),
    );
  });
});

describe.if(hasTlsServer())("SSE-C", () => {
  const key = new Uint8Array(32).fill(7);
  const secret = key.toBase64();
  const md5 = new Bun.CryptoHasher("md5").update(key).digest("base64");
  const options = (side: "source" | "target"): OptionsInput => ({
    [`${side}SseC`]: "AES256",
    [`${side}SseCKey`]: new Secret(secret),
    [`${side}SseCKeyMd5`]: new Secret(md5),
  });

  test("is read with its key, and without reading proves nothing", async () => {
    process.env["AWS_CA_BUNDLE"] = tlsServer().caFile ?? "";
    try {
      await using safe = await TestBucket.create(tlsServer());
      const up = { source: dir.at("small"), ...safe.side("target") };
      await sync({ ...up, ...options("target"), target: safe.url("one/") });
      await sync({ ...up, target: safe.url("two/") });
      for (const [readData, expected] of [
        [false, "a: unproven"],
        [true, "a: bytes"],
      ] as const) {
        const target = { ...options("target"), readData };
        const source = { ...options("source"), readData };
        const url = safe.url("one/");
        expect((await checked(dir.at("small"), url, safe, target)).told).toEqual([expected]);
        expect((await checked(url, safe.url("two/"), safe, source)).told).toEqual([expected]);
      }
    } finally {
      delete process.env["AWS_CA_BUNDLE"];
    }
  });
});
