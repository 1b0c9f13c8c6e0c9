/**
 * What a configuration says about a bucket.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { type ConfigInput, resolveConfig, Secret } from "../../src/index.ts";
import { s3OptionsOf } from "../../src/sync/opening/s3-options.ts";

const express = "s3://logs--use1-az4--x-s3/";
const across: ConfigInput = { source: "s3://a/", target: "s3://b/" };

describe("a directory bucket", () => {
  test("gets a CRC64NVME of what is written, because its ETags are no MD5s", () => {
    const config = resolveConfig({ ...across, target: express });
    expect(s3OptionsOf(config, "target").checksum).toEqual({
      algorithm: "CRC64NVME",
      type: "FULL_OBJECT",
    });
  });

  test("is asked for the checksums of what is read", () => {
    const config = resolveConfig({ ...across, source: express });
    expect(s3OptionsOf(config, "source").readsChecksums).toBe(true);
  });

  test("gets the checksum that is asked for", () => {
    const config = resolveConfig({
      ...across,
      target: express,
      additionalChecksumAlgorithm: "SHA256",
    });
    expect(s3OptionsOf(config, "target").checksum?.algorithm).toBe("SHA256");
  });

  test("gets none with --disable-express-one-zone-additional-checksum", () => {
    const off = { disableExpressOneZoneAdditionalChecksum: true };
    const config = resolveConfig({ source: express, target: express.replace("l", "x"), ...off });
    expect(s3OptionsOf(config, "target").checksum).toBeUndefined();
    expect(s3OptionsOf(config, "source").readsChecksums).toBe(false);
  });
});

test("a bucket of another kind gets no checksum by itself", () => {
  const config = resolveConfig(across);
  expect(s3OptionsOf(config, "target").checksum).toBeUndefined();
  expect(s3OptionsOf(config, "source").readsChecksums).toBe(false);
});

test("no attempt at all is one attempt", () => {
  const config = resolveConfig({ ...across, awsMaxAttempts: 0 });
  expect(s3OptionsOf(config, "source").maxAttempts).toBe(1);
});

test("a customer's key and an MD5 that is not its own are refused before anything is sent", () => {
  const config = resolveConfig({
    ...across,
    targetSseC: "AES256",
    targetSseCKey: new Secret(Buffer.alloc(32, 1).toString("base64")),
    targetSseCKeyMd5: new Secret(Buffer.alloc(16, 1).toString("base64")),
  });
  expect(() => s3OptionsOf(config, "target")).toThrow(
    "--target-sse-c-key-md5 is not the MD5 of --target-sse-c-key",
  );
});
