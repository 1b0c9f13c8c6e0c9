/**
 * CloudFront, as moto knows it.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import {
  CloudFrontClient,
  CreateDistributionCommand,
  GetInvalidationCommand,
} from "@aws-sdk/client-cloudfront";

import { invalidate } from "../../src/site/cloudfront.ts";
import { InvalidationPaths } from "../../src/site/invalidation.ts";
import { orderFor } from "../site/cloudfront-order.ts";
import type { RunningServer } from "../support/minio-server.ts";
import { hasServer, startOther } from "../support/other-servers.ts";
import { exampleCredentials, rejection } from "../support/stub-s3.ts";

const timeoutMs = 60_000;
const never = new AbortController().signal;

describe.skipIf(!hasServer("moto"))("CloudFront (needs moto)", () => {
  let server: RunningServer;
  let client: CloudFrontClient;
  beforeAll(async () => {
    server = await startOther("moto");
    const { accessKeyId, secretAccessKey } = exampleCredentials;
    const credentials = { accessKeyId, secretAccessKey };
    client = new CloudFrontClient({ endpoint: server.endpoint, region: "us-east-1", credentials });
  }, timeoutMs);
  afterAll(async () => {
    client.destroy();
    await server[Symbol.asyncDispose]();
  });

  /** The id of a new distribution. */
  async function distribution(): Promise<string> {
    const origin = { Id: "site", DomainName: "site.s3.amazonaws.com" };
    const created = await client.send(
      new CreateDistributionCommand({
        DistributionConfig: {
          CallerReference: crypto.randomUUID(),
          Comment: "",
          Enabled: true,
          Origins: {
            Quantity: 1,
            Items: [{ ...origin, S3OriginConfig: { OriginAccessIdentity: "" } }],
          },
          DefaultCacheBehavior: { TargetOriginId: "site", ViewerProtocolPolicy: "allow-all" },
        },
      }),
    );
    return created.Distribution?.Id ?? "";
  }

  test("forgets the paths of what changed, under all their names", async () => {
    const DistributionId = await distribution();
    const changed = new InvalidationPaths({ cleanUrls: false, mostPaths: 1000 });
    for (const key of ["index.html", "docs/index.html", "caf\u00e9 & more.css"]) changed.add(key);
    const [Id = ""] = await invalidate(
      changed.paths(),
      orderFor(server.endpoint, DistributionId),
      never,
    );
    const { Invalidation } = await client.send(new GetInvalidationCommand({ DistributionId, Id }));
    expect(Invalidation?.InvalidationBatch?.Paths?.Items?.toSorted()).toEqual([
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
