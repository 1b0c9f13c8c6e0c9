/**
 * Servers that do not know something and say nothing, made of a right one and a proxy that leaves it out of requests.
 *
 * @module
 */
import { describe, expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { contentsOf, doctorInput, examined, keepVersions } from "../support/examination.ts";
import { ForgetfulProxy, type Forgotten } from "../support/forgetful-proxy.ts";
import { httpServer } from "../support/servers.ts";

const cases: readonly (readonly [string, Forgotten, RegExp])[] = [
  ["If-None-Match on PUT", { headers: ["if-none-match"] }, /^ignored$/],
  ["If-None-Match on multipart uploads", { headers: ["if-none-match"] }, /^ignored$/],
  ["If-Match on PUT", { headers: ["if-match"] }, /^ignored$/],
  ["If-Match on multipart uploads", { headers: ["if-match"] }, /^ignored$/],
  ["If-Match on GET", { headers: ["if-match"] }, /the wrong one is accepted/],
  ["copy-source-if-match", { headers: ["x-amz-copy-source-if-match"] }, /a wrong one is accepted/],
  ["Content-MD5", { headers: ["content-md5"] }, /wrong ones are accepted/],
  ["checksum CRC32C", { headers: ["x-amz-checksum-crc32c"] }, /neither checked nor kept/],
  ["ranges", { headers: ["range"] }, /asked for 5 bytes, 200 with/],
  ["tags", { headers: ["x-amz-tagging"] }, /2 of 2 are changed|NoSuchTagSet/],
  ["headers", { headers: ["cache-control"] }, /cache-control/],
  ["SSE-S3", { headers: ["x-amz-server-side-encryption"] }, /not encrypted/],
  ["server-side copy in parts", { headers: ["x-amz-copy-source-range"] }, /other bytes/],
  ["start-after", { query: ["start-after"] }, /a b b\.c c/],
  ["pages of listings", { query: ["max-keys"] }, /max-keys is not honoured/],
  ["encoding-type=url", { query: ["encoding-type"] }, /ignored/],
];

describe("the doctor notices a server that silently does not know", () => {
  test.each([...cases])("%s", async (name, forgotten, says) => {
    await using proxy = await ForgetfulProxy.start(httpServer(), forgotten);
    await using bucket = await TestBucket.create();
    const server = { ...bucket.server, endpoint: proxy.endpoint };
    const findings = await examined(doctorInput(bucket, "p/", server));
    expect(proxy.hits).toBeGreaterThan(0);
    expect(findings.get(name)).toMatchObject({
      outcome: "degraded",
      detail: expect.stringMatching(says),
    });
    expect(findings.get("tidying up")?.outcome).toBe("good");
    expect(await contentsOf(bucket)).toEqual(["0 uploads"]);
  });
});

test("the doctor notices versions that are there although the server says that it has deleted them", async () => {
  await using proxy = await ForgetfulProxy.start(httpServer(), { query: ["versionId"] });
  await using bucket = await TestBucket.create();
  await keepVersions(bucket);
  const server = { ...bucket.server, endpoint: proxy.endpoint };
  const finding = (await examined(doctorInput(bucket, "p/", server))).get("tidying up");
  expect(finding).toMatchObject({ outcome: "bad", detail: expect.stringContaining("left behind") });
  const [, count] = /these, (\d+) in all/.exec(finding?.consequence ?? "") ?? [];
  const [, ...others] = (await contentsOf(bucket)).toReversed();
  expect(others).toHaveLength(Number(count));
});
