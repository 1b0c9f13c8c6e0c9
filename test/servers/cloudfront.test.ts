/**
 * CloudFront, as moto knows it.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { invalidate } from "../../src/site/cloudfront.ts";
import { InvalidationPaths } from "../../src/site/invalidation.ts";
import { orderFor } from "../site/cloudfront-order.ts";
import { Distributions } from "../support/distributions.ts";
import type { RunningServer } from "../support/minio-server.ts";
import { hasServer, startOther } from "../support/other-servers.ts";
import { rejection } from "../support/stub-s3.ts";

const timeoutMs = 60_000;
const never = new AbortController().signal;

describe.skipIf(!hasServer("moto"))("CloudFront (needs moto)", () => {
  let server: RunningServer;
  let distributions: Distributions;
  beforeAll(async () => {
    server = await startOther("moto");
    distributions = new Distributions(server.endpoint);
  }, timeoutMs);
  afterAll(async () => {
    distributions[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  test("forgets the paths of what changed, under all their names", async () => {
    const distribution = await distributions.create();
    const changed = new InvalidationPaths({ cleanUrls: false, mostPaths: 1000 });
    for (const key of ["index.html", "docs/index.html", "caf\u00e9 & more.css"]) changed.add(key);
    const [id = ""] = await invalidate(
      changed.paths(),
      orderFor(server.endpoint, distribution),
      never,
    );
    expect(await distributions.pathsOf(distribution, id)).toEqual([
      "/",
      "/caf%C3%A9%20&%20more.css",
      "/docs/",
      "/docs/index.html",
      "/index.html",
    ]);
  });

  test("that has no such distribution says so", async () => {
    const order = orderFor(server.endpoint, "E2NOTTHERE");
    expect(await rejection(invalidate(["/a"], order, never))).toMatchObject({ code: "not-found" });
  });
});
