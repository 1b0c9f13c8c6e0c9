/**
 * Where something does not add up, --delta sends the whole: what comes out is right, whatever servers say.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { can, needing } from "../support/capabilities.ts";
import type { Answer, Fault, SeenRequest } from "../support/fault-proxy.ts";
import { hasTlsServer, tlsServer } from "../support/servers.ts";
import { TempDir } from "../support/temp-dir.ts";
import { digest, MiB, randomBytes } from "../support/trees.ts";
import { changedAt, DeltaPair, partBytes } from "./delta-pair.ts";

/** Without an index it is the server that tells which parts differ. */
const telling = needing("lists parts with their checksums");

/** Who cannot compare parts warns of it. */
const numbering = needing("tells parts by their numbers");

/** Three parts and a short one. */
const old = randomBytes("delta", 3 * partBytes + 1000);
const changed = changedAt(old, partBytes + 7);
const good = { transferredObjects: 1, errors: 0, warnings: 0, notVerified: 0, etagVerified: 1 };

describe("everything is sent up", () => {
  numbering.test("when nothing is known of the object's parts", async () => {
    await using pair = await DeltaPair.create();
    await pair.up(old, { delta: false });
    const { summary, count, notices } = await pair.up(changed);
    const checksumVerified = can("keeps checksums of parts") ? 1 : 0;
    expect([notices, summary]).toMatchObject([[], { ...good, checksumVerified }]);
    expect([count("UploadPart"), count("UploadPartCopy")]).toEqual([4, 0]);
  });

  numbering.test("when the user wants other parts", async () => {
    await using pair = await DeltaPair.create();
    await pair.up(old);
    const { summary, count } = await pair.up(changed, { multipartChunksize: 6 * MiB });
    expect(summary).toMatchObject(good);
    expect([count("UploadPart"), count("UploadPartCopy")]).toEqual([3, 0]);
  });

  numbering.test("when the server does not tell of parts, and a notice says so", async () => {
    await using pair = await DeltaPair.create();
    await pair.up(old);
    const refusal = { kind: "refuse", status: 501, code: "NotImplemented" } as const;
    const rule = pair.proxy.inject("GetObjectAttributes", refusal);
    pair.proxy.inject(asksForChecksum, refusal);
    const { summary, count, notices } = await pair.up(changed);
    expect([rule.hits, summary]).toMatchObject([1, good]);
    expect(notices).toEqual([expect.stringContaining("--index remembers them")]);
    expect([count("UploadPart"), count("UploadPartCopy")]).toEqual([4, 0]);
  });

  telling.test("when the server does not let anybody copy, and a notice says so", async () => {
    await using pair = await DeltaPair.create();
    await pair.up(old);
    const refusal = { kind: "refuse", status: 403, code: "AccessDenied" } as const;
    pair.proxy.inject("UploadPartCopy", refusal);
    const { summary, count, notices } = await pair.up(changed);
    expect(summary).toMatchObject({ ...good, checksumVerified: 1 });
    expect(notices.join("\n")).toContain("--delta: parts are sent although");
    expect(count("UploadPart")).toBe(4);
    expect(await pair.object()).toBe(digest(changed));
  });
});

needing("tells the checksums of parts").test(
  "a server that does not list parts is asked for each of them",
  async () => {
    await using pair = await DeltaPair.create();
    await pair.up(old);
    const refusal = { kind: "refuse", status: 403, code: "AccessDenied" } as const;
    pair.proxy.inject("GetObjectAttributes", refusal);
    const { summary, count } = await pair.up(changed);
    expect(summary).toMatchObject({ ...good, transferredBytes: partBytes });
    expect(count("UploadPart")).toBe(1);
  },
);

// MinIO says of copies neither a checksum nor, with KMS, an MD5.
test.skipIf(!hasTlsServer())(
  "what is encrypted with KMS is sent as a whole where nothing would prove it, and stays verified (needs TLS)",
  async () => {
    process.env["AWS_CA_BUNDLE"] = tlsServer().caFile ?? "";
    try {
      await using bucket = await TestBucket.create(tlsServer());
      using dir = new TempDir();
      const sides = { source: dir.path, target: bucket.url(), ...bucket.side("target") };
      const input = { ...sides, delta: true, sse: "aws:kms" } as const;
      for (const content of [old, changed]) {
        dir.write("large", content, new Date(Date.now() + 60_000));
        const verified = { errors: 0, warnings: 0, notVerified: 0, checksumVerified: 1 };
        expect(await sync(input)).toMatchObject({ transferredObjects: 1, ...verified });
      }
      expect(digest(await bucket.get("large"))).toBe(digest(changed));
    } finally {
      delete process.env["AWS_CA_BUNDLE"];
    }
  },
);

const meanwhile: readonly (readonly [string, Fault])[] = [
  ["was replaced meanwhile", { kind: "refuse", status: 412, code: "PreconditionFailed" }],
  ["is another one by the copy's ETag", { kind: "rewrite", rewrite: otherETag }],
];

