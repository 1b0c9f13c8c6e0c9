/**
 * Checksums around the sizes where the number of parts changes: one byte less, exactly, one byte more.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { HeadObjectCommand } from "@aws-sdk/client-s3";

import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumRule,
} from "../../src/core/checksum.ts";
import { checksumOf, compositeChecksum, prepareChecksum } from "../../src/hash/checksum.ts";
import { type ConfigInput, sync } from "../../src/index.ts";
import { TestBucket } from "../support/bucket.ts";
import { needing } from "../support/capabilities.ts";
import { patient } from "../support/patience.ts";
import { TempDir } from "../support/temp-dir.ts";
import { etagOf, fileDigests, MiB, randomBytes } from "../support/trees.ts";

const edges = [5, 8, 10, 16, 30];
const sizes = edges.flatMap((edge) => [edge * MiB - 1, edge * MiB, edge * MiB + 1]);
const everything = randomBytes("sizes", 30 * MiB + 1);
const count = sizes.length;
const timeoutMs = patient(120_000);
const fine = { transferredObjects: count, etagVerified: count, checksumVerified: count };
const clean = { notVerified: 0, warnings: 0, errors: 0 };

/** CRC64NVME is of all bytes always; of CRC32, both kinds are tried. */
const kinds: readonly (readonly [ChecksumAlgorithm, boolean])[] = [
  ...checksumAlgorithms.map((algorithm) => [algorithm, algorithm === "CRC64NVME"] as const),
  ["CRC32", true],
];

/** What a server has to show. */
function shownValue(
  bytes: Uint8Array,
  algorithm: ChecksumAlgorithm,
  full: boolean,
  chunk: number,
): string {
  if (bytes.byteLength < chunk || checksumRule(algorithm, full).type === "FULL_OBJECT") {
    return checksumOf(algorithm, bytes).value;
  }
  const parts = Array.from({ length: Math.ceil(bytes.byteLength / chunk) }, (_, index) => {
    const part = bytes.subarray(index * chunk, (index + 1) * chunk);
    return { value: checksumOf(algorithm, part).value, length: part.byteLength };
  });
  return compositeChecksum(algorithm, parts).value;
}

const checking = needing(
  "checks checksums",
  "keeps checksums of parts",
  "keeps checksums of whole uploads",
);
checking.describe.each([5, 8])("in parts of %d MiB,", (mebibytes) => {
  const chunk = mebibytes * MiB;
  const parts = { multipartThreshold: chunk, multipartChunksize: chunk };

  test.each(kinds)(
    "%s, of all bytes: %p, goes up, down and across",
    async (algorithm, full) => {
      await prepareChecksum(algorithm);
      await using bucket = await TestBucket.create();
      using dir = new TempDir();
      for (const size of sizes) dir.write(`${size}`, everything.subarray(0, size));
      const writes: Partial<ConfigInput> = {
        additionalChecksumAlgorithm: algorithm,
        fullObjectChecksum: full,
        ...parts,
      };
      const to = bucket.side("target");
      const up = await sync({ source: dir.path, target: bucket.url("a/"), ...to, ...writes });
      expect(up).toMatchObject({ ...fine, ...clean });
      for (const size of sizes) {
        const place = { Bucket: bucket.name, Key: `a/${size}` };
        const command = new HeadObjectCommand({ ...place, ChecksumMode: "ENABLED" });
        const head = await bucket.client.send(command);
        const bytes = everything.subarray(0, size);
        const etag = etagOf(bytes, size < chunk ? undefined : chunk);
        expect([size, head.ETag, head[`Checksum${algorithm}`]]).toEqual([
          size,
          `"${etag}"`,
          shownValue(bytes, algorithm, full, chunk),
        ]);
      }
      const from = {
        source: bucket.url("a/"),
        ...bucket.side("source"),
        enableAdditionalChecksum: true,
      };
      using back = new TempDir();
      expect(await sync({ ...from, target: back.path })).toMatchObject({ ...fine, ...clean });
      expect(fileDigests(back.path)).toEqual(fileDigests(dir.path));
      const across = await sync({ ...from, target: bucket.url("b/"), ...to, ...writes });
      expect(across).toMatchObject({ ...fine, ...clean });
    },
    timeoutMs,
  );
});
