/**
 * The doctor on other servers than MinIO.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { doctorInput, examined, flaws } from "../support/examination.ts";
import type { RunningServer } from "../support/minio-server.ts";
import { hasServer, startOther } from "../support/other-servers.ts";

const timeoutMs = 60_000;

/** What each does otherwise than Amazon S3. */
const flawsOf: Readonly<Record<"versitygw" | "moto", Readonly<Record<string, string>>>> = {
  versitygw: {
    "If-None-Match on copies": "degraded",
    "If-Match on copies": "degraded",
    "encoding-type=url": "degraded",
    "keys: empty segments (//)": "degraded",
    "keys: dots (. and ..)": "degraded",
    "keys: a name and names below it": "degraded",
    "keys: line breaks and control characters": "degraded",
    "keys: long names": "degraded",
    "storage class": "degraded",
    "SSE-S3": "degraded",
  },
  moto: {
    "Content-MD5": "degraded",
    "signed SHA-256": "degraded",
    "checksum CRC32": "degraded",
    "checksum CRC32C": "degraded",
    "checksum CRC64NVME": "degraded",
    "checksum SHA1": "degraded",
    "checksum SHA256": "degraded",
    "CRC32C of parts": "degraded",
    "SHA256 of parts": "degraded",
    "CRC32C of whole uploads": "degraded",
    "CRC64NVME of whole uploads": "degraded",
    "If-Match on multipart uploads": "degraded",
    "If-None-Match on copies": "degraded",
    "If-Match on copies": "degraded",
    "copy-source-if-match": "degraded",
    "keys: line breaks and control characters": "degraded",
  },
};

for (const name of ["versitygw", "moto"] as const) {
  describe.skipIf(!hasServer(name))(`on ${name} (needs ${name})`, () => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await startOther(name);
    }, timeoutMs);
    afterAll(() => server[Symbol.asyncDispose]());

    test(
      "it finds what that does otherwise than Amazon S3, and leaves nothing",
      async () => {
        await using bucket = await TestBucket.create(server);
        await bucket.put("p/x", "1");
        const findings = await examined(doctorInput(bucket));
        expect(flaws(findings)).toEqual(flawsOf[name]);
        expect(findings.get("tidying up")?.outcome).toBe("good");
        expect(await bucket.keys()).toEqual(["p/x"]);
        expect(await bucket.openUploads()).toBe(0);
      },
      timeoutMs,
    );
  });
}
