/**
 * A region that a server names leads to the host that AWS's rules make of it, and nowhere else. (That no address out of
 * an answer is followed is shown in `store/s3/wire/client-cures.test.ts`.)
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { connect } from "../../src/store/s3/sdk/connection.ts";
import { noneNamed } from "../../src/store/s3/wire/proxy.ts";

async function originOf(region: string): Promise<string> {
  const connection = await connect({
    bucket: "bucket",
    region: "us-east-1",
    endpointUrl: undefined,
    forcePathStyle: false,
    accelerate: false,
    profile: undefined,
    credentials: { accessKeyId: "KEY", secretAccessKey: "secret", sessionToken: undefined },
    keyring: undefined,
    anonymous: false,
    configFile: undefined,
    credentialsFile: undefined,
    maxAttempts: 1,
    proxies: noneNamed,
    caFile: undefined,
  });
  return (await connection.endpoint(region)).origin;
}

describe("a region out of an answer", () => {
  test("is one of AWS", async () => {
    expect(await originOf("eu-west-1")).toBe("https://bucket.s3.eu-west-1.amazonaws.com");
  });

  test.each([
    ...["evil.com/", "evil.com#", "evil.com?", "x@evil.com/", "evil.com:1/", "a.evil.com"],
    ...["evil.com\\", "x\r\nhost: evil.com", "//evil.com", "%2e", "é", "-", ""],
  ])("is no way to another host: %p", async (region) => {
    const origin = await originOf(region).catch(() => "refused");
    expect(origin).toMatch(/^refused$|^https:\/\/bucket\.s3\.[a-z0-9-]+\.amazonaws\.com$/);
  });
});