telling.describe.each(meanwhile)("an object that %s", (_, fault) => {
  test("gives no further part, and the new one is right", async () => {
    await using pair = await DeltaPair.create();
    await pair.up(old);
    // The first copy only asks whether the server copies.
    const rule = pair.proxy.inject("UploadPartCopy", fault, { skip: 1 });
    const { summary, count } = await pair.up(changed);
    expect(rule.hits).toBeGreaterThan(0);
    expect(summary).toMatchObject({ ...good, transferredBytes: changed.byteLength });
    expect([count("UploadPart"), summary.reusedBytes]).toEqual([4, undefined]);
    expect(await pair.object()).toBe(digest(changed));
    expect(await pair.bucket.openUploads()).toBe(0);
  });
});

describe("with an index", () => {
  numbering.test("nobody has to be asked for parts, nor have they to carry checksums", async () => {
    await using pair = await DeltaPair.create();
    const index = pair.at("index");
    await pair.up(old, { delta: false, index });
    const { summary, count } = await pair.up(changed, { index });
    expect(summary).toMatchObject({ ...good, transferredBytes: partBytes });
    expect([count("GetObjectAttributes"), count("UploadPart")]).toEqual([0, 1]);
  });

  numbering.test("changes are sent run after run", async () => {
    await using pair = await DeltaPair.create();
    const index = pair.at("index");
    await pair.up(old, { index });
    for (const place of [1, partBytes + 1, 2 * partBytes + 1]) {
      const content = changedAt(old, place);
      const { summary } = await pair.up(content, { index });
      // The part that changed, and the one that changes back.
      const parts = place === 1 ? 1 : 2;
      expect(summary).toMatchObject({ ...good, transferredBytes: parts * partBytes });
      expect(await pair.object()).toBe(digest(content));
    }
  });

  numbering.test("a download asks for ranges that differ", async () => {
    await using pair = await DeltaPair.create();
    const index = pair.at("index");
    await pair.up(old, { index, delta: false });
    await pair.down(old, { index, delta: false, checkEtag: false });
    const { summary, count } = await pair.down(changed, { index });
    expect(summary).toMatchObject({ ...good, transferredBytes: partBytes });
    expect([count("GetObjectAttributes"), count("GetObject")]).toEqual([0, 1]);
    expect(pair.file()).toBe(digest(old));
  });
});

describe("a download", () => {
  numbering.test("fetches everything where nothing is known of the object's parts", async () => {
    await using pair = await DeltaPair.create();
    await pair.up(changed, { delta: false });
    const { summary, count } = await pair.down(old);
    expect([count("GetObject"), summary]).toMatchObject([4, good]);
    expect(pair.file()).toBe(digest(changed));
  });

  telling.test(
    "goes on after an interruption, with parts of the old file and of the new one",
    async () => {
      await using pair = await DeltaPair.create();
      await pair.up(changedAt(old, 1, partBytes + 1, 2 * partBytes + 1));
      const reset = { kind: "reset", at: "before-request" } as const;
      const rule = pair.proxy.inject("GetObject", reset, { skip: 2 });
      const one = { maxParallelUploads: 1, threads: 0, forceRetryCount: 0 };
      expect((await pair.down(old, one)).summary.errors).toBe(1);
      rule.remove();
      const { summary, count } = await pair.down(old, one);
      expect(summary).toMatchObject({ ...good, transferredBytes: partBytes, reusedBytes: 1000 });
      expect([count("GetObject"), summary.keptBytes]).toEqual([1, 2 * partBytes]);
      expect(pair.file()).toBe(digest(changedAt(old, 1, partBytes + 1, 2 * partBytes + 1)));
    },
  );
});

telling.test("an interrupted upload goes on, and copies no part again", async () => {
  await using pair = await DeltaPair.create();
  await pair.up(old);
  const content = changedAt(old, 2 * partBytes + 7);
  const reset = { kind: "reset", at: "before-request" } as const;
  const rule = pair.proxy.inject("UploadPart", reset);
  const one = { maxParallelUploads: 1, threads: 0, forceRetryCount: 0 };
  expect((await pair.up(content, one)).summary.errors).toBe(1);
  rule.remove();
  const { summary, count } = await pair.up(content, one);
  expect(summary).toMatchObject({ ...good, transferredBytes: partBytes, keptBytes: 2 * partBytes });
  expect(summary.reusedBytes).toBe(1000);
  // One to ask, and the last part.
  expect([count("UploadPartCopy"), count("UploadPart")]).toEqual([2, 1]);
  expect(await pair.object()).toBe(digest(content));
  expect(await pair.bucket.openUploads()).toBe(0);
});

/** HEAD of a part, with its checksum. */
function asksForChecksum({ operation, target, headers }: SeenRequest): boolean {
  const isOfPart = operation === "HeadObject" && target.includes("partNumber");
  return isOfPart && headers.has("x-amz-checksum-mode");
}

function otherETag({ status, headers, body }: Answer): Answer {
  const text = body.toString("latin1").replace(/[0-9a-f]{32}/, "0123456789abcdef".repeat(2));
  headers.set("content-length", String(text.length));
  return { status, headers, body: Buffer.from(text, "latin1") };
}
