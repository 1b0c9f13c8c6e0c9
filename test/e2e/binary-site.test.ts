/**
 * Sites by the compiled program, which has the page of listings and CloudFront's client in it.
 *
 * @module
 */
import { expect, test } from "bun:test";

import { TestBucket } from "../support/bucket.ts";
import { TempDir } from "../support/temp-dir.ts";
import { builtProgram } from "./built-program.ts";

const runBinary = builtProgram();
const completed =
  '<Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>I1</Id><Status>Completed</Status><CreateTime>2026-11-29T00:00:00Z</CreateTime></Invalidation>';

test("the binary publishes listings, and has CloudFront forget what changed", async () => {
  await using bucket = await TestBucket.create();
  using dir = new TempDir();
  dir.write("public/files/a.txt", "a");
  const told: string[] = [];
  const cloudFront = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      told.push(await request.text());
      return new Response(completed, { status: 201, headers: { "content-type": "text/xml" } });
    },
  });
  try {
    const distribution = ["--cloudfront-distribution", "E1", "--cloudfront-wait"];
    const endpoint = ["--cloudfront-endpoint-url", cloudFront.url.origin];
    const args = ["site", "--generate-index", ...distribution, ...endpoint, "public", bucket.url()];
    expect(await runBinary(dir.path, args)).toMatchObject({ exitCode: 0 });
  } finally {
    await cloudFront.stop(true);
  }
  expect(await bucket.keys()).toEqual(
    expect.arrayContaining(["files/a.txt", "files/index.html", "index.html"]),
  );
  expect(new TextDecoder().decode(await bucket.get("files/index.html"))).toContain(
    "<bdi>a.txt</bdi>",
  );
  expect(
    told.flatMap((body) => [...body.matchAll(/<Path>(.*?)<\/Path>/g)].map(([, path]) => path)),
  ).toEqual(["/", "/files/", "/files/a.txt", "/files/index.html", "/index.html"]);
});
